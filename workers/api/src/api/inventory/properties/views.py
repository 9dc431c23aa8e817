"""Properties as the API shows them."""

from typing import Any

import msgspec

from api.inventory.properties.cancellation import Policy
from propflow.models import Charge


class Property(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    reference: str | None
    name: str
    time_zone: str
    currency: str
    address: dict[str, Any]
    charges: list[Charge]
    cancellation_policy: Policy | None
    check_in_time: str | None
    check_out_time: str | None
    check_in_days_before: int
    house_rules: str | None
    tags: list[str]
    custom_fields: dict[str, str | int | float | bool]
    status: str
    version: int
    created_at: str
    updated_at: str
