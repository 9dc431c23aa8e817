"""Pictures as the API shows them."""

import msgspec

from api.files.store.views import Upload


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """`url` shows a picture that is ready, for one to two hours. A size in its query is for who resizes on the way.

    `upload` says where to send one that is pending. Both addresses are secrets, so an answer that is sent again has
    none: who announced the picture gets `upload` from `GET /v1/media/{media_id}` too, within the hour.
    """

    id: str
    property_id: str | None
    unit_id: str | None
    kind: str
    title: str | None
    position: int
    file_name: str
    content_type: str
    size: int
    status: str
    url: str | None
    upload: Upload | None
    version: int
    created_at: str
    updated_at: str
