"""What a mail about a feed tells of, as it is when the mail's turn comes."""

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The feed and who is to be told. `alerts` names what goes on, `conflicts` counts the open ones, and `unlisted` the
    bookings of which the channel no longer lists the stay.

    `role` is null for who is no member any more, and for who does not see the property.
    """

    feed_name: str
    host: str
    status: str
    error: str | None
    last_success_at: int | None
    unit_name: str
    property_name: str
    alerts: str
    conflicts: int
    unlisted: int = 0
    email: str
    name: str
    disabled: bool
    verified: bool
    role: str | None
    mode: str
