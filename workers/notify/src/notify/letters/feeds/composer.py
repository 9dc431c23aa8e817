"""Pure: facts and a template become an email. The same facts always give the same bytes.

The only link is our own. Names are what people typed, and an error may quote a host: they stay text.
"""

from datetime import UTC, datetime
from html import escape

from notify.channels.contents import Email
from notify.letters import text
from notify.letters.feeds.models import Facts
from notify.letters.feeds.templates import Template

ACTION = "Go to PropFlow360"


def email(template: Template, facts: Facts, link: str) -> Email:
    """Subject, plain text and HTML."""
    words = {
        "feed": text.person(facts.feed_name, 80) or "of a channel",
        "unit": text.person(facts.unit_name, 80) or "a unit",
        "property": text.person(facts.property_name, 80) or "a property",
        "since": _since(facts.last_success_at),
        "error": text.person(facts.error or "", 200),
        "count": str(facts.conflicts),
        "unlisted": str(facts.unlisted),
    }
    subject = text.one_line(template.subject.format(**words), 150)
    name = text.person(facts.name)
    intro = f"Hello {name}, " if name else "Hello, "
    intro = text.one_line(intro + template.intro.format(**words), 900)
    return Email(
        to=facts.email,
        subject=subject,
        text=f"{subject}\n\n{intro}\n\n{template.closing}\n\n{ACTION}: {link}\n",
        html=text.page(
            subject,
            f"<p>{escape(intro)}</p><p>{escape(template.closing)}</p>"
            f'<p><a href="{escape(link)}">{escape(ACTION)}</a></p>',
        ),
    )


def _since(instant: int | None) -> str:
    """`on Fri 12 March 2027, 14:05 UTC`."""
    if instant is None:
        return "never"
    at = datetime.fromtimestamp(instant / 1000, UTC)
    return f"on {at:%a} {at.day} {at:%B} {at.year}, {at:%H:%M} UTC"
