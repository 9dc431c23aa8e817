"""What can be occupied."""
