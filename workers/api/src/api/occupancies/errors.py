"""What the ledger can refuse."""

from collections.abc import Sequence

from api.occupancies.views import Blocking
from propflow.errors import Conflict


def unit_unavailable(conflicts: Sequence[Blocking]) -> Conflict:
    """The range is taken; `conflicts` says by what."""
    return Conflict("unit_unavailable", "The unit is taken on some of these nights.", conflicts=list(conflicts))
