"""The HTTP door: it translates requests into use cases, and their answers into JSON."""
