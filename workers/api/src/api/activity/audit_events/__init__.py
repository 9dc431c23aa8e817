"""Who did what: the tenant's audit, listed and exported. Nothing here can change it."""
