"""How often: every request is charged to its tenant's people or to its keys, every attempt to come in to its address
and name.

TenantRateLimit counts exactly. In front of it the isolate repeats what it was told (gate.py). When the object does not
answer, tenants pass, because a limit is no reason to be down; attempts to come in do not, because they are guesses.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from api.access import networks, quota, rate_headers
from api.access.bucket import Bucket, Level, Take, Taken
from api.access.credentials import SAFE, Credential
from api.access.gate import Closed, Gate, Recent
from api.access.portion import Count
from api.access.repository import Principal
from api.core.context import Anonymous, Bindings, Context
from api.core.plan_limits import upgrade_url
from api.edge.size_limits import IMPORTS
from propflow import log
from propflow.bindings import meter
from propflow.bindings.crypto import sha256
from propflow.clock import HOUR, MINUTE, now_ms, to_rfc3339
from propflow.errors import LimitExceeded, Unavailable

IMPORTING = 5  # files in half a minute: each may be seconds of computing, so not many come one upon the other
FAILURES = Bucket(name="failures", capacity=60, window_ms=MINUTE)  # credentials that opened nothing, per address
ATTEMPTS = Bucket(name="attempts", capacity=30, window_ms=MINUTE)  # sign-up, log-in, reset…, per address
# Attempts with one log-in name from one network: the pause grows from a minute to an hour for who goes on guessing, and
# nobody elsewhere is locked out by that. From everywhere together much more passes, but not without end.
NAME = [Bucket(name="name", capacity=5, window_ms=MINUTE), Bucket(name="name-hour", capacity=20, window_ms=HOUR)]
NAME_ANYWHERE = [
    Bucket(name="name-all", capacity=60, window_ms=MINUTE), Bucket(name="name-all-hour", capacity=600, window_ms=HOUR)
]  # fmt: skip

PERSON = [Bucket(name="name", capacity=10, window_ms=MINUTE), Bucket(name="name-hour", capacity=40, window_ms=HOUR)]
OF_DEVICES = Bucket(name="devices", capacity=30, window_ms=MINUTE)  # log-ins from known devices, per address
# From a device that the person has signed in from: whatever others try with the name counts nothing here.
DEVICE = [Bucket(name="device", capacity=10, window_ms=MINUTE), Bucket(name="device-hour", capacity=40, window_ms=HOUR)]
# Whoever had the password may have made many devices of it: together they guess no faster than everybody else together.
DEVICES = [
    Bucket(name="device-all", capacity=60, window_ms=MINUTE),
    Bucket(name="device-all-hour", capacity=600, window_ms=HOUR),
]  # fmt: skip

TENANT = {
    "reads": "This organisation may make {0} reading requests a minute.",
    "writes": "This organisation may make {0} changes a minute.",
    "imports": "This organisation may make {0} imports every 30 seconds.",
    "reads:keys": "The API keys of this organisation together may make {0} reading requests a minute.",
    "writes:keys": "The API keys of this organisation together may make {0} changes a minute.",
    "imports:keys": "The API keys of this organisation together may make {0} imports every 30 seconds.",
    "key": "An API key of this organisation may make {0} requests a minute.",
}

_gate = Gate()
_good = Recent()  # credentials that opened something


class Charged(NamedTuple):
    """What is refused by memory: the object that counts, and one of its buckets."""

    name: str
    limit: Bucket

    @property
    def gate(self) -> str:
        return f"{self.name}:{self.limit.name}"


def refuse_early(bindings: Bindings, credential: Credential, method: str, path: str, ip: str, now: int) -> None:
    """Raises LimitExceeded, before anything is asked, for whom this isolate has just refused.

    An address from which too much failed is closed to what has not opened anything lately, and to nobody else.
    """
    if not bindings.settings.limits_rates:
        return
    closed = _gate.closed(f"{credential.hash}:{_class(method, path)}", now)
    if closed is None and credential.hash not in _good:
        address = _address(ip)
        shut = (_gate.closed(Charged(address, one).gate, now) for one in of_networks(FAILURES, ip))
        closed = next((one for one in shut if one is not None), None)
    if closed is not None:
        raise _refusal(bindings, [closed.level(now)], now)


async def charge(
    bindings: Bindings, credential: Credential, principal: Principal, method: str, path: str, now: int
) -> None:
    """One request of a tenant, and of a key, which is metered. Raises LimitExceeded when either has none left."""
    call = quota.call_of(principal, now)
    kind = _class(method, path)
    limits = _limits(principal, kind) if bindings.settings.limits_rates else []
    if not limits and call is None:
        return
    _good.note(credential.hash)
    try:
        taken = await _take(bindings, f"rl:{principal.tenant_id}", limits, now, call=call)
    except Unavailable as error:
        log.warning("limits.open", code=error.code, tenant_id=principal.tenant_id)
        return
    except LimitExceeded:
        _remember(credential, principal, kind, now)
        raise
    quota.require(bindings, taken, call)


async def charge_failure(bindings: Bindings, ip: str, now: int) -> None:
    """A credential that opened nothing. Raises LimitExceeded when too many came from this address."""
    if not bindings.settings.limits_rates:
        return
    try:
        await _take(bindings, _address(ip), of_networks(FAILURES, ip), now)
    except Unavailable as error:
        log.warning("limits.open", code=error.code)


async def charge_attempt(ctx: Anonymous | Context) -> None:
    """An attempt to come in, by its address. Raises LimitExceeded, or Unavailable when nobody counts."""
    if ctx.bindings.settings.limits_rates:
        await _take(ctx.bindings, _address(ctx.ip), of_networks(ATTEMPTS, ctx.ip), ctx.now)


async def charge_devices(ctx: Anonymous, email: str, known: Sequence[tuple[str, str]]) -> None:
    """A log-in from a device that is known for the name, under these ids as the device of these people.

    By each id, by all devices of each person together, and by the devices of its address.
    """
    if ctx.bindings.settings.limits_rates:
        await _take(ctx.bindings, _address(ctx.ip), of_networks(OF_DEVICES, ctx.ip), ctx.now)
        await _take(ctx.bindings, _login(email), device_limits(known), ctx.now, shown=False)


async def charge_name(ctx: Anonymous | Context, email: str) -> None:
    """An attempt to come in, by the log-in name, whether there is such a person or not; what is left is not told."""
    if ctx.bindings.settings.limits_rates:
        await _take(ctx.bindings, _login(email), name_limits(ctx.ip), ctx.now, shown=False)


def name_limits(ip: str) -> list[Bucket]:
    """The buckets of a log-in name for who tries it from this address; their names hold no address."""
    return [*(bucket for one in NAME for bucket in of_networks(one, ip)), *NAME_ANYWHERE]


def device_limits(known: Sequence[tuple[str, str]]) -> list[Bucket]:
    """The buckets of a known device, each once: those of its ids, and those of the people whose it is."""
    named = [
        msgspec.structs.replace(limit, name=f"{limit.name}:{whose}")
        for device_id, user_id in known
        for limits, whose in ((DEVICE, device_id), (DEVICES, user_id))
        for limit in limits
    ]
    return list(dict.fromkeys(named))


def of_networks(limit: Bucket, ip: str) -> list[Bucket]:
    """The bucket of an address, and those of the larger networks that it is in."""
    return [
        Bucket(
            name=f"{limit.name}{f'-{one.prefix}' if one.times > 1 else ''}:{sha256(one.name)[:16]}",
            capacity=int(limit.capacity * one.times), window_ms=limit.window_ms,
        )
        for one in networks.around(ip)
    ]  # fmt: skip


async def charge_person(ctx: Context, user_id: str) -> None:
    """A password of somebody who is signed in: what strangers try with their name counts nothing here."""
    if ctx.bindings.settings.limits_rates:
        await _take(ctx.bindings, f"rl:person:{user_id}", PERSON, ctx.now, shown=False)


async def _take(
    bindings: Bindings, name: str, limits: list[Bucket], now: int, *, shown: bool = True, call: Count | None = None
) -> Taken:
    closed = [found for one in limits if (found := _gate.closed(Charged(name, one).gate, now)) is not None]
    if closed:
        raise _refusal(bindings, [one.level(now) for one in closed], now, shown=shown)
    taken = await bindings.rate_limits.call(name, "take", Take(limits=limits, call=call), Taken)
    now = now_ms()  # what the object says counts from its answer, for which we may have waited in a line
    meter.current().add(taken.spent)
    if taken.allowed:
        if shown:
            rate_headers.note(taken.levels)
        return taken
    for level in taken.levels:
        if level.empty:
            _gate.close(Charged(name, level.limit).gate, Closed(level.limit, now + level.reset_ms))
    raise _refusal(bindings, taken.levels, now, shown=shown)


def _remember(credential: Credential, principal: Principal, kind: str, now: int) -> None:
    """Close the gate for the credential itself, so that its next request needs no database either."""
    for limit in _limits(principal, kind):
        closed = _gate.closed(Charged(f"rl:{principal.tenant_id}", limit).gate, now)
        if closed is not None:
            _gate.close(f"{credential.hash}:{kind}", closed)


def _limits(principal: Principal, kind: str) -> list[Bucket]:
    """The buckets of a request. People have their own, so that no program, whatever it does, stands in their way."""
    most = principal.requests_per_minute
    whose = ":keys" if principal.role is None else ""
    name, number = ("reads", most) if kind == "reads" else ("writes", max(most // 2, 1))
    found = [Bucket(name=name + whose, capacity=number, window_ms=MINUTE)]
    if kind == "imports":
        found.append(Bucket(name=kind + whose, capacity=IMPORTING, window_ms=MINUTE // 2))
    if whose:
        found.append(Bucket(name=f"key:{principal.credential_id}", capacity=most, window_ms=MINUTE))
    return found


def _class(method: str, path: str) -> str:
    if method in SAFE:
        return "reads"
    return "imports" if path.startswith(IMPORTS) else "writes"


def _address(ip: str) -> str:
    """The object that counts for an address: of IPv6 one for the /48, so that one call asks for all its networks."""
    return f"rl:ip:{networks.around(ip)[-1].name}"


def _login(email: str) -> str:
    return f"rl:login:{sha256(email)}"


def _refusal(bindings: Bindings, levels: list[Level], now: int, *, shown: bool = True) -> LimitExceeded:
    """The failure, named after the empty bucket that takes longest to fill up."""
    if shown:
        rate_headers.note(levels)
    level = max((one for one in levels if one.empty), key=lambda one: one.reset_ms)
    most = level.limit.capacity
    name = "key" if level.limit.name.startswith("key:") else level.limit.name
    code, detail, upgrade = "too_many_attempts", "Too many attempts. Wait before trying again.", None
    if name in TENANT:
        code, detail = "rate_limited", TENANT[name].format(most)
        upgrade = upgrade_url(bindings.settings.APP_BASE_URL)
    return LimitExceeded(
        code, detail, retry_after=max(rate_headers.seconds(level), 1), usage=most, limit=most,
        reset_at=to_rfc3339(now + level.reset_ms), upgrade_url=upgrade,
    )  # fmt: skip
