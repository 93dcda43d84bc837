"""The dashboard: what people see and do without a terminal. A second application, at `/`."""
