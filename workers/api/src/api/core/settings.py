"""What the api Worker is told by its environment."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Names as in infra/manifest.toml. UNIT_LOCK, LIMITS and PASSWORDS are honoured in the local environment only.

    `OPERATOR_EMAIL` is who is told of alerts; empty is nobody.
    """

    ENV: str
    APP_BASE_URL: str
    API_BASE_URL: str
    JWT_SIGNING_KEY: str
    SESSION_ENC_KEY: str
    GOOGLE_AUTH_URL: str
    GOOGLE_TOKEN_URL: str
    GOOGLE_KEYS_URL: str
    GOOGLE_CLIENT_ID: str = ""
    GOOGLE_CLIENT_SECRET: str = ""
    INTERNAL_ADMIN_TOKEN: str = ""
    OPERATOR_EMAIL: str = ""
    UNIT_LOCK: str = "on"
    LIMITS: str = "on"
    PASSWORDS: str = "strong"

    @property
    def locks_units(self) -> bool:
        """False only where a test shows that D1 alone is enough."""
        return not (self.ENV == "local" and self.UNIT_LOCK == "bypass")

    @property
    def hashes_quickly(self) -> bool:
        """True only where tests sign up hundreds of people: a stored password is then no hindrance to who steals it."""
        return self.ENV == "local" and self.PASSWORDS == "quick"

    @property
    def has_google(self) -> bool:
        """Whether people can sign in with Google in this environment."""
        return bool(self.GOOGLE_CLIENT_ID and self.GOOGLE_CLIENT_SECRET)

    @property
    def limits_rates(self) -> bool:
        """False only on a developer's machine that asked for it."""
        return not (self.ENV == "local" and self.LIMITS == "off")
