"""What a tenant may have: plans, and the history of its subscription."""
