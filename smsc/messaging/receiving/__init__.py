"""What comes back: receipts of what we sent, and what handsets wrote."""
