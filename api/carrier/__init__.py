"""`/carrier/v1`: what the operator of the platform manages."""
