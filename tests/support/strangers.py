"""Calls that name what belongs to somebody else: another tenant, or the other space of the same one."""

from __future__ import annotations

from typing import Any


def calls(theirs: dict[str, str], own_unit: str, own_home: str) -> list[tuple[str, str, Any]]:
    """Reading and writing what has these ids, with each in every place; those of the caller are `own_…`."""
    stay = {"check_in": "2027-09-01", "check_out": "2027-09-03"}
    unit = {"name": "U", "max_guests": 2, "nightly_rate": {"amount": 1, "currency": "EUR"}}
    guest = {"guest": {"name": "G"}}
    return [
        ("GET", f"/v1/properties/{theirs['prop']}", None),
        ("GET", f"/v1/units/{theirs['unit']}", None),
        ("PUT", f"/v1/units/{theirs['unit']}/rates", {"rates": []}),
        ("GET", f"/v1/units/{theirs['unit']}/rates", None),
        ("PUT", f"/v1/units/{theirs['unit']}/rate_rules", {}),
        ("GET", f"/v1/units/{theirs['unit']}/rate_rules", None),
        ("GET", f"/v1/units/{theirs['unit']}/calendar?start=2027-09-01&end=2027-09-03", None),
        ("GET", f"/v1/units/{theirs['unit']}/calendar/history?date=2027-09-01", None),
        ("GET", f"/v1/units/{theirs['unit']}/exports", None),
        ("POST", f"/v1/units/{theirs['unit']}/exports", {}),
        ("POST", "/v1/units", {**unit, "property_id": theirs["prop"]}),
        ("POST", "/v1/quotes", {**stay, "unit_id": theirs["unit"], "guests": 2}),
        ("POST", "/v1/holds", {**stay, "unit_id": theirs["unit"]}),
        ("POST", "/v1/bookings", {**stay, **guest, "unit_id": theirs["unit"]}),
        ("POST", "/v1/bookings", {**stay, **guest, "unit_id": own_unit, "quote_id": theirs["quo"]}),
        ("POST", "/v1/bookings", {**stay, **guest, "unit_id": own_unit, "hold_id": theirs["hold"]}),
        ("GET", f"/v1/bookings/{theirs['bkg']}", None),
        ("POST", f"/v1/bookings/{theirs['bkg']}/confirm", {}),
        ("POST", f"/v1/bookings/{theirs['bkg']}/cancel", {}),
        ("POST", "/v1/feeds", {"unit_id": theirs["unit"], "url": "https://example.com/a.ics"}),
        ("GET", f"/v1/feeds/{theirs['feed']}", None),
        ("GET", f"/v1/feeds/{theirs['feed']}/runs", None),
        ("POST", f"/v1/feeds/{theirs['feed']}/sync", {}),
    ]
