"""The audit trail over all documents, for those who may read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import SQLColumnExpression, select
from sqlalchemy.orm import Session

from supplychain.kernel.db.paging import Page, PageRequest, paginate
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.i18n import Text
from supplychain.kernel.permissions import Actor

Called = tuple[SQLColumnExpression[int], SQLColumnExpression[str]]
"""The columns of a key and of what people call the document with this key."""


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
    """Which lines: of somebody, about one kind of document."""

    q: str = ""
    document: str | None = None


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
        found = found.where(AuditEntry.actor_name.contains(wanted.q, autoescape=True))
    if wanted.document:
        found = found.where(AuditEntry.document == wanted.document)
    return paginate(
        session,
        found,
        wanted,
        row=_row,
        sorts={"at": AuditEntry.at},
        default="-at",
        key=AuditEntry.id,
    )


def numbers(
    session: Session, rows: Sequence[AuditRow], columns: Mapping[str, Called]
) -> dict[tuple[str, int], str]:
    """Return what the documents of some lines are called, by (kind, key), in one statement for each kind.

    `columns` says for a kind where its keys and what people call them stand.
    """
    found: dict[tuple[str, int], str] = {}
    for kind in {row.document for row in rows} & columns.keys():
        key, number = columns[kind]
        wanted = {row.document_id for row in rows if row.document == kind}
        asked = session.execute(select(key, number).where(key.in_(wanted)))
        found |= {(kind, document_id): called for document_id, called in asked}
    return found


def _row(
    key: int, at: datetime, name: str, document: str, document_id: int, act: str, detail: dict[str, Any]
) -> AuditRow:
    return AuditRow(key, at, name, document, document_id, Text(act, detail))
