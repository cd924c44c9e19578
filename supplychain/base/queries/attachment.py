"""Reading files that are attached to documents; who may see the document is its addon's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from supplychain.base.models.attachment import Attachment
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file without its bytes."""

    id: int
    filename: str
    media_type: str
    size: int
    sha256: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class File:
    """A file with its bytes."""

    filename: str
    media_type: str
    content: bytes


def of(session: Session, document: str, document_id: int) -> Sequence[AttachmentRow]:
    """Return the files of a document, oldest first."""
    found = (
        select(
            Attachment.id,
            Attachment.filename,
            Attachment.media_type,
            Attachment.size,
            Attachment.sha256,
            Attachment.created_at,
            Attachment.created_by,
        )
        .where(Attachment.document == document, Attachment.document_id == document_id)
        .order_by(Attachment.id)
    )
    return [AttachmentRow(*row) for row in session.execute(found)]


def opened(session: Session, document: str, document_id: int, attachment_id: int) -> File:
    """Return a file of this very document; NotFound for any other."""
    found = session.execute(
        select(Attachment.filename, Attachment.media_type, Attachment.content).where(
            Attachment.id == attachment_id,
            Attachment.document == document,
            Attachment.document_id == document_id,
        )
    ).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such file."))
    return File(*found)
