"""When the size of a database is something to look at."""

from api.operations.operators.storage_rules import GROWTH, LARGEST, SHARES, alarms

DAY = "2027-01-15"


def found(size: int, before: int | None = None, day: str = DAY) -> list[tuple[str, str]]:
    return [(kind, subject) for kind, subject, _ in alarms("core", size, before, day)]


def test_each_share_of_the_largest_size_is_an_alert_of_its_own() -> None:
    assert found(LARGEST * SHARES[-1] // 100 - 1) == []
    for share in SHARES:
        assert found(LARGEST * share // 100) == [("database_size", f"core_{share}")]
    assert found(LARGEST) == [("database_size", f"core_{SHARES[0]}")]


def test_growth_of_a_day_is_one_whatever_the_size() -> None:
    assert found(GROWTH, 0) == [("database_growth", "core_2027-01-15")]
    assert found(GROWTH - 1, 0) == found(1, GROWTH) == []


def test_growth_of_the_next_day_is_another_although_nobody_looked_at_the_first() -> None:
    assert found(GROWTH, 0, "2027-01-16") == [("database_growth", "core_2027-01-16")]


def test_nothing_is_said_of_growth_while_the_day_before_is_not_known() -> None:
    assert found(LARGEST // 2) == []


def test_the_words_fit_the_alert() -> None:
    assert all(0 < len(detail) <= 500 for _, _, detail in alarms("audit", LARGEST, 0, DAY))
