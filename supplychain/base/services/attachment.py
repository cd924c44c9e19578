"""Files are attached to documents as they were handed in."""

from __future__ import annotations

from hashlib import sha256

from supplychain.base.models.attachment import Attachment
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.i18n import N_


def add(
    uow: UnitOfWork, document: str, document_id: int, filename: str, media_type: str, content: bytes
) -> Attachment:
    """Attach a file to a document; the caller has checked that the actor may."""
    row = Attachment(
        document=document,
        document_id=document_id,
        filename=filename[:200],
        media_type=media_type[:100],
        size=len(content),
        sha256=digest(content),
        content=content,
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(row)
    uow.flush()
    audit.record(uow, document, document_id, N_("Attached %(filename)s"), filename=row.filename)
    return row


def digest(content: bytes) -> str:
    """Return what a file is known by again."""
    return sha256(content).hexdigest()
