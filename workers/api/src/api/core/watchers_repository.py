"""Statements about which rooms somebody watches."""

from collections.abc import Sequence

import msgspec

from propflow.bindings.d1 import Statement, sql
from propflow.json_text import json_text

# The properties are looked up only when a property's room is watched.
WATCHED = """
SELECT property_id FROM watched_rooms
WHERE tenant_id = ?1 AND until > ?3 AND (property_id = '' OR property_id IN (
  SELECT u.property_id FROM json_each(?2) AS j JOIN units AS u ON u.tenant_id = ?1 AND u.id = j.value))"""


ROOMS = "SELECT property_id FROM watched_rooms WHERE tenant_id = ?1"


class Watched(msgspec.Struct, frozen=True):
    """A room that somebody is in."""

    property_id: str


def watched(tenant_id: str, unit_ids: Sequence[str], now: int) -> Statement:
    """The rooms that a change of these units is to be told, as `Watched`. `now` is the real time."""
    return sql(WATCHED, tenant_id, json_text(unit_ids), now)


def rooms(tenant_id: str) -> Statement:
    """All rooms of a tenant that somebody may be in, as `Watched`."""
    return sql(ROOMS, tenant_id)
