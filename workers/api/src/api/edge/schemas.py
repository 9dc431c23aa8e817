"""Types of the public edge that several domains accept. Unknown fields are refused everywhere."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from propflow.clock import before_2100
from propflow.currencies import IN_USE, is_listed, objection

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(r"[^\s<>\"(),:;\\@]+@([^\s<>\"(),:;\\@.]+\.)+[^\s<>\"(),:;\\@.]+")
MOST_FIELDS = 100  # of an object, known or not: each that is at fault costs much more than to count it
_EARLIEST, _LATEST = "2000-01-01", "2100-01-01"


class Input(BaseModel):
    """A request body: strict types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _few(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > MOST_FIELDS:
            raise ValueError(f"must have at most {MOST_FIELDS} fields")
        return value


class NoBody(Input):
    """A verb without parameters: an empty object or no body at all."""


def _printable(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


def _is_date(value: str) -> str:
    if not _DATE.fullmatch(value):
        raise ValueError("must be a date such as 2026-03-31")
    date.fromisoformat(value)
    if not _EARLIEST <= value < _LATEST:
        raise ValueError(f"must lie between {_EARLIEST} and {_LATEST}")
    return value


def _is_email(value: str) -> str:
    if not value.isascii():
        raise ValueError("must be an e-mail address of plain letters, digits and signs, without accents (ASCII)")
    if not _EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address")
    return value


def _is_in_use(code: str) -> str:
    if (why := objection(code)) is not None:
        raise ValueError(why)
    return code


def _is_listed(code: str) -> str:
    if not is_listed(code):
        raise ValueError(objection(code))
    return code


def _is_phone(value: str) -> str:
    compact = re.sub(r"[\s().-]", "", value)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", compact):
        raise ValueError("must be an international number such as +41791234567")
    return compact


def _instant(text: str) -> int:
    """Milliseconds."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError("an instant needs its offset")
        return before_2100(at.astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError("must be an instant before 2100 such as 2026-03-31T12:00:00Z") from None


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_printable)
]  # a few words of explanation
LocalDate = Annotated[str, AfterValidator(_is_date), Field(json_schema_extra={"format": "date"})]
Instant = Annotated[
    str, StringConstraints(max_length=40), AfterValidator(_instant), Field(json_schema_extra={"format": "date-time"})
]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254), AfterValidator(_printable),
    AfterValidator(_is_email), Field(json_schema_extra={"format": "email"}),
]  # fmt: skip
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_is_phone)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]  # of an amount: what it belongs to has one already
NewCurrency = Annotated[Currency, AfterValidator(_is_in_use), Field(json_schema_extra={"enum": sorted(IN_USE)})]
ListedCurrency = Annotated[Currency, AfterValidator(_is_listed)]  # to look for: also one that was withdrawn since
Amount = Annotated[int, Field(ge=0, le=10**12)]
Identifier = Annotated[str, StringConstraints(max_length=40)]
Override = Annotated[
    bool, Field(description="Let the stay begin against the unit's rules. For people, not for API keys; it is audited.")
]


class MoneyIn(Input):
    """Integer minor units and an ISO 4217 currency."""

    amount: Amount
    currency: Currency
