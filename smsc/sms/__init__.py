"""The text of an SMS, its addresses and its receipts: pure, without I/O, clock or database."""
