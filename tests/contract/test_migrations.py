"""Migrations: applied by the runtime, and seen as applied by wrangler."""

import os
import subprocess

from support.process import ROOT
from support.suite import find_node

from .conftest import Host

FILES = ["0001_create_things.sql", "0002_create_loose.sql"]


def test_each_file_is_applied_once_and_noted(host: Host) -> None:
    [result] = host.ask("/d1", {"binding": "DB", "statements": [{"sql": "SELECT name FROM d1_migrations ORDER BY id"}]})
    assert [row["name"] for row in result["results"]] == FILES
    assert f"DB: applied {FILES[0]}" in host.process.output()


def test_wrangler_finds_nothing_left_to_apply(host: Host) -> None:
    wrangler = [str(find_node()), str(ROOT / "node_modules/wrangler/bin/wrangler.js")]
    config = ["-c", str(ROOT / "tests/contract/worker/wrangler.jsonc"), "--persist-to", str(host.process.log.parent)]
    command = [*wrangler, "d1", "migrations", "list", "DB", "--local", *config]
    env = {**os.environ, "PATH": f"{find_node().parent}:{os.environ['PATH']}", "WRANGLER_SEND_METRICS": "false"}
    listed = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=host.process.log.parent)
    assert "No migrations to apply" in listed.stdout, listed.stdout + listed.stderr
