"""When a schedule fires. Cron is UTC; days of the week are numbered 1 to 7, Sunday first, as on Cloudflare."""

import json
import subprocess

import pytest
from support.process import ROOT
from support.suite import find_node

CASES = [
    ("* * * * *", "2026-11-21T06:28:00Z", True),
    ("*/5 * * * *", "2026-11-21T06:25:00Z", True),
    ("*/5 * * * *", "2026-11-21T06:28:00Z", False),
    ("3-59/15 * * * *", "2026-11-21T06:33:00Z", True),
    ("0 6,18 * * *", "2026-11-21T18:00:00Z", True),
    ("0 6,18 * * *", "2026-11-21T12:00:00Z", False),
    ("0 0 1 JAN *", "2027-01-01T00:00:00Z", True),
    ("0 0 * * 1", "2026-11-22T00:00:00Z", True),  # a Sunday
    ("0 0 * * MON-FRI", "2026-11-22T00:00:00Z", False),
    ("0 0 * * MON-FRI", "2026-11-23T00:00:00Z", True),
]


@pytest.fixture(scope="module")
def answers() -> list[bool]:
    """What the runtime says to each case, in one run of Node."""
    script = "import { matches } from './infra/local/cron.mjs'; const cases = JSON.parse(process.argv[1]);"
    script += "console.log(JSON.stringify(cases.map(([cron, time]) => matches(cron, new Date(time)))))"
    command = [str(find_node()), "--input-type=module", "-e", script, json.dumps(CASES)]
    result: list[bool] = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return result


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)))
def test_a_schedule_fires_in_its_minutes(answers: list[bool], number: int, case: tuple[str, str, bool]) -> None:
    assert answers[number] == case[2], case
