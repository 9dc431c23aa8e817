"""What the routes of links answer."""

import msgspec


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """A mail is on its way, if there is somebody to write to."""

    requested: bool = True


class PasswordReset(msgspec.Struct, frozen=True, kw_only=True):
    """Done; log in with the new password."""

    reset: bool = True


class EmailVerified(msgspec.Struct, frozen=True, kw_only=True):
    verified: bool = True
