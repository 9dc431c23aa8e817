"""A notify Worker that was deployed with what it must not use loses no message: all wait until it is mended."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest
from support.process import ROOT

from notify.settings import Settings
from propflow.settings import SettingsInvalid

QUEUES = ("notifications", "notifications-dlq", "automation", "automation-dlq")


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The Worker's doors, without its runtime."""
    monkeypatch.setitem(sys.modules, "workers", SimpleNamespace(Response=object, WorkerEntrypoint=object))
    found = importlib.util.spec_from_file_location("notify_entry", ROOT / "workers/notify/src/entry.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", QUEUES)
def test_no_message_is_answered_and_none_is_buried(entry: ModuleType, name: str) -> None:
    door: Any = entry.Default()
    told = {field.name: "1" for field in msgspec.structs.fields(Settings)}
    door.env = SimpleNamespace(**told | {"ENV": "prod", "JWT_SIGNING_KEY": "local-x"}, DB_CORE=None)
    batch = SimpleNamespace(queue=f"propflow360-{name}-prod", messages=[])
    with pytest.raises(SettingsInvalid, match="replace these secrets"):
        asyncio.run(door.queue(batch))
