"""What the suite has told a party and nobody has read yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from supplychain.base.models.notice import Notice
from supplychain.kernel.i18n import Text
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One unread notice."""

    id: int
    created_at: datetime
    text: Text
    path: str


def unread(session: Session, actor: Actor, limit: int = 8) -> Sequence[NoticeRow]:
    """Return the newest unread notices of the actor's party; the operator's when it acts for none."""
    own = Notice.party_id.is_(None) if actor.party_id is None else Notice.party_id == actor.party_id
    found = session.scalars(
        select(Notice).where(own, Notice.read_at.is_(None)).order_by(Notice.id.desc()).limit(limit)
    )
    return [NoticeRow(row.id, row.created_at, Text(row.message, row.detail), row.path) for row in found]
