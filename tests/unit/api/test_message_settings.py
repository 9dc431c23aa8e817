"""Where SMS may go: chosen for the version that was read, and what was counted is forgotten by its index."""

from __future__ import annotations

from api.people.message_settings import repository
from api.people.message_settings.repository import SettingsRow
from tests.unit.calsync.core_database import Core


def stored(core: Core) -> SettingsRow | None:
    [found] = core.batch([repository.get("ten_1")])
    return found.one(SettingsRow)


def choose(core: Core, countries: str, version: int) -> int:
    [found] = core.batch([repository.change("ten_1", countries, version, 1)])
    return found.meta.changes


def test_who_chooses_has_seen_what_was_chosen() -> None:
    core = Core()
    assert stored(core) is None
    assert choose(core, '["CH"]', 2) == 0, "nobody has seen a second version yet"
    assert choose(core, '["CH"]', 1) == 1
    assert choose(core, '["NG"]', 1) == 0, "somebody was faster"
    assert stored(core) == SettingsRow(countries='["CH"]', version=2)
    assert choose(core, "[]", 2) == 1
    assert stored(core) == SettingsRow(countries="[]", version=3)


def test_what_was_counted_is_forgotten_when_its_time_is_over() -> None:
    core = Core()
    for ends_at in (1, 2, 3):
        core.run("INSERT INTO message_budgets VALUES (?, 'k', 1)", ends_at)
    forget = repository.forget(2, 1_000)
    core.batch([forget])
    assert core.run("SELECT ends_at FROM message_budgets") == [{"ends_at": 3}]
    steps = [row["detail"] for row in core.run(f"EXPLAIN QUERY PLAN {forget.sql}", *forget.params)]
    assert not [one for one in steps if one.startswith("SCAN message_budgets")], steps
