"""`/v1/documents`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response

from api.access.dependencies import Allowed
from api.core.context import Context
from api.edge.answers import to_response
from api.edge.documentation import no_content, shows
from api.edge.listing import After, Limit, cursor
from api.edge.preconditions import FAILS, IfMatch
from api.edge.schemas import Identifier
from api.files.documents.schemas import DocumentChange, DocumentCreate, Kind
from api.files.documents.service import view
from api.files.documents.views import Document
from api.files.store import service
from api.files.store.repository import Filters
from api.files.store.rules import DOCUMENTS

router = APIRouter(prefix="/v1/documents", tags=["inventory"])
Reader = Annotated[Context, Allowed("documents:read")]
Writer = Annotated[Context, Allowed("documents:write")]


@router.post("", status_code=201, responses=shows(201, Document))
async def create(body: DocumentCreate, ctx: Writer) -> Response:
    """Announce a document of at most 50 MiB; `upload` says where to send it, within an hour.

    It is `pending` until all of it has arrived, then `ready`. An answer that is replayed has no `upload`: get the
    document for it. An `id_document` is kept apart, each opening is audited, and it is deleted 30 days after its
    upload.
    """
    return to_response(await service.create(ctx, DOCUMENTS, body.model_dump(), view))


@router.get("", responses=shows(200, Document, listed=True))
async def list_all(
    ctx: Reader,
    property_id: Identifier | None = None,
    unit_id: Identifier | None = None,
    booking_id: Identifier | None = None,
    lease_id: Identifier | None = None,
    kind: Kind | None = None,
    status: Literal["pending", "ready"] | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Documents by id, without addresses: ask for each that is to be opened."""
    filters = Filters(
        property_id=property_id, unit_id=unit_id, booking_id=booking_id, lease_id=lease_id, kind=kind, status=status
    )
    return to_response(await service.list_all(ctx, DOCUMENTS, filters, cursor(after, DOCUMENTS.prefix), limit, view))


@router.get("/{document_id}", responses=shows(200, Document, tagged=True))
async def show(document_id: Identifier, ctx: Reader) -> Response:
    """One document with an address to download it. For an identity document the audit tells who asked.

    While it is to be sent, who announced it is told where to.
    """
    return to_response(await service.show_one(ctx, DOCUMENTS, document_id, view))


@router.patch("/{document_id}", responses=shows(200, Document, fails=FAILS))
async def change(document_id: Identifier, body: DocumentChange, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Another title or kind, but none into or out of `id_document`. Needs If-Match."""
    fields = body.model_dump(exclude_unset=True)
    return to_response(await service.change(ctx, DOCUMENTS, document_id, fields, if_match, view))


@router.delete("/{document_id}", status_code=204, responses=no_content(409, 412))
async def delete(document_id: Identifier, ctx: Writer, if_match: IfMatch = None) -> Response:
    """Delete it; its addresses end at once. If-Match is not needed; if sent, it counts."""
    return to_response(await service.delete(ctx, DOCUMENTS, document_id, if_match))
