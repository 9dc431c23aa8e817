"""What pictures and documents accept alike."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.edge.schemas import Line

FileName = Annotated[Line, Field(description="What it is called on the sender's side. Folders in it are left out.")]
ContentType = Annotated[
    str, StringConstraints(max_length=100, pattern=r"^[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*$"),
    Field(description="A media type in small letters without parameters, such as application/pdf."),
]  # fmt: skip


def not_null(value: Any) -> Any:
    """Of a change: null is for what can be cleared."""
    if value is None:
        raise ValueError("leave it out to keep it")
    return value
