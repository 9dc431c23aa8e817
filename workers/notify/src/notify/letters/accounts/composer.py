"""Pure: facts and a template become an email. The same facts always give the same bytes.

The only link is our own. Names come from people who may be strangers to whoever reads them: they stay text.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType

from notify.channels.contents import Email
from notify.letters import text
from notify.letters.accounts.models import Facts
from notify.letters.accounts.templates import ROLES, Template

# What can end with a takeover, as one and as several.
ENDED = {
    "members": ("membership of somebody else", "memberships of others"),
    "invitations": ("invitation", "invitations"),
    "api_keys": ("API key", "API keys"),
    "exports": ("address of an exported calendar", "addresses of exported calendars"),
    "feeds": ("feed", "feeds"),
    "push_targets": ("push target", "push targets"),
    "organisations": ("membership in an organisation that has another owner", "memberships in organisations that have "
                      "another owner"),
    "google": ("link to a Google account", "links to Google accounts"),
}  # fmt: skip
LONGEST_ALERTS = 4_000  # characters


def email(template: Template, facts: Facts, link: str, ended: Mapping[str, int] = MappingProxyType({})) -> Email:
    """Subject, plain text and HTML. `ended` counts what ended with a takeover, by kind."""
    words = {
        "tenant": text.person(facts.tenant_name, 80) or "a team",
        "role": ROLES.get(facts.role, "a member"),
        "until": _instant(facts.expires_at),
        "key": text.person(facts.key_name, 80),
        "by": text.person(facts.made_by) or "Somebody",
        "at": _instant(facts.made_at),
        "ended": _counted(ended),
        "alerts": text.one_line(facts.alerts.replace("\n", " · "), LONGEST_ALERTS),
    }
    name = text.person(facts.name)
    subject = text.one_line(template.subject.format(**words), 150)
    intro = f"Hello {name}, {template.intro.format(**words)}" if name else f"Hello, {template.intro.format(**words)}"
    return Email(
        to=facts.email,
        subject=subject,
        text=f"{subject}\n\n{intro}\n\n{template.action}: {link}\n\n{template.closing}\n",
        html=text.page(
            subject,
            f'<p>{escape(intro)}</p><p><a href="{escape(link)}">{escape(template.action)}</a></p>'
            f"<p>{escape(template.closing)}</p>",
        ),
    )


def _counted(ended: Mapping[str, int]) -> str:
    """`2 API keys, 1 feed`, of what is there."""
    return ", ".join(f"{ended[kind]} {names[ended[kind] != 1]}" for kind, names in ENDED.items() if ended.get(kind))


def _instant(instant: int) -> str:
    """`Fri 12 March 2027, 14:05 UTC`."""
    at = datetime.fromtimestamp(instant / 1000, UTC)
    return f"{at:%a} {at.day} {at:%B} {at.year}, {at:%H:%M} UTC"
