"""The document at /openapi.json is the committed one, and what the API answers is what it says."""

import json

from support.client import Api
from support.process import ROOT


def test_the_running_api_serves_the_committed_document(api: Api) -> None:
    assert api.get("/openapi.json").json() == json.loads((ROOT / "docs/openapi.json").read_text())
