"""A failure keeps its meaning when it crosses a service binding; a defect keeps its secrets."""

import asyncio

import msgspec
import pytest

from propflow import rpc
from propflow.errors import Conflict


class Question(msgspec.Struct):
    text: str


def ask(handler: object, text: str = '{"text":"?"}') -> str:
    return asyncio.run(rpc.serve(text, Question, handler))  # type: ignore[arg-type]


def test_a_value_arrives_as_its_type() -> None:
    async def echo(question: Question) -> Question:
        return question

    assert rpc.read(ask(echo), Question) == Question("?")


def test_an_expected_failure_arrives_as_the_same_error() -> None:
    async def refuse(question: Question) -> None:
        raise Conflict("taken", "It is taken.", param="text", conflicts=[{"id": 1}])

    with pytest.raises(Conflict) as caught:
        rpc.read(ask(refuse), Question)
    assert (caught.value.code, caught.value.param) == ("taken", "text")
    assert caught.value.evidence == {"conflicts": [{"id": 1}]}


def test_a_defect_tells_the_caller_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    async def fail(question: Question) -> None:
        raise ValueError("canary")

    assert "canary" not in ask(fail)
    assert "canary" in capsys.readouterr().out


def test_a_malformed_request_is_refused() -> None:
    async def never(question: Question) -> None:
        raise AssertionError

    assert msgspec.json.decode(ask(never, '{"text":1}'))["error"]["status"] == 422
