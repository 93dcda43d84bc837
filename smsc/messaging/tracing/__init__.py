"""What people look at when a link misbehaves: PDUs kept or shown, probes."""
