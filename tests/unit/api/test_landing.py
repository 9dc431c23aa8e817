"""The page behind links: it runs its own script only, spends nothing by being looked at, and can be used by anybody."""

import base64
import hashlib
import re

from api.pages.landing import page


def test_the_policy_allows_exactly_the_pages_own_script_and_style() -> None:
    policy = dict(one.split(" ", 1) for one in page.headers()["Content-Security-Policy"].split("; "))
    for tag in ("script", "style"):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", page.html(), re.DOTALL)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert policy[f"{tag}-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self'"


def test_nothing_in_the_markup_needs_more() -> None:
    markup = re.sub(r"<(script|style)>.*?</\1>", "", page.html(), flags=re.DOTALL)
    assert not re.findall(r"\son\w+=|\sstyle=|\ssrc=|\shref=|javascript:", markup)
    assert "innerHTML" not in page.html()


def test_every_field_has_a_label_and_what_is_said_is_read_aloud() -> None:
    fields = set(re.findall(r'<input id="(\w+)"', page.html()))
    assert fields == set(re.findall(r'<label[^>]* for="(\w+)"', page.html()))
    assert 'role="status" aria-live="polite"' in page.html()
    assert 'name="viewport"' in page.html()


def test_the_token_leaves_the_address_bar_and_goes_out_only_when_somebody_presses_the_button() -> None:
    script = page.html()
    assert script.index("location.hash") < script.index('history.replaceState(null, "", location.pathname)')
    assert script.index('addEventListener("submit"') < script.index("fetch(")
