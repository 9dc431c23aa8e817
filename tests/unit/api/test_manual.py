"""The page at /docs shows every operation and nothing that could run."""

import re

from api.app import build
from api.pages.manual.page import render


def test_every_operation_is_on_the_page() -> None:
    document = build().openapi()
    page = render(document)
    for path in document["paths"]:
        assert path in page
    assert "unit_unavailable" in page


def test_the_page_holds_no_script_and_names_no_other_host() -> None:
    page = render(build().openapi())
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["/openapi.json"]


def test_text_of_the_document_cannot_become_markup() -> None:
    document = build().openapi()
    hostile = {
        **document,
        "info": {"title": "<b>"},
        "paths": {"/<i>": {"get": {"responses": {}, "description": "<u>"}}},
    }
    assert not {"<b>", "<i>", "<u>"} & set(re.findall(r"<[biu]>", render(hostile).replace("<b>GET</b>", "")))
