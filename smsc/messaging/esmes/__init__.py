"""Customers' own SMPP programs: what they may do, submit, and are owed."""
