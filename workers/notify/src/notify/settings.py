"""What the notify Worker is told by its environment."""

import msgspec

from propflow.errors import Unavailable


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`SMS_PROVIDER_KEY` is `username:api_key`, as ClickSend's Basic authentication wants it.

    `JWT_SIGNING_KEY` is the keyring that the tokens of links are derived from, the same as the api Worker's.
    `SMS_HOURLY_MOST` is how many SMS may leave the installation in a clock hour: beyond, they wait for the next one. So
    do e-mails of all tenants that are not both verified and paying, beyond `UNPROVEN_EMAILS_HOURLY_MOST`.
    `OPERATOR_EMAIL` is who is told of alerts; empty is nobody.
    """

    ENV: str
    APP_BASE_URL: str
    JWT_SIGNING_KEY: str
    EMAIL_PROVIDER: str
    EMAIL_API_URL: str
    EMAIL_FROM: str
    EMAIL_PROVIDER_KEY: str
    SMS_PROVIDER: str
    SMS_API_URL: str
    SMS_FROM: str
    SMS_PROVIDER_KEY: str
    SMS_HOURLY_MOST: str
    UNPROVEN_EMAILS_HOURLY_MOST: str
    OPERATOR_EMAIL: str = ""

    @property
    def sms_hourly(self) -> int:
        """Raises Unavailable."""
        return _amount("SMS_HOURLY_MOST", self.SMS_HOURLY_MOST)

    @property
    def unproven_emails_hourly(self) -> int:
        """Raises Unavailable."""
        return _amount("UNPROVEN_EMAILS_HOURLY_MOST", self.UNPROVEN_EMAILS_HOURLY_MOST)


def _amount(name: str, text: str) -> int:
    """What the operator must repair is nothing against the messages: they wait."""
    if not (text.isascii() and text.isdigit()):
        raise Unavailable("settings_invalid", f"{name} must be a whole number.")
    return int(text)
