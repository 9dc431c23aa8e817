"""Invitations as the API shows them. The link is in the mail and nowhere else."""

import msgspec


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is pending, accepted, revoked or expired; of the mails that were sent the last one opens."""

    id: str
    email: str
    role: str
    property_ids: list[str] | None
    status: str
    times_sent: int
    invited_by: str
    accepted_by: str | None
    expires_at: str
    created_at: str
