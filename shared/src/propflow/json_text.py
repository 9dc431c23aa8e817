"""JSON as a column keeps it and as a statement, a call or a body takes it: text."""

import msgspec


def json_text(value: object) -> str:
    """The value as JSON text."""
    return msgspec.json.encode(value).decode()
