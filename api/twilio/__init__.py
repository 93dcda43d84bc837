"""Twilio's resources."""
