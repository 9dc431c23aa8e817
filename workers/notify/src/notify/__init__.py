"""Email and SMS to guests."""
