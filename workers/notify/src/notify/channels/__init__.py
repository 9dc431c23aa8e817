"""The ways a message reaches a person. Each has a transport per provider, chosen by a variable."""
