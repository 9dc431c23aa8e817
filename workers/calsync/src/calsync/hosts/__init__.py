"""Politeness towards calendar hosts: how often one is asked, by all feeds of all tenants together."""
