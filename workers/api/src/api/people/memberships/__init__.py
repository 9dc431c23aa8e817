"""Who belongs to a tenant, with which role and which properties: the rows and the rules about them."""
