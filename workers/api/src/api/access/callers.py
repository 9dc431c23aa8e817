"""From a credential to the caller: found, allowed, in good standing."""

import msgspec

from api.access import networks, repository
from api.access.credentials import Credential
from api.access.permissions import Permission, require, require_scope
from api.access.repository import Principal
from api.access.standing import require_acting, require_standing
from api.core.context import Caller
from propflow.bindings.d1 import Statement
from propflow.errors import Unauthorized


def find(credential: Credential, now: int) -> Statement:
    """Who stands behind it, as `Principal`."""
    return (repository.by_key if credential.is_key else repository.by_session)(credential.hash, now)


def identify(credential: Credential, found: Principal | None, ip: str) -> tuple[Caller, Principal]:
    """The caller; raises Unauthorized for an unknown, ended or misplaced credential."""
    if found is None:
        raise _unknown(credential)
    if found.networks is not None and not networks.contain(found.networks, ip):
        raise Unauthorized("address_not_allowed", "This API key may not be used from this IP address.")
    return _caller(credential, found), found


def check(caller: Caller, found: Principal, permission: Permission, app_url: str) -> None:
    """Whether the caller may do this now.

    Raises Forbidden for what the role or the scopes do not grant and for whoever is suspended, LimitExceeded (402)
    for a change that the subscription does not pay for.
    """
    require_acting(found.suspended, permission)
    if caller.role is not None:
        require(caller.role, permission)
    else:
        require_scope(caller.scopes, permission)
    require_standing(found.subscription_status, permission, app_url)


def _unknown(credential: Credential) -> Unauthorized:
    if credential.is_key:
        return Unauthorized("key_invalid", "The API key is unknown, expired or revoked.")
    return Unauthorized("session_ended", "The session is unknown or has ended. Log in again.")


def _caller(credential: Credential, found: Principal) -> Caller:
    restriction = None
    if found.property_ids is not None:
        restriction = msgspec.json.decode(found.property_ids, type=tuple[str, ...])
    return Caller(
        tenant_id=found.tenant_id, principal_id=found.principal_id, credential=credential.hash,
        credential_id=found.credential_id, role=found.role, scopes=_strings(found.scopes), property_ids=restriction,
        mode=found.mode, clock_at=found.clock_at, plan=found.plan,
        features=msgspec.json.decode(found.features, type=tuple[str, ...]),
    )  # fmt: skip


def _strings(text: str | None) -> frozenset[str]:
    return frozenset() if text is None else msgspec.json.decode(text, type=frozenset[str])
