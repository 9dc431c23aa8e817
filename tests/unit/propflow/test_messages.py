"""What a message says of units whose calendars changed."""

from __future__ import annotations

import pytest

from propflow.messages import CALSYNC, BookingChanged, BookingConfirmed, encode

IDS = {"tenant_id": "ten_1", "outbox_id": "obx_1", "booking_id": "bkg_1", "unit_id": "A"}


@pytest.mark.parametrize(
    ("said", "units"),
    [({}, ["A"]), ({"previous_unit_id": "B"}, ["B", "A"]), ({"previous_unit_id": "A"}, ["A"]),
     ({"previous_unit_id": "B", "other_unit_ids": ["C", "A", "B", "C"]}, ["B", "C", "A"])],
)  # fmt: skip
def test_a_changed_booking_names_each_unit_once_and_where_it_is_last(said: dict[str, object], units: list[str]) -> None:
    message = CALSYNC.decode(encode(BookingChanged(**IDS, **said)))  # type: ignore[arg-type]
    assert isinstance(message, BookingChanged) and message.units() == units


def test_a_message_of_before_names_its_unit() -> None:
    old = '{"type":"booking.confirmed","tenant_id":"t","outbox_id":"o","booking_id":"b","unit_id":"A"}'
    message = CALSYNC.decode(old)
    assert isinstance(message, BookingConfirmed) and message.units() == ["A"]
