"""Which provider sends SMS."""

from notify.channels.base import Transport
from notify.channels.contents import Sms
from notify.channels.sms.clicksend import ClickSend
from notify.settings import Settings


def sms_transport(settings: Settings) -> Transport[Sms]:
    """The provider named by SMS_PROVIDER."""
    match settings.SMS_PROVIDER:
        case "clicksend":
            return ClickSend(settings.SMS_API_URL, settings.SMS_PROVIDER_KEY, settings.SMS_FROM)
    raise ValueError(f"SMS_PROVIDER must be clicksend, not {settings.SMS_PROVIDER!r}")
