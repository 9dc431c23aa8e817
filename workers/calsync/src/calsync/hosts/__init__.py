"""Politeness towards calendar hosts: how often one is asked by whom, and who leaves it alone."""
