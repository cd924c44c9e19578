"""Sending what the outbox holds, at least once, through a port for each channel."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select, update

from supplychain.kernel import clock
from supplychain.kernel.addon import JobResult
from supplychain.kernel.db.uow import Database
from supplychain.kernel.i18n import N_
from supplychain.kernel.outbox.models import Message
from supplychain.kernel.outbox.reach import Reach, UnreachableError
from supplychain.kernel.permissions import SYSTEM

LEASE = timedelta(minutes=2)
LAST_ATTEMPT = 8
BATCH = 100


class DeliveryError(Exception):
    """A message did not arrive; it is tried again later."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as a port sees it."""

    key: str
    destination: str
    subject: str
    payload: Mapping[str, Any]


class Port(Protocol):
    """A way to the outside."""

    def send(self, envelope: Envelope) -> None:
        """Deliver the message or raise DeliveryError."""


@dataclass(frozen=True, slots=True)
class WebhookPort:
    """POSTs JSON with the message's key and an HMAC-SHA256 signature of the body; follows no redirect."""

    secret: str
    reach: Reach = field(default_factory=Reach)

    def send(self, envelope: Envelope) -> None:
        """Deliver to the destination URL; anything but a 2xx answer is a DeliveryError."""
        body = json.dumps({"subject": envelope.subject, **envelope.payload}, ensure_ascii=False).encode()
        _post(self.reach, envelope, body, {"Signature": _signature(self.secret, body)})


@dataclass(frozen=True, slots=True)
class SignedPort:
    """POSTs the payload's `document` with its signature by the payload's own `token`; follows no redirect."""

    header: str
    reach: Reach = field(default_factory=Reach)

    def send(self, envelope: Envelope) -> None:
        """Deliver to the destination URL; anything but a 2xx answer is a DeliveryError."""
        body = json.dumps(envelope.payload["document"], ensure_ascii=False).encode()
        token = envelope.payload["token"]
        _post(self.reach, envelope, body, {self.header: _signature(token, body)} if token else {})


def _signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def _post(reach: Reach, envelope: Envelope, body: bytes, signed: Mapping[str, str]) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": envelope.key, **signed}
    try:
        status = reach.post(envelope.destination, body, headers)
    except UnreachableError as error:
        raise DeliveryError(str(error)) from error
    if not 200 <= status < 300:
        raise DeliveryError(f"answered {status}")


@dataclass(frozen=True, slots=True)
class FilePort:
    """Writes each message as a JSON file into a drop folder; a repeat overwrites itself."""

    folder: Path

    def send(self, envelope: Envelope) -> None:
        """Write `<folder>/<destination>/<hash of the key>.json`, whole or not at all."""
        place = self.folder / envelope.destination
        if not place.resolve().is_relative_to(self.folder.resolve()):
            raise DeliveryError("outside the drop folder")
        place.mkdir(parents=True, exist_ok=True)
        target = place / f"{sha256(envelope.key.encode()).hexdigest()[:32]}.json"
        draft = target.with_suffix(".part")
        content = {"key": envelope.key, "subject": envelope.subject, **envelope.payload}
        with draft.open("w", encoding="utf-8") as stream:
            json.dump(content, stream, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)


def deliver_due(database: Database, ports: Mapping[str, Port]) -> JobResult:
    """Send what is due, one message a transaction; failures wait ever longer and are given up at last."""
    sent, failures = 0, []
    for message_id in _due(database):
        envelope, channel = _take(database, message_id)
        if envelope is None:
            continue
        try:
            _send(ports, channel, envelope)
        except DeliveryError as error:
            is_last = _mark_failed(database, message_id, str(error))
            failures.append(f"{envelope.key}: {error}{' (given up)' if is_last else ''}")
        else:
            sent += 1
            _mark_delivered(database, message_id)
    return JobResult({N_("messages sent"): sent, N_("messages not taken"): len(failures)}, failures)


def _send(ports: Mapping[str, Port], channel: str, envelope: Envelope) -> None:
    """Send through the channel's port; whatever goes wrong with one message is a DeliveryError."""
    if channel not in ports:
        raise DeliveryError(f"there is no channel {channel}")
    try:
        ports[channel].send(envelope)
    except DeliveryError:
        raise
    except Exception as error:  # an address that nobody foresaw must not hold up the others
        raise DeliveryError(f"{type(error).__name__}: {error}") from error


def _due(database: Database) -> list[int]:
    with database.reading() as session:
        waiting = Message.delivered_at.is_(None), Message.abandoned_at.is_(None)
        found = select(Message.id).where(*waiting, Message.next_attempt_at <= clock.now())
        return list(session.scalars(found.order_by(Message.id).limit(BATCH)))


def _take(database: Database, message_id: int) -> tuple[Envelope | None, str]:
    """Lease a message, so that two deliverers do not send it at once."""
    with database.unit_of_work(SYSTEM) as uow:
        taken = uow.session.execute(
            update(Message)
            .where(
                Message.id == message_id,
                Message.delivered_at.is_(None),
                Message.next_attempt_at <= uow.now,
            )
            .values(next_attempt_at=uow.now + LEASE, attempts=Message.attempts + 1)
            .returning(
                Message.idempotency_key,
                Message.destination,
                Message.subject,
                Message.payload,
                Message.channel,
            )
        ).one_or_none()
    return (None, "") if taken is None else (Envelope(*taken[:4]), taken[4])


def _mark_delivered(database: Database, message_id: int) -> None:
    with database.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            update(Message).where(Message.id == message_id).values(delivered_at=uow.now, last_error="")
        )


def _mark_failed(database: Database, message_id: int, error: str) -> bool:
    """Say why and when to try again; True when it was the last try."""
    with database.unit_of_work(SYSTEM) as uow:
        message = uow.session.get_one(Message, message_id)
        message.last_error = error[:300]
        message.next_attempt_at = uow.now + timedelta(minutes=2**message.attempts)
        if message.attempts >= LAST_ATTEMPT:
            message.abandoned_at = uow.now
    return message.abandoned_at is not None
