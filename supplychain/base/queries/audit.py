"""The audit trail over all documents, for those who may read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from supplychain.kernel.db.paging import Page, PageRequest, paginate
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.i18n import Text
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the trail."""

    id: int
    at: datetime
    actor_name: str
    document: str
    document_id: int
    text: Text


@dataclass(frozen=True, slots=True)
class AuditFilter(PageRequest):
    """Which lines: by a name or by a kind of document."""

    q: str = ""


def page(session: Session, actor: Actor, wanted: AuditFilter) -> Page[AuditRow]:
    """Return the trail, newest first."""
    found = select(
        AuditEntry.id,
        AuditEntry.at,
        AuditEntry.actor_name,
        AuditEntry.document,
        AuditEntry.document_id,
        AuditEntry.act,
        AuditEntry.detail,
    )
    if wanted.q:
        named = AuditEntry.actor_name.contains(wanted.q, autoescape=True)
        found = found.where(named | AuditEntry.document.contains(wanted.q, autoescape=True))
    return paginate(
        session,
        found,
        wanted,
        row=_row,
        sorts={"at": AuditEntry.at},
        default="-at",
        key=AuditEntry.id,
    )


def _row(
    key: int, at: datetime, name: str, document: str, document_id: int, act: str, detail: dict[str, Any]
) -> AuditRow:
    return AuditRow(key, at, name, document, document_id, Text(act, detail))
