"""What the documents name is there: links, files, and every decision in the index."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from infra.tools import ROOT

TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
PAGES = [path for path in TRACKED if path.endswith(".md") and path != "CHANGELOG.md"]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`((?:workers|shared|tests|infra|migrations|docs)/[\w./{},-]+)`")
FOLDERS = {str(parent) for path in TRACKED for parent in Path(path).parents}


def spelt_out(path: str) -> list[str]:
    """`a/{b,c}.py` is `a/b.py` and `a/c.py`."""
    found = re.match(r"(.*)\{([^}]*)\}(.*)", path)
    if found is None:
        return [path.rstrip("/")]
    before, names, after = found.groups()
    return [one for name in names.split(",") for one in spelt_out(before + name + after)]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    broken = [
        link for link in LINK.findall((ROOT / page).read_text()) if not (ROOT / page).parent.joinpath(link).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page: str) -> None:
    named = [one for path in NAMED.findall((ROOT / page).read_text()) for one in spelt_out(path) if "NNNN" not in one]
    assert [one for one in named if one not in TRACKED and one not in FOLDERS] == []


def test_the_index_lists_every_decision_by_its_name() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(
        r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+?) \| \d{4}-\d\d-\d\d \| ", (folder / "README.md").read_text(), re.M
    )
    there = [(path.name[:4], path.name, path.read_text().split("\n", 1)[0]) for path in sorted(folder.glob("0*.md"))]
    assert [(number, name, f"# {number} {title}") for number, name, title in listed] == there
