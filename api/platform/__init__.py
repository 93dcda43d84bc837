"""`/platform/v1`: what only who runs the whole platform sees."""
