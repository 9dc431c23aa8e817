"""What an isolate remembers of refusals: pure, bounded, and never wrong to have forgotten.

It only repeats a no that TenantRateLimit has said, until that bucket is full again: it costs and grants nothing.
"""

import msgspec

from api.access.bucket import Bucket, Level

SIZE = 4096  # names remembered; the one that was not asked for longest goes first


class Closed(msgspec.Struct, frozen=True):
    """An empty bucket, and when it is full again."""

    limit: Bucket
    until: int

    def level(self, now: int) -> Level:
        """As TenantRateLimit would tell it."""
        return Level(limit=self.limit, remaining=0, reset_ms=max(self.until - now, 0), empty=True)


class Gate:
    """Names that are refused until an instant."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._closed: dict[str, Closed] = {}

    def close(self, name: str, closed: Closed) -> None:
        """Refuse this name from now on."""
        self._closed.pop(name, None)
        self._closed[name] = closed
        _shorten(self._closed, self._size)

    def closed(self, name: str, now: int) -> Closed | None:
        """Why the name is refused now, or None."""
        found = self._closed.pop(name, None)
        if found is None or found.until <= now:
            return None
        self._closed[name] = found
        return found

    def __len__(self) -> int:
        return len(self._closed)


class Recent:
    """The last names that were noted."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._names: dict[str, None] = {}

    def note(self, name: str) -> None:
        """Remember it, as the last one."""
        self._names.pop(name, None)
        self._names[name] = None
        _shorten(self._names, self._size)

    def __contains__(self, name: str) -> bool:
        return name in self._names


def _shorten(names: dict[str, Closed] | dict[str, None], size: int) -> None:
    while len(names) > size:
        del names[next(iter(names))]
