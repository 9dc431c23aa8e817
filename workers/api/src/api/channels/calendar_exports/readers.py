"""How often exports are read: counted in memory and written down now and then, because reading must stay cheap.

What an isolate has counted and not yet written ends with it, so the number shown is the least it can be.
"""

import msgspec

from propflow.clock import MINUTE

WRITTEN_EVERY = 15 * MINUTE  # at most, per export
MOST = 10_000  # exports that an isolate counts for


class Counts(msgspec.Struct):
    """Reads of each export since they were last written down."""

    unwritten: dict[str, int] = msgspec.field(default_factory=dict)

    def read(self, export_id: str, read_at: int | None, now: int) -> int:
        """Count one more. Returns how many to write down now, which is 0 unless the last time is long enough ago."""
        count = self.unwritten.pop(export_id, 0) + 1
        if read_at is None or now - read_at >= WRITTEN_EVERY:
            return count
        if len(self.unwritten) < MOST:
            self.unwritten[export_id] = count
        return 0

    def again(self, export_id: str, count: int) -> None:
        """These could not be written down."""
        self.unwritten[export_id] = self.unwritten.get(export_id, 0) + count
