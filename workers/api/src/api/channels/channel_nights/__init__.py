"""Nights that channels take: what a run of a feed changes in the ledger, through the api Worker's own commit path."""
