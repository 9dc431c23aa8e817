"""The audit as a file: what a spreadsheet could run stays text."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.activity.audit_events import rules
from api.activity.audit_events.views import AuditEvent

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


def event(**chosen: Any) -> AuditEvent:
    values: dict[str, Any] = {
        "id": "obx_1", "at": "2026-11-21T10:00:00.000Z", "actor": "usr_1", "action": "unit.created",
        "object_id": "unit_1", "changes": {"name": "A"}, "request_id": "req_1", "ip": "2001:db8::1",
    }  # fmt: skip
    return AuditEvent(**values | chosen)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_csv_has_a_header_and_a_record_per_entry() -> None:
    text = rules.to_csv([event(), event(id="obx_2")])
    assert text.splitlines()[0] == "id,at,actor,action,object_id,ip,request_id,changes"
    assert text.count("\r\n") == 3
    assert read(text)[1] == [
        "obx_1", "2026-11-21T10:00:00.000Z", "usr_1", "unit.created", "unit_1", "2001:db8::1", "req_1", '{"name":"A"}',
    ]  # fmt: skip


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x.example")'])
def test_what_looks_like_a_formula_gets_an_apostrophe(evil: str) -> None:
    assert read(rules.to_csv([event(object_id=evil)]))[1][4] == f"'{evil}"


def test_quotes_commas_and_lines_stay_in_their_cell() -> None:
    awkward = 'a "quote", a comma\r\nand a line'
    assert read(rules.to_csv([event(object_id=awkward)]))[1][4] == awkward


@given(TEXT, TEXT)
def test_whatever_is_written_can_be_read_again(object_id: str, name: str) -> None:
    [_, record] = read(rules.to_csv([event(object_id=object_id, changes={"name": name})]))
    assert record[4].removeprefix("'") == object_id.removeprefix("'")
    assert json.loads(record[7]) == {"name": name}
    assert not record[4].startswith(rules.FORMULAS)


@given(TEXT)
def test_jsonl_has_one_object_per_line(name: str) -> None:
    lines = rules.to_jsonl([event(changes={"name": name}), event()]).split("\n")
    assert [json.loads(line)["changes"] for line in lines[:2]] == [{"name": name}, {"name": "A"}]
    assert lines[2:] == [""]
