"""Pure: facts and a template become an email. The same facts always give the same bytes.

The only link is our own. Names come from people who may be strangers to whoever reads them: they stay text.
"""

from datetime import UTC, datetime
from html import escape

from notify import text
from notify.accounts.models import Facts
from notify.accounts.templates import ROLES, Template
from notify.composer import Email


def email(template: Template, facts: Facts, link: str) -> Email:
    """Subject, plain text and HTML."""
    words = {
        "tenant": text.person(facts.tenant_name, 80) or "a team",
        "role": ROLES.get(facts.role, "a member"),
        "until": _until(facts.expires_at),
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


def _until(instant: int) -> str:
    """`Fri 12 March 2027, 14:05 UTC`."""
    at = datetime.fromtimestamp(instant / 1000, UTC)
    return f"{at:%a} {at.day} {at:%B} {at.year}, {at:%H:%M} UTC"
