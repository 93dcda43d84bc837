"""What a carrier sets up: accounts, numbers, connectors, routes, credentials. One file each."""
