"""Putting a message into the outbox; sending it is the delivery's work."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.outbox.models import Message


def enqueue(
    uow: UnitOfWork,
    *,
    channel: str,
    destination: str,
    subject: str,
    payload: dict[str, Any],
    idempotency_key: str,
) -> None:
    """Write a message in the act's transaction; a key that is there already is left alone."""
    known = uow.session.scalar(select(Message.id).where(Message.idempotency_key == idempotency_key))
    if known is not None:
        return
    uow.session.add(
        Message(
            channel=channel,
            destination=destination,
            subject=subject,
            payload=payload,
            idempotency_key=idempotency_key,
            created_at=uow.now,
            next_attempt_at=uow.now,
        )
    )
    uow.flush()
