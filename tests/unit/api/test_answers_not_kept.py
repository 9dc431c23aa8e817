"""A write does not fail for its answer, and a retry whose answer was not kept is told what became of the request."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from api.core import kept_answers
from api.core.idempotency import LONGEST_BODY, NOT_KEPT, Kept, Stored
from api.core.kept_answers import DONE, REFUSED
from api.edge.answers import Answer
from propflow.bindings.d1 import Meta, Result, Statement
from propflow.errors import Conflict, Unavailable

NOW = 1_800_000_000_000
KEY: Any = SimpleNamespace(fingerprint="f", former=())


@pytest.mark.parametrize(("status", "words"), [(200, DONE), (201, DONE), (409, REFUSED), (422, REFUSED)])
def test_a_retry_is_told_whether_it_was_done_or_refused(status: int, words: str) -> None:
    stored = Stored("f", status, "{}", "", NOW, NOT_KEPT)
    bindings: Any = SimpleNamespace()
    with pytest.raises(Conflict) as refused:
        asyncio.run(kept_answers.replay(bindings, "ten_1", stored, KEY))
    assert (refused.value.code, refused.value.detail) == ("answer_not_kept", words)


class Room:
    """A database in which there is room for the answer."""

    async def run(self, statement: Statement) -> Result:
        return Result(results=b"[]", meta=Meta(changes=1))  # type: ignore[arg-type]


class Away:
    """A store that does not answer."""

    async def put(self, *_: Any) -> None:
        raise Unavailable("storage_unavailable", "The store of files did not answer.")


def test_a_write_does_not_fail_because_its_long_answer_cannot_be_kept() -> None:
    bindings: Any = SimpleNamespace(core=Room(), exports=Away())
    long = Answer(status=201, body="x" * (LONGEST_BODY + 1), headers={})
    assert asyncio.run(kept_answers.keep(bindings, "ten_1", long, NOW)) == Kept("", NOT_KEPT)
