"""The audit trail: written with the act, read on every document's page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.errors import Stale
from supplychain.kernel.i18n import Text

_WRITE = insert(table_of(AuditEntry))
"""Made once: every act runs it."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of a document's timeline; `act` is ready for the reader's language."""

    at: datetime
    actor_name: str
    act: Text


def record(uow: UnitOfWork, document: str, document_id: int, act: str, /, **detail: object) -> None:
    """Write down that the actor did this; `act` is a msgid, `detail` fills its places (JSON values)."""
    record_many(uow, document, act, [(document_id, detail)])


def record_many(
    uow: UnitOfWork, document: str, act: str, done: Sequence[tuple[int, Mapping[str, object]]]
) -> None:
    """Write down the same act on many documents, each (id, detail), in one statement."""
    who: dict[str, object] = {
        "at": uow.now,
        "user_id": uow.actor.user_id,
        "party_id": uow.actor.party_id,
        "actor_name": uow.actor.name,
        "document": document,
        "act": act,
    }
    lines = [who | {"document_id": document_id, "detail": dict(detail)} for document_id, detail in done]
    if lines:
        uow.execute(_WRITE, lines)


def timeline(session: Session, document: str, document_id: int) -> Sequence[AuditLine]:
    """Return what happened to a document, newest first."""
    found = session.execute(
        select(AuditEntry.at, AuditEntry.actor_name, AuditEntry.act, AuditEntry.detail)
        .where(AuditEntry.document == document, AuditEntry.document_id == document_id)
        .order_by(AuditEntry.id.desc())
    )
    return [AuditLine(at, name, Text(act, detail)) for at, name, act, detail in found]


def seen(session: Session, document: str, document_id: int) -> str:
    """Return what a page that shows a document sends back with its acts: the document and its last line."""
    last = session.scalar(_LAST, {"document": document, "document_id": document_id})
    return f"{document}:{document_id}:{last or 0}"


def check_seen(uow: UnitOfWork, sent: str) -> None:
    """Raise Stale when somebody else did something to the document after its page was shown.

    `sent` is from `seen`; what is not, says nothing and is passed over. It guards people against each
    other, not the suite against them.
    """
    said = _SEEN.fullmatch(sent)
    if said is None:
        return
    asked = {
        "document": said[1],
        "document_id": int(said[2]),
        "last": int(said[3]),
        "user": uow.actor.user_id,
    }
    if uow.execute(_LATER, asked).first() is not None:
        raise Stale


_SEEN = re.compile(r"([a-z_.]{1,48}):(\d{1,18}):(\d{1,18})", re.ASCII)
_ABOUT = (AuditEntry.document == bindparam("document"), AuditEntry.document_id == bindparam("document_id"))
_LAST = select(func.max(AuditEntry.id)).where(*_ABOUT)
_LATER = (
    select(AuditEntry.id)
    .where(
        *_ABOUT,
        AuditEntry.id > bindparam("last"),
        AuditEntry.user_id.is_distinct_from(bindparam("user", type_=AuditEntry.user_id.type)),
    )
    .limit(1)
)
