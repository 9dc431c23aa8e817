"""What the page behind links does when somebody opens it, and when they press the button."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.suite import find_node

from api.pages.landing import page

HTML = Path(page.__file__).with_name("page.html")
VISITOR = Path(__file__).with_name("landing_visitor.mjs")
FIELDS = {"email": "a@example.net", "name": " Grace ", "password": "a good password"}


def visit(path: str, token: str | None = "secret", **more: Any) -> dict[str, Any]:
    asked = {"path": path, "hash": f"#token={token}" if token else "", "fields": FIELDS} | more
    done = subprocess.run([find_node(), VISITOR, HTML, json.dumps(asked)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("path", ["/verify_email", "/reset_password", "/invitation"])
def test_opening_a_link_hides_the_token_and_spends_nothing(path: str) -> None:
    opened = visit(path)
    assert opened["addresses"] == [path]
    assert opened["requests"] == [] and opened["said"] == ""
    assert "form" in opened["shown"] and opened["title"]


@pytest.mark.parametrize(
    ("path", "called", "body"),
    [
        ("/verify_email", "/v1/auth/verify_email", {"token": "secret"}),
        ("/reset_password", "/v1/auth/reset_password", {"token": "secret", "password": "a good password"}),
        ("/invitation", "/v1/invitations/accept", {"token": "secret", "name": "Grace", "password": "a good password"}),
    ],
)
def test_pressing_the_button_posts_once(path: str, called: str, body: dict[str, str]) -> None:
    done = visit(path, press=True, answer={"ok": True, "body": {}})
    assert done["prevented"]
    assert [(one["path"], one["method"], one["body"]) for one in done["requests"]] == [(called, "POST", body)]
    assert done["requests"][0]["headers"] == {"Content-Type": "application/json"}
    assert done["said"] and "form" not in done["shown"]


def test_what_the_product_refuses_is_shown_in_its_own_words_and_can_be_tried_again() -> None:
    refused = visit("/reset_password", press=True, answer={"ok": False, "body": {"detail": "This link was used."}})
    assert refused["said"] == "This link was used." and "form" in refused["shown"]
    offline = visit("/reset_password", press=True)
    assert "could not be reached" in offline["said"] and "form" in offline["shown"]


def test_without_a_token_one_asks_for_a_link_or_is_told_what_is_wrong() -> None:
    asked = visit("/reset_password", None, press=True, answer={"ok": True, "body": {}})
    assert [(one["path"], one["body"]) for one in asked["requests"]] == [
        ("/v1/auth/forgot_password", {"email": "a@example.net"})
    ]
    for path in ("/verify_email", "/invitation"):
        opened = visit(path, None)
        assert "incomplete" in opened["said"] and "form" not in opened["shown"]
