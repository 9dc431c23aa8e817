"""A booking for the tests of what notify writes and decides."""

from __future__ import annotations

import json
from typing import Any

from notify.letters.guests.models import Booking

LINES = [
    {"kind": "night", "name": "3 nights", "quantity": 3, "amount": 36_000},
    {"kind": "fee", "name": "Cleaning", "quantity": 1, "amount": 4_000},
]


def booking(**chosen: Any) -> Booking:
    """Three nights of Grace Guest in Apartment 1 of Casa Azul, unless chosen otherwise."""
    values: dict[str, Any] = {
        "id": "bkg_01k0000000000000000000000a",
        "status": "confirmed",
        "check_in": "2027-03-12",
        "check_out": "2027-03-15",
        "guests": 2,
        "guest_name": "Grace Guest",
        "guest_email": "grace@example.net",
        "guest_phone": "+34600123456",
        "total_amount": 40_000,
        "currency": "EUR",
        "lines": json.dumps(LINES),
        "unit_name": "Apartment 1",
        "property_name": "Casa Azul",
    }
    return Booking(**values | chosen)
