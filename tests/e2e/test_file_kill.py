"""SIGKILL of the whole runtime between an object and its row: what was acknowledged is there, nothing is left over."""

import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from support.client import Api
from support.files import announce_picture, call, here, lying, picture, send
from support.people import Manager, ok, sign_up
from support.seeds import SEED
from support.standin_client import StandIn
from support.suite import Suite
from support.verbs import Json

ROUNDS = int(os.environ.get("FILE_KILLS", "1"))
AT_ONCE, EACH = 4, 12


@pytest.fixture
def mortal(standin: StandIn, tmp_path: Path) -> Iterator[Suite]:
    """A runtime that may be killed."""
    runtime = Suite(standin.url, state=tmp_path).start()
    yield runtime
    runtime.stop()


def found(manager: Manager, made: Json) -> Json:
    return ok(manager.api.get(f"/v1/media/{made['id']}"), 200)


def cut_before_the_row(suite: Suite, manager: Manager) -> None:
    """The object is stored, the row is not written, and everything dies. The sender sends it again."""
    content = picture(50_000)
    made = announce_picture(manager.api, content, property_id=manager.property_id)
    suite.d1("CREATE TRIGGER test_cut BEFORE UPDATE ON files WHEN NEW.status = 'ready' BEGIN"
             " SELECT RAISE(ABORT, 'test_cut'); END")  # fmt: skip
    assert send(suite, made, content).status_code >= 500
    suite.kill()
    suite.start()
    suite.d1("DROP TRIGGER test_cut")
    assert list(lying(suite, manager.tenant["id"]).values()) == [content]
    assert found(manager, made)["status"] == "pending"
    again = send(suite, made, content)
    assert again.status_code == 200, again.text
    read = call("GET", here(suite, found(manager, made)["url"]))
    assert (read.content, read.headers["etag"]) == (content, again.headers["etag"])


@pytest.mark.timeout(600)
def test_whatever_dies_between_what_was_acknowledged_is_there(mortal: Suite) -> None:
    dice = random.Random(SEED)
    manager = sign_up(Api(mortal.url), "Alice")
    cut_before_the_row(mortal, manager)
    for round_ in range(ROUNDS):
        contents = [picture(dice.randint(20_000, 400_000)) for _ in range(EACH)]
        made = [announce_picture(manager.api, one, property_id=manager.property_id) for one in contents]
        acknowledged = uploads(mortal, made, contents, dice.randint(1, EACH // 2))
        mortal.start()
        print(f"round {round_}: seed {SEED}, {len(acknowledged)} of {EACH} acknowledged")
        for number, (one, content) in enumerate(zip(made, contents, strict=True)):
            if number not in acknowledged:
                assert send(mortal, one, content).status_code in (200, 201)
            read = call("GET", here(mortal, found(manager, one)["url"]))
            assert (read.status_code, read.content) == (200, content), f"file {number}, seed {SEED}"
    rows = mortal.d1("SELECT id FROM files WHERE status = 'ready'")
    assert {key.rpartition("/")[2] for key in lying(mortal, manager.tenant["id"])} == {row["id"] for row in rows}


def uploads(suite: Suite, made: list[Json], contents: list[bytes], enough: int) -> set[int]:
    """Send them all at once and kill the runtime when so many are acknowledged. Returns which were."""
    acknowledged: set[int] = set()
    reached = threading.Event()

    def one(number: int) -> None:
        try:
            answer = send(suite, made[number], contents[number])
        except httpx.TransportError:
            return  # killed: whether it was stored is unknown
        if answer.status_code == 201:
            acknowledged.add(number)
        if len(acknowledged) >= enough:
            reached.set()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(one, number) for number in range(len(made))]
        assert reached.wait(120), "too few uploads were acknowledged"
        suite.kill()
        for future in futures:
            future.result()
    return acknowledged
