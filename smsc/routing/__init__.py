"""Which connector a message goes by."""
