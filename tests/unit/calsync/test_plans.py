"""No statement reads all rows of a tenant: what a run costs depends on its feed, not on the portfolio."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from api.channels.channel_nights import repository as nights
from api.channels.feeds import changes_repository as changes
from calsync.alerts import repository as alerts
from calsync.exports import repository as exports
from calsync.feeds import handover
from calsync.feeds import repository as feeds
from calsync.hosts import repository as hosts
from calsync.previews import repository as previews
from calsync.schedule import repository as schedule
from notify.letters.feeds import repository as mails
from tests.unit.calsync.core_database import Core

# bookings: a foreign key; events: their last position, which is one row; m: the people of the tenant, who are few; w: a
# table of one row for each tenant
ONLY_THE_TENANT = re.compile(r"SEARCH (?!bookings|events|m |w )\w+ USING PRIMARY KEY \(tenant_id=\?\)")
WHOLE_TABLE = re.compile(
    r"SCAN (?!CONSTANT|job|json_each|fact|place|touched|counts|fresh|waiting|turns|who|slot|ranges|said|asked|seen"
    r"|holders|due|places|taken)\w+"
)


def statements(module: ModuleType) -> list[tuple[str, str]]:
    found = [(name, text) for name, text in vars(module).items() if name.isupper() and isinstance(text, str)]
    return [(name, text) for name, text in found if re.match(r"\s*(WITH|SELECT|INSERT|UPDATE)", text)]


def plan_of(text: str) -> list[str]:
    count = max((int(number) for number in re.findall(r"\?(\d+)", text)), default=0)
    return [row["detail"] for row in Core().run(f"EXPLAIN QUERY PLAN {text}", *([None] * count))]


@pytest.mark.parametrize(
    ("name", "text"),
    [pair for one in (feeds, handover, nights, exports, hosts, alerts, previews, schedule) for pair in statements(one)],
)
def test_every_statement_begins_with_an_index(name: str, text: str) -> None:
    plan = plan_of(text)
    assert not [step for step in plan if ONLY_THE_TENANT.match(step) or WHOLE_TABLE.match(step)], plan


@pytest.mark.parametrize(
    "text", [nights.ANNOUNCE, alerts.RAISE_UNLISTED, changes.REMOVABLE, changes.UNLINK, mails.FACTS]
)
def test_what_is_one_stay_with_a_booking_is_found_by_its_feed(text: str) -> None:
    assert [step for step in plan_of(text) if "feed_events_linked (tenant_id=? AND feed_id=?" in step]
