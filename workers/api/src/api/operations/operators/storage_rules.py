"""When the size of a database is something to look at: pure."""

from collections.abc import Iterator

LARGEST = 10_000_000_000  # bytes that one D1 database has: https://developers.cloudflare.com/d1/platform/limits/
SHARES = (95, 85, 70)  # per cent of it at which operators are told
GROWTH = 500_000_000  # bytes in one day


def alarms(database: str, size: int, before: int | None, day: str) -> Iterator[tuple[str, str, str]]:
    """Kind, subject and words of each alert; `before` is the size at the end of the day before, if it is known.

    Each day of growth is an alert of its own: the next one must be told although nobody has looked at the last.
    """
    share = next((share for share in SHARES if size * 100 >= LARGEST * share), None)
    if share is not None:
        detail = f"The database {database} has {_gb(size)} of {_gb(LARGEST)}. No tenant can write when it is full."
        yield "database_size", f"{database}_{share}", detail
    if before is not None and size - before >= GROWTH:
        yield "database_growth", f"{database}_{day}", f"The database {database} grew by {_gb(size - before)} in a day."


def _gb(size: int) -> str:
    return f"{size / 1_000_000_000:.1f} GB"
