"""What is let: properties, units, and files that bring them in."""
