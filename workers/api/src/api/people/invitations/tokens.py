"""Tokens of the links in invitations: derived, so that the notify Worker writes them and the database keeps none."""

from api.core.context import Context
from propflow import one_time
from propflow.keyring import Keyring


def new(ctx: Context, invitation_id: str, revision: int) -> tuple[str, str]:
    """The id of the key that it is made with, and its hash."""
    keyring = Keyring.parse(ctx.bindings.settings.JWT_SIGNING_KEY)
    token = one_time.token(keyring, keyring.current, "invitation", invitation_id, revision)
    return keyring.current, one_time.token_hash(token)
