"""Pages of a search by price: complete and in order, however many units in a row do not fit."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from support.searches import Home

from api.stays.availability import service


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([100, 300]), max_size=12), st.integers(1, 5), st.integers(1, 6))
def test_each_unit_that_fits_is_on_one_page(amounts: list[int], limit: int, most: int) -> None:
    home, bound = Home(), {"currency": "EUR", "total_to": 3 * 100}
    for number, amount in enumerate(amounts):
        home.add(f"unit_3{number:02}", amount)
    cheap = ["unit_1", *(f"unit_3{number:02}" for number, amount in enumerate(amounts) if amount == 100)]
    found: list[str] = []
    after, pages = "", 0
    with patch.object(service, "MOST_PRICED", max(most, limit)):
        while True:
            page: dict[str, Any] = json.loads(home.search(after=after, limit=limit, **bound).body)
            found += [one["unit_id"] for one in page["data"]]
            pages += 1
            assert len(page["data"]) <= limit and pages <= len(amounts) + 3
            if not page["has_more"]:
                break
            after = page["next_cursor"]
    assert found == cheap
