"""Who belongs to a tenant, as what, and to which of its properties."""
