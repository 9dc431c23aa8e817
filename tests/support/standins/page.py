"""The front page: the emails and SMS received, newest first, for a person who wants to see what a booking sent.

Everything that was received is untrusted: text is escaped, an email's HTML lives in a sandboxed frame without scripts,
and the content policy lets nothing load from elsewhere.
"""

from __future__ import annotations

import secrets
from html import escape
from importlib import resources

from aiohttp import web

from support.standins.faults import FAULTS
from support.standins.store import STORE, Record

SHOWN = 100
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""No scripts, no forms, no access to this page; but a link in an email opens when it is clicked."""

EMPTY = """
<section class="empty">
  <h2>Nothing has been sent yet</h2>
  <p>When the product sends an email or an SMS on this machine, it lands here instead of reaching anybody.</p>
  <ol>
    <li>Run <code>make demo</code> in another terminal. It books a few stays, and their messages appear here.</li>
    <li>Or do it yourself at the API (see <code>/docs</code> there): sign up with
      <code>POST /v1/auth/signup</code>, create a property and a unit, then <code>POST /v1/bookings</code> with a
      guest who has an <code>email</code> and a <code>phone</code>, and <code>"status": "confirmed"</code>.</li>
    <li>Within a few seconds the guest's confirmation is on this page. You need not reload it.</li>
  </ol>
</section>"""


async def front_page(request: web.Request) -> web.Response:
    """The page; it reloads itself when something new has come in."""
    nonce = secrets.token_urlsafe(12)
    store = request.app[STORE]
    content = EMPTY if not store.emails and not store.sms else _lists(store.emails, store.sms)
    text = _file("page.html")
    values = {
        "NONCE": nonce,
        "STYLE": _file("page.css"),
        "SCRIPT": _file("page.js").replace("__VERSION__", str(store.version)),
        "COUNTS": f"{_count(len(store.emails), 'email')}, {len(store.sms)} SMS",
        "FAULTS": "".join(_fault(fault) for fault in request.app[FAULTS].listing()),
        "CONTENT": content,
    }
    for name, value in values.items():
        text = text.replace(f"__{name}__", value, 1 if name != "NONCE" else -1)
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(text=text, content_type="text/html", headers=headers)


def _file(name: str) -> str:
    return resources.files("support.standins").joinpath(name).read_text(encoding="utf-8")


def _lists(emails: list[Record], sms: list[Record]) -> str:
    return f"""
<div class="columns">
  <section><h2>Emails</h2>{_newest(emails, _email, "No email yet.")}</section>
  <section><h2>SMS</h2>{_newest(sms, _sms, "No SMS yet.")}</section>
</div>"""


def _newest(records: list[Record], render: object, nothing: str) -> str:
    assert callable(render)
    if not records:
        return f'<p class="none">{nothing}</p>'
    more = len(records) - SHOWN
    note = f'<p class="none">{more} older ones are not shown; see <a href="/_control/received">all</a>.</p>'
    shown = "".join(str(render(record)) for record in reversed(records[-SHOWN:]))
    return shown + (note if more > 0 else "")


def _email(email: Record) -> str:
    body = f"<pre>{escape(email['text'] or '')}</pre>"
    if email["html"]:
        html = escape('<base target="_blank">' + email["html"])
        frame = f'<iframe sandbox="{SANDBOX}" title="The email" loading="lazy" srcdoc="{html}"></iframe>'
        plain = f"<details><summary>Plain text</summary>{body}</details>" if email["text"] else ""
        body = frame + plain
    return f"""
<article id="{escape(email["id"])}">
  <header><h3>{escape(email["subject"])}</h3>{_time(email)}</header>
  <p class="who">to <b>{escape(", ".join(email["to"]))}</b> from {escape(email["from"])}</p>
  {body}
</article>"""


def _sms(sms: Record) -> str:
    sender = f"from {escape(sms['from'])}" if sms["from"] else "from a shared number"
    return f"""
<article id="{escape(sms["message_id"])}">
  <header><h3>{escape(sms["to"])}</h3>{_time(sms)}</header>
  <p class="who">{sender}</p>
  <p class="bubble">{escape(sms["body"])}</p>
</article>"""


def _time(record: Record) -> str:
    at = escape(record["at"])
    return f'<time datetime="{at}">{at[:10]} {at[11:19]} UTC</time>'


def _fault(fault: Record) -> str:
    until = f"for the next {fault['count']} calls" if fault["count"] else "until cleared"
    text = f"{fault['service']} is told to fail: {fault['mode']}, {until}"
    return f'<p class="fault">{escape(text)}</p>'


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
