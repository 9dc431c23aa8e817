"""How often one address may try to sign up or log in: asked before any password is hashed."""

from api.access import request_limits
from api.core.context import Anonymous, Context
from api.people.identity import devices, turns
from api.people.identity.devices import Device
from propflow.errors import LimitExceeded, Unavailable
from propflow.keyring import Keyring


async def check(ctx: Anonymous | Context, email: str) -> None:
    """Take one token of the client's address and one of the log-in name; raises LimitExceeded when either is out."""
    _look_at_line(ctx)
    await check_ip(ctx)
    await request_limits.charge_name(ctx, email)


async def check_device(ctx: Anonymous, email: str) -> list[Device]:
    """The same for a log-in, where a device that is known for the name has tokens of its own.

    Returns as whose it is known. Their passwords may be compared now, if they are still those of then (`is_of`); for
    anybody else's ask `may_guess`.
    """
    keyring = Keyring.parse(ctx.bindings.settings.JWT_SIGNING_KEY)
    known = devices.known(keyring, ctx.known_as, email, ctx.now)
    if known:
        _look_at_line(ctx, turns.LONGEST_OF_DEVICES)
        await request_limits.charge_devices(ctx, email, [(one.id, one.user_id) for one in known])
    else:
        await check(ctx, email)
    return known


async def may_guess(ctx: Anonymous, email: str) -> bool:
    """Whether a known device may try the password of somebody else who has the name, too."""
    try:
        if ctx.bindings.settings.limits_rates:
            turns.refuse_long_line()
        await check_ip(ctx)
        await request_limits.charge_name(ctx, email)
    except (LimitExceeded, Unavailable):
        return False
    return True


async def check_person(ctx: Context, user_id: str) -> None:
    """What `check` does, for somebody signed in who sends the password again: by the person, whom strangers cannot
    lock out."""
    _look_at_line(ctx)
    await check_ip(ctx)
    await request_limits.charge_person(ctx, user_id)


async def check_ip(ctx: Anonymous | Context) -> None:
    """Take one token of the client's address; raises LimitExceeded when there is none."""
    await request_limits.charge_attempt(ctx)


def _look_at_line(ctx: Anonymous | Context, longest: int = turns.LONGEST_LINE) -> None:
    if ctx.bindings.settings.limits_rates:
        turns.look(longest)
