"""Telling a party something once, and the party having read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import insert, select, update

from supplychain.base.models.notice import Notice
from supplychain.base.models.party import Party
from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import Text
from supplychain.kernel.outbox import services as outbox


def tell(
    uow: UnitOfWork, party_id: int | None, key: str, message: str, path: str = "", **detail: object
) -> bool:
    """Put a notice on a party's home page, and into its webhook if it has one; False if it was told before.

    `key` names what is told (`certificate:17:expires:7`); `message` is a msgid, `detail` JSON values.
    """
    return bool(tell_many(uow, {key: party_id}, message, path, **detail))


def tell_many(
    uow: UnitOfWork, told: Mapping[str, int | None], message: str, path: str = "", **detail: object
) -> list[str]:
    """Tell many parties the same, each under a key of its own, in as many statements as one.

    Returns the keys that were not told before.
    """
    known = set(uow.session.scalars(select(Notice.key).where(Notice.key.in_(told))))
    new = [key for key in told if key not in known]
    if not new:
        return []
    line = {"message": message, "detail": detail, "path": path, "created_at": uow.now, "read_at": None}
    uow.execute(insert(table_of(Notice)), [line | {"key": key, "party_id": told[key]} for key in new])
    urls = _webhooks(uow, {told[key] for key in new})
    for key in new:
        if url := urls.get(told[key]):
            _send(uow, url, key, str(Text(message, detail)), path)
    return new


def read(uow: UnitOfWork, notice_id: int) -> None:
    """Take a notice off the actor's home page; somebody else's stays untouched."""
    own = Notice.party_id.is_(None) if uow.actor.party_id is None else Notice.party_id == uow.actor.party_id
    uow.session.execute(
        update(Notice).where(Notice.id == notice_id, own, Notice.read_at.is_(None)).values(read_at=uow.now)
    )


def _webhooks(uow: UnitOfWork, party_ids: Collection[int | None]) -> dict[int | None, str]:
    asked = select(Party.id, Party.webhook_url).where(Party.id.in_(party_ids), Party.webhook_url.is_not(None))
    return {party_id: url or "" for party_id, url in uow.execute(asked)}


def _send(uow: UnitOfWork, url: str, key: str, text: str, path: str) -> None:
    outbox.enqueue(
        uow,
        channel="webhook",
        destination=url,
        subject="notice",
        payload={"key": key, "text": text, "path": path, "at": uow.now.isoformat()},
        idempotency_key=f"notice:{key}",
    )
