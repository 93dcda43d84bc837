"""The SMPP protocol engine: PDUs, sessions and both ends of a bind; knows no table."""
