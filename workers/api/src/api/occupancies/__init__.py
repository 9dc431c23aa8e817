"""The ledger of everything that occupies a unit."""
