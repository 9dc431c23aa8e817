"""A retry whose long answer was not kept is told what became of the request."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from api import kept_answers
from api.idempotency import NOT_KEPT, Stored
from api.kept_answers import DONE, REFUSED
from propflow.errors import Conflict

NOW = 1_800_000_000_000
KEY: Any = SimpleNamespace(fingerprint="f")


@pytest.mark.parametrize(("status", "words"), [(200, DONE), (201, DONE), (409, REFUSED), (422, REFUSED)])
def test_a_retry_is_told_whether_it_was_done_or_refused(status: int, words: str) -> None:
    stored = Stored("f", status, "{}", "", NOW, NOT_KEPT)
    bindings: Any = SimpleNamespace()
    with pytest.raises(Conflict) as refused:
        asyncio.run(kept_answers.replay(bindings, "ten_1", stored, KEY))
    assert (refused.value.code, refused.value.detail) == ("answer_not_kept", words)
