"""The way out: waiting segments are claimed, submitted, answered, or given up."""
