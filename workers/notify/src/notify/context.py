"""What a use case is given."""

import msgspec

from notify.settings import Settings
from propflow.bindings.d1 import Database


class Bindings(msgspec.Struct, frozen=True, kw_only=True):
    """The notify Worker's bindings: the database in which messages wait, and what the environment says."""

    core: Database
    settings: Settings
