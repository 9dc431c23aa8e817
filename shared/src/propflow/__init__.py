"""What the four Workers share. It knows no Worker."""
