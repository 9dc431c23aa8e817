"""What begins a sign-in with Google, as the API shows it."""

import msgspec


class GoogleStart(msgspec.Struct, frozen=True, kw_only=True):
    """Send the browser to `authorization_url`."""

    authorization_url: str
    expires_at: str


class GoogleNonce(msgspec.Struct, frozen=True, kw_only=True):
    """Have Google put `nonce` into the id token."""

    nonce: str
    expires_at: str
