"""Be your own Twilio for SMS: the house. `api` and `workers` are its two doors."""
