"""The use cases: a message's way through the house. Each file is entered once."""
