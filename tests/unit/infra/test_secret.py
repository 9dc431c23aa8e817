"""A secret reaches every Worker that reads it, and nothing shows it."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra import secret
from infra.manifest import load
from infra.tools import ROOT, Refused, Runner

MANIFEST = load()
GOOD = json.dumps({"current": "k1", "keys": {"k1": base64.b64encode(bytes(range(32))).decode()}})


class Noting(Runner):
    """Notes what each command is given."""

    def __init__(self) -> None:
        super().__init__(dry_run=True)
        self.given: list[str] = []

    def run(self, command: Sequence[str], cwd: Path = ROOT, given: str = "") -> None:
        super().run(command, cwd, given)
        self.given.append(given)


def test_every_worker_that_reads_it_gets_it_and_no_line_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    runner = Noting()
    secret.put(MANIFEST, "stg", "SESSION_ENC_KEY", GOOD, runner)
    assert runner.shown == [
        "cd workers/calsync && wrangler secret put SESSION_ENC_KEY -e stg",
        "cd workers/api && wrangler secret put SESSION_ENC_KEY -e stg",
    ]
    assert runner.given == [GOOD, GOOD]
    assert GOOD not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("env", "name", "value", "why"),
    [
        ("", "SESSION_ENC_KEY", "x", r"make secret ENV=dev\|stg\|prod NAME="),
        ("local", "SESSION_ENC_KEY", "x", "say which environment"),
        ("stg", "", "x", "say which secret: make secret ENV=stg NAME=.*SESSION_ENC_KEY"),
        ("stg", "SESSION_ENC_KEY", "", "SESSION_ENC_KEY would be empty"),
        ("stg", "INTERNAL_ADMIN_TOKEN", "hunter2", "INTERNAL_ADMIN_TOKEN is too weak"),
        ("stg", "INTERNAL_ADMIN_TOKEN", '{"anna": "' + "x" * 40 + '"}', "INTERNAL_ADMIN_TOKEN is too weak"),
        ("stg", "EMAIL_PROVIDER_KEY", MANIFEST.local.secrets["EMAIL_PROVIDER_KEY"], "everybody can read"),
        ("prod", "JWT_SIGNING_KEY", MANIFEST.local.secrets["JWT_SIGNING_KEY"], "everybody can read"),
    ],
)
def test_what_cannot_be_set_is_refused(env: str, name: str, value: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        secret.put(MANIFEST, env, name, value, Runner(dry_run=True))


def test_a_command_is_given_its_standard_input(tmp_path: Path) -> None:
    Runner().run(["sh", "-c", "cat > given"], tmp_path, "hidden")
    assert (tmp_path / "given").read_text() == "hidden"
