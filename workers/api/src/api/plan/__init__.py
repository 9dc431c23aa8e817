"""What a tenant has subscribed to and used."""
