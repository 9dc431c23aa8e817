"""`make demo`: fills a running `make dev` with a believable portfolio and says how to look at it.

Three properties in three currencies and time zones, eleven units, two months of stays around today, pending requests,
cancellations, an Airbnb calendar with a stay that collides, an address for a channel. Running it twice adds nothing.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.airbnb import airbnb_calendar
from support.client import Api
from support.people import ok
from support.process import ROOT
from support.verbs import Json, money
from support.waiting import eventually

EMAIL, PASSWORD = "demo@propflow360.test", "demo demo demo"
CITY_TAX: Json = {"name": "City tax", "kind": "tax", "basis": "per_person_night", "amount": 250}
CLEANING: Json = {"name": "Final cleaning", "kind": "fee", "basis": "per_stay", "amount": 6000}
SALES_TAX: Json = {"name": "Consumption tax", "kind": "tax", "basis": "percent", "basis_points": 1000}
CASA_AZUL = [("Patio", 2, 9500), ("Terrace", 4, 14500), ("Attic", 2, 11000), ("Garden", 6, 21000), ("Studio", 2, 7900)]
SEEHAUS = [("Lake view", 4, 24000), ("Mountain view", 4, 22000), ("Loft", 6, 31000)]
MACHIYA = [("Upper floor", 3, 18000), ("Lower floor", 4, 24000), ("Whole house", 7, 39000)]
PORTFOLIO = [
    ("Casa Azul", "Europe/Lisbon", "EUR", [CITY_TAX, CLEANING], CASA_AZUL),
    ("Seehaus", "Europe/Zurich", "CHF", [CLEANING], SEEHAUS),
    ("Machiya", "Asia/Tokyo", "JPY", [SALES_TAX], MACHIYA),
]
GUESTS = ["Amélie Laurent", "Jonas Weber", "Priya Nair", "Tom O’Brien", "Sofia Rossi", "Kenji Mori", "Lucía Pérez"]


def main() -> int:
    """Fill it, or say what is missing."""
    url, standin = addresses(os.environ)
    api = Api(url)
    try:
        answer = api.signup(EMAIL, PASSWORD, "Dana Demo", "Demo Homes")
    except httpx.ConnectError:
        print(f"Nothing answers at {url}: run `make dev` in another terminal first.", file=sys.stderr)
        return 1
    if answer.status_code == 409:
        print("The demo is there already.")
    else:
        made = ok(answer)
        prove(api, standin, made["tenant"]["id"])
        fill(api.with_token(made["session"]["token"]), standin, date.today())
    print(f"Log in with {EMAIL} and the password {PASSWORD!r}. E-mails and SMS: {standin}  API: {url}/docs")
    return 0


def prove(api: Api, standin: str, tenant_id: str) -> None:
    """Guests are written to by whom one knows and who pays: verify the address by its mail, and note a plan."""
    ok(api.verify_email(eventually(lambda: link(standin), what="the mail with the link"), PASSWORD), 200)
    token = tomllib.loads((ROOT / "infra/manifest.toml").read_text())["local"]["secrets"]["INTERNAL_ADMIN_TOKEN"]
    paid = {"plan": "business", "status": "active", "reason": "the demo"}
    ok(api.with_token(token).post(f"/operator/tenants/{tenant_id}/subscription", paid), 200)


def link(standin: str) -> str | None:
    """The token of the link to verify the address, once the mail is there."""
    mails = httpx.get(f"{standin}/_control/received", params={"to": EMAIL}).json()["emails"]
    found = [token[1] for mail in mails if (token := re.search(r"/verify_email#token=([\w-]+)", mail["text"]))]
    return found[-1] if found else None


def addresses(env: Mapping[str, str]) -> tuple[str, str]:
    """Where the product and the stand-in answer: as the run wrote it down, unless PORT names another run."""
    note = Path(env.get("STATE") or ROOT / ".local") / "run.json"
    run = json.loads(note.read_text()) if note.exists() else {}
    asked = env.get("PORT", "0")
    url = f"http://127.0.0.1:{asked}" if asked != "0" else run.get("url", "http://127.0.0.1:8787")
    written = run.get("standin") if url == run.get("url") else None
    return url, env.get("STANDIN_URL") or written or f"http://127.0.0.1:{int(url.rpartition(':')[2]) + 1}"


def fill(api: Api, standin: str, today: date) -> None:
    """Create the portfolio and its stays."""
    dice = random.Random(360)
    units: list[str] = []
    for name, zone, currency, charges, rooms in PORTFOLIO:
        home = ok(api.create_property(name, zone, currency, charges=charges))
        units += [
            ok(api.create_unit(home["id"], room, size, money(rate, currency)))["id"] for room, size, rate in rooms
        ]
        print(f"  {name}: {len(rooms)} units")
    stays = sum(book_around(api, unit, today, dice) for unit in units)
    print(f"  {stays} stays around today")
    connect(api, units[0], standin, today)


def book_around(api: Api, unit: str, today: date, dice: random.Random) -> int:
    """Stays with gaps from last week to two months ahead; one is pending, one is cancelled again."""
    day, made = today - timedelta(days=dice.randint(1, 7)), 0
    while day < today + timedelta(days=60):
        leave = day + timedelta(days=dice.randint(2, 6))
        status = "pending" if made == 3 else "confirmed"
        booking = ok(api.book(unit, day.isoformat(), leave.isoformat(), 2, guest(dice), status=status))
        if made == 4:
            ok(api.cancel(booking["id"], reason="Flight was cancelled"), 200)
        day, made = leave + timedelta(days=dice.randint(0, 5)), made + 1
    return made


def guest(dice: random.Random) -> Json:
    """Somebody with an address and a number that reach nobody."""
    name = dice.choice(GUESTS)
    local = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalpha())
    return {"name": name, "email": f"{local}@example.net", "phone": f"+4179{dice.randint(1000000, 9999999)}"}


def connect(api: Api, unit: str, standin: str, today: date) -> None:
    """An Airbnb calendar with a stay far ahead and one that collides with ours, and an address for Airbnb to read."""
    far, near = today + timedelta(days=90), today + timedelta(days=10)
    stays = [(far, far + timedelta(days=4), "HMDEMOFAR1"), (near, near + timedelta(days=3), "HMDEMONEAR")]
    body = airbnb_calendar(stays)
    httpx.put(
        f"{standin}/calendars/demo.ics", content=body, headers={"Content-Type": "text/calendar"}
    ).raise_for_status()
    ok(api.create_feed(unit, f"{standin}/calendars/demo.ics", name="Airbnb"))
    export = ok(api.create_export(unit, channel="airbnb"))
    print(f"  an Airbnb calendar is imported, and ours is at {export['url']}")


if __name__ == "__main__":
    raise SystemExit(main())
