"""How often one address may try to sign up or log in: asked before any password is hashed."""

from api.access import rates
from api.context import Anonymous, Context


async def check(ctx: Anonymous | Context, email: str) -> None:
    """Take one token of the client's address and one of the log-in name; raises LimitExceeded when either is out."""
    await check_ip(ctx)
    await rates.charge_name(ctx, email)


async def check_person(ctx: Context, user_id: str) -> None:
    """The same for who is signed in and sends the password again: by the person, whom strangers cannot lock out."""
    await check_ip(ctx)
    await rates.charge_person(ctx, user_id)


async def check_ip(ctx: Anonymous | Context) -> None:
    """Take one token of the client's address; raises LimitExceeded when there is none."""
    await rates.charge_attempt(ctx)
