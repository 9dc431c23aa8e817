"""Values to send over RPC, and what arrives."""

import datetime
import decimal
import enum
import uuid

from workers import WorkerEntrypoint


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901)
VALUES = {
    "none": None,
    "true": True,
    "text": "é",
    "int": 7,
    "float": 1.5,
    "whole float": 1.0,
    "2**53": 2**53,
    "dict": {"a": {"b": None}},
    "dict with int keys": {1: "x"},
    "list": [1, None],
    "set": {1, 2},
    "tuple": (1, 2),
    "nested tuple": [(1, 2)],
    "bytearray": bytearray(b"\x00\xff"),
    "bytes": b"\x00\xff",
    "memoryview": memoryview(b"\x00\xff"),
    "naive datetime": MOMENT,
    "aware datetime": MOMENT.replace(tzinfo=datetime.UTC),
    "date": datetime.date(2026, 1, 2),
    "decimal": decimal.Decimal("1.5"),
    "uuid": uuid.UUID(int=1),
    "StrEnum": Colour.RED,
    "IntEnum": Level.HIGH,
    "exception": ValueError("bad"),
}


def make(kind):
    return VALUES[kind]


def describe(value):
    if isinstance(value, memoryview):
        return f"memoryview {bytes(value)!r}"
    if isinstance(value, Exception):
        return f"{type(value).__name__} {value}"
    return f"{type(value).__name__} {value!r}"


class Values(WorkerEntrypoint):
    async def send(self, kind):
        return await _outcome(lambda: self.env.PEER.describe(make(kind)))

    async def receive(self, kind):
        async def ask():
            return describe(await self.env.PEER.give(kind))

        return await _outcome(ask)

    async def callback(self):
        return await self.env.PEER.call_back(lambda a, b: a * 2 + b * 2)

    async def attributes(self):
        value = await self.env.PEER.give("dict")
        return value.a.b is None


async def _outcome(work):
    """What came back, or the error and whether it was raised by the call or by waiting."""
    try:
        pending = work()
    except Exception as error:
        return f"{type(error).__name__} at the call"
    try:
        return await pending
    except Exception as error:
        return f"{type(error).__name__} {getattr(error, 'name', '')}".strip()
