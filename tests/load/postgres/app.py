"""The native counterpart: FastAPI and asyncpg, one process, a booking as one transaction.

Run by `server.py`; DSN names the database.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

import asyncpg
from fastapi import FastAPI, Header, Response
from pydantic import BaseModel

TENANT = "ten_bench"
CONNECTIONS = 8


class Guest(BaseModel):
    """Who comes."""

    name: str
    email: str | None = None
    phone: str | None = None


class BookingCreate(BaseModel):
    """The body of the product's own route."""

    unit_id: str
    check_in: date
    check_out: date
    guest: Guest


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DSN"], min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan)


@app.get("/no-op", status_code=401)
async def no_op() -> dict[str, str]:
    """The floor: routing and an answer."""
    return {"code": "unauthorized"}


@app.post("/v1/bookings", status_code=201)
async def book(wanted: BookingCreate, idempotency_key: Annotated[str, Header()], response: Response) -> dict[str, Any]:
    """Take the nights or answer 409: what is written is what the product writes."""
    occupancy, booking, now = f"occ_{uuid.uuid4().hex}", f"bkg_{uuid.uuid4().hex}", time.time_ns() // 1_000_000
    nights = asyncpg.Range(wanted.check_in, wanted.check_out)
    shown = {"id": booking, "occupancy_id": occupancy, "status": "confirmed", "unit_id": wanted.unit_id}
    try:
        async with app.state.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO idempotency_keys VALUES ($1, $2, $3, $4)", TENANT, idempotency_key, json.dumps(shown), now
            )
            await connection.execute(
                "UPDATE occupancies SET live = false "
                "WHERE unit_id = $1 AND live AND kind = 'hold' AND expires_at <= $2",
                wanted.unit_id, now,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO occupancies VALUES ($1, $2, $3, $4, true, 'booking', $5)",
                TENANT, occupancy, wanted.unit_id, nights, booking,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO bookings VALUES ($1, $2, $3, $4, 'confirmed', $5, $6, 24000, $7)",
                TENANT, booking, wanted.unit_id, occupancy, nights, wanted.guest.model_dump_json(), now,
            )  # fmt: skip
            await connection.execute("INSERT INTO outbox VALUES ($1, $2, $3, 31)", TENANT, f"out_{booking}", "{}")
            await connection.execute(
                "INSERT INTO events (tenant_id, object_id, changed) VALUES ($1, $2, $3)", TENANT, booking, "{}"
            )
    except asyncpg.ExclusionViolationError:
        response.status_code = 409
        return {"code": "unit_unavailable"}
    return shown
