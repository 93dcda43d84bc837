"""What customers' servers hear from us, and what they answer."""
