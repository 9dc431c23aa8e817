"""What the use cases of this Worker are given."""

import msgspec

from calsync.settings import Settings
from propflow.bindings.d1 import Database
from propflow.bindings.queues import Queue
from propflow.bindings.services import Service


class Bindings(msgspec.Struct, frozen=True, kw_only=True):
    """The database, our own queue and that of notify, the api Worker, and the settings."""

    db: Database
    queue: Queue
    notifications: Queue
    api: Service
    settings: Settings
