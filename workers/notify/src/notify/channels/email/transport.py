"""Which provider sends email."""

from notify.channels.base import Transport
from notify.channels.contents import Email
from notify.channels.email.resend import Resend
from notify.settings import Settings


def email_transport(settings: Settings) -> Transport[Email]:
    """The provider named by EMAIL_PROVIDER."""
    match settings.EMAIL_PROVIDER:
        case "resend":
            return Resend(settings.EMAIL_API_URL, settings.EMAIL_PROVIDER_KEY, settings.EMAIL_FROM)
    raise ValueError(f"EMAIL_PROVIDER must be resend, not {settings.EMAIL_PROVIDER!r}")
