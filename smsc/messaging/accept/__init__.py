"""The way in: what is asked to be sent becomes a committed message."""
