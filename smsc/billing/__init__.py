"""What messages cost, and what accounts have left: tariffs, the ledger, usage."""
