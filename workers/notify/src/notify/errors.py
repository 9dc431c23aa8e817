"""How sending a message can fail, beyond what the shared package knows."""

from propflow.errors import Transient


class Uncertain(Transient):
    """The request left, and no answer tells whether the provider took the message. It must not be repeated blindly."""
