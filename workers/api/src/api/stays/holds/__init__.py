"""Nights taken until a payment, or until they expire."""
