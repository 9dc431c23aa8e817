"""What is written, and to whom. How it is delivered is not decided here."""
