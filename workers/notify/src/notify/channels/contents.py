"""What is handed to a provider."""

import msgspec


class Email(msgspec.Struct, frozen=True, kw_only=True):
    to: str
    subject: str
    text: str
    html: str


class Sms(msgspec.Struct, frozen=True, kw_only=True):
    to: str
    body: str
