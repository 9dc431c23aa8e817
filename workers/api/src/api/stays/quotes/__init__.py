"""Prices promised for a while."""
