"""What nights cost and when one may come and go."""
