"""What the billing Worker is told by its environment."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    ENV: str
