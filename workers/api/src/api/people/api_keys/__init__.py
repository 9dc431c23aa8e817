"""API keys: how programs come in, and the test space that some of them open."""
