"""Documents as the API shows them."""

import msgspec

from api.files.store.views import Upload


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """`url` downloads a document that is ready, for five to ten minutes; lists have none. `upload`
    says where to send one that is pending. Both addresses are secrets, so an answer that is sent again has none: who
    announced the document gets `upload` from `GET /v1/documents/{document_id}` too, within the hour.

    An identity document is deleted at `delete_at`.
    """

    id: str
    property_id: str | None
    unit_id: str | None
    booking_id: str | None
    lease_id: str | None
    kind: str
    title: str | None
    file_name: str
    content_type: str
    size: int
    status: str
    url: str | None
    upload: Upload | None
    delete_at: str | None
    version: int
    created_at: str
    updated_at: str
