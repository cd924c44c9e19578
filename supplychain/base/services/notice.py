"""Telling a party something once, and the party having read it."""

from __future__ import annotations

from sqlalchemy import select, update

from supplychain.base.models.notice import Notice
from supplychain.base.models.party import Party
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import Text
from supplychain.kernel.outbox import services as outbox


def tell(
    uow: UnitOfWork, party_id: int | None, key: str, message: str, path: str = "", **detail: object
) -> bool:
    """Put a notice on a party's home page, and into its webhook if it has one; False if it was told before.

    `key` names what is told (`certificate:17:expires:7`); `message` is a msgid, `detail` JSON values.
    """
    if uow.session.scalar(select(Notice.id).where(Notice.key == key)) is not None:
        return False
    uow.session.add(
        Notice(key=key, party_id=party_id, message=message, detail=detail, path=path, created_at=uow.now)
    )
    uow.flush()
    _send(uow, party_id, key, str(Text(message, detail)), path)
    return True


def read(uow: UnitOfWork, notice_id: int) -> None:
    """Take a notice off the actor's home page; somebody else's stays untouched."""
    own = Notice.party_id.is_(None) if uow.actor.party_id is None else Notice.party_id == uow.actor.party_id
    uow.session.execute(
        update(Notice).where(Notice.id == notice_id, own, Notice.read_at.is_(None)).values(read_at=uow.now)
    )


def _send(uow: UnitOfWork, party_id: int | None, key: str, text: str, path: str) -> None:
    url = uow.session.scalar(select(Party.webhook_url).where(Party.id == party_id)) if party_id else None
    if url:
        outbox.enqueue(
            uow,
            channel="webhook",
            destination=url,
            subject="notice",
            payload={"key": key, "text": text, "path": path, "at": uow.now.isoformat()},
            idempotency_key=f"notice:{key}",
        )
