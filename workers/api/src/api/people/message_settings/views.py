"""Settings of messages as the API shows them."""

import msgspec


class MessageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`countries` are those to which SMS go, as ISO 3166 codes of two letters."""

    countries: list[str]
