"""Stays by the night."""
