"""Pictures as the API shows them, from their rows."""

from api.edge.answers import instant
from api.files.media.views import Media
from api.files.store.repository import FileRow
from api.files.store.views import Upload


def view(row: FileRow, url: str | None, upload: Upload | None) -> Media:
    """A row as the API shows it."""
    return Media(
        id=row.id, property_id=row.property_id, unit_id=row.unit_id, kind=row.kind, title=row.title,
        position=row.position, file_name=row.file_name, content_type=row.content_type, size=row.size,
        status=row.status, url=url, upload=upload, version=row.version, created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )  # fmt: skip
