"""What the ledger can refuse."""

from collections.abc import Sequence

from api.occupancies.views import Blocking
from propflow.errors import Conflict


def unit_unavailable(conflicts: Sequence[Blocking]) -> Conflict:
    """The range is taken; `conflicts` says by what."""
    return Conflict("unit_unavailable", "The unit is taken on some of these nights.", conflicts=list(conflicts))


def unit_not_active() -> Conflict:
    return Conflict("unit_not_active", "The unit is not let: it is inactive or archived.", param="unit_id")
