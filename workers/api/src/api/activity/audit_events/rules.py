"""Pure: the audit as lines of a file.

CSV is RFC 4180. A spreadsheet takes a cell that begins with = + - @ or a tab for a formula, so an apostrophe is put
in front: https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
from collections.abc import Iterable

from api.activity.audit_events.views import AuditEvent
from propflow.json_text import json_text

COLUMNS = ("id", "at", "actor", "action", "object_id", "ip", "request_id", "changes")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(events: Iterable[AuditEvent]) -> str:
    """A header and one record per entry; `changes` is JSON."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for event in events:
        writer.writerow([_cell(getattr(event, name)) for name in COLUMNS])
    return out.getvalue()


def to_jsonl(events: Iterable[AuditEvent]) -> str:
    """One JSON object per line: https://jsonlines.org"""
    return "".join(json_text(event) + "\n" for event in events)


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json_text(value)
    return f"'{text}" if text.startswith(FORMULAS) else text
