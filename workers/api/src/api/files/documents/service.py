"""Documents as the API shows them, from their rows."""

from api.edge.answers import instant, instant_or_none
from api.files.documents.views import Document
from api.files.store.repository import FileRow
from api.files.store.views import Upload


def view(row: FileRow, url: str | None, upload: Upload | None) -> Document:
    """A row as the API shows it."""
    return Document(
        id=row.id, property_id=row.property_id, unit_id=row.unit_id, booking_id=row.booking_id, lease_id=row.lease_id,
        kind=row.kind, title=row.title, file_name=row.file_name, content_type=row.content_type, size=row.size,
        status=row.status, url=url, upload=upload,
        delete_at=instant_or_none(row.due_at if row.status == "ready" else None),
        version=row.version, created_at=instant(row.created_at), updated_at=instant(row.updated_at),
    )  # fmt: skip
