"""What the live connection can refuse."""

from propflow.errors import AppError, Forbidden, LimitExceeded, Unauthorized


class UpgradeRequired(AppError):
    status = 426


def upgrade_required() -> UpgradeRequired:
    return UpgradeRequired("upgrade_required", "This address speaks WebSocket only: send Upgrade: websocket.")


def foreign_origin() -> Forbidden:
    return Forbidden("foreign_origin", "A live connection must come from the application itself: Origin names another.")


def ticket_missing() -> Unauthorized:
    return Unauthorized(
        "ticket_missing", "Offer two subprotocols: propflow.v1, and ticket. followed by a ticket from "
        "POST /v1/realtime/tickets.",
    )  # fmt: skip


def ticket_invalid() -> Unauthorized:
    return Unauthorized("ticket_invalid", "The ticket is unknown, used or too old. Ask for another one.")


def access_ended() -> Unauthorized:
    return Unauthorized("access_ended", "The session has ended, or does not reach this room any more.")


def property_required() -> Forbidden:
    return Forbidden(
        "property_required", "Your membership is restricted to some properties: name one of them.", param="property_id"
    )


def too_many_connections(limit: int) -> LimitExceeded:
    return LimitExceeded(
        "too_many_connections", f"There are {limit} live connections already. Close one first.", retry_after=30,
        usage=limit, limit=limit,
    )  # fmt: skip
