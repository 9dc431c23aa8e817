"""What pictures and documents show alike."""

import msgspec


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """Send the file itself there, with these headers, before it expires. The address is a secret."""

    method: str
    url: str
    headers: dict[str, str]
    expires_at: str
