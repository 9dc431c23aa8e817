"""`/docs`: the API as one page, made from the OpenAPI document, without scripts and without other hosts."""
