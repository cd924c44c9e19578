"""The outbox: written with the act, sent at least once under the same key, given up visibly."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from sqlalchemy import select

from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.outbox import services
from supplychain.kernel.outbox.delivery import (
    LAST_ATTEMPT,
    DeliveryError,
    Envelope,
    FilePort,
    SignedPort,
    WebhookPort,
    deliver_due,
)
from supplychain.kernel.outbox.models import Message
from supplychain.kernel.outbox.reach import Reach
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW

HERE = Reach.of({"127.0.0.1"})


class Broken:
    """A way to the outside that is closed."""

    def send(self, envelope: Envelope) -> None:
        """Refuse."""
        raise DeliveryError("the line is dead")


@pytest.fixture
def hook() -> Iterator[type[BaseHTTPRequestHandler]]:
    """Somebody's own system on loopback that writes down what it hears."""

    class Ear(BaseHTTPRequestHandler):
        heard: ClassVar[list[tuple[str, str, bytes]]] = []
        address: ClassVar[str] = ""

        def do_POST(self) -> None:
            """Hear."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.heard.append((self.headers["Idempotency-Key"], self.headers["Signature"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Ear)
    Ear.address = f"http://127.0.0.1:{server.server_port}/hook"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Ear
    server.shutdown()
    thread.join()
    server.server_close()


def enqueue(database: Database, destination: str, channel: str = "webhook", key: str = "notice:1") -> None:
    with database.unit_of_work(SYSTEM) as uow:
        services.enqueue(
            uow,
            channel=channel,
            destination=destination,
            subject="notice",
            payload={"text": "合同即将到期"},
            idempotency_key=key,
        )


def test_a_message_arrives_once_signed_and_under_its_key(
    db: Database, hook: type[BaseHTTPRequestHandler]
) -> None:
    enqueue(db, hook.address)  # type: ignore[attr-defined]  # set by the fixture
    enqueue(db, hook.address)  # type: ignore[attr-defined]  # set by the fixture
    ports = {"webhook": WebhookPort("secret", HERE)}
    assert deliver_due(db, ports).counts == {"messages sent": 1, "messages not taken": 0}
    assert deliver_due(db, ports).counts == {"messages sent": 0, "messages not taken": 0}
    ((key, signature, body),) = hook.heard  # type: ignore[attr-defined]  # set by the fixture
    assert (key, len(signature)) == ("notice:1", 64)
    assert json.loads(body) == {"subject": "notice", "text": "合同即将到期"}


def test_a_subscriber_checks_a_message_by_the_token_that_it_gave(hook: type[BaseHTTPRequestHandler]) -> None:
    payload = {"token": "ours", "document": {"type": "EPCISQueryDocument"}}
    SignedPort("Signature", HERE).send(Envelope("epcis:1", hook.address, "epcis.query", payload))  # type: ignore[attr-defined]  # set by the fixture
    ((key, signature, body),) = hook.heard  # type: ignore[attr-defined]  # set by the fixture
    assert (key, json.loads(body)) == ("epcis:1", payload["document"])
    assert signature == hmac.new(b"ours", body, sha256).hexdigest()


def test_a_crash_between_sending_and_marking_sends_again_under_the_same_key(
    db: Database, tmp_path: Path
) -> None:
    enqueue(db, "county", "file")
    port = FilePort(tmp_path)
    port.send(Envelope("notice:1", "county", "notice", {"text": "合同即将到期"}))
    deliver_due(db, {"file": port})
    (file,) = (tmp_path / "county").iterdir()
    assert json.loads(file.read_text())["key"] == "notice:1"


def test_failures_wait_ever_longer_and_are_given_up_where_it_is_seen(db: Database) -> None:
    enqueue(db, "https://example.invalid/")
    at = NOW
    for _ in range(LAST_ATTEMPT):
        with clock.fixed(at):
            assert deliver_due(db, {"webhook": Broken()}).counts["messages not taken"] == 1
        at += timedelta(days=1)
    with clock.fixed(at):
        assert deliver_due(db, {"webhook": Broken()}).counts["messages not taken"] == 0
    with db.reading() as session:
        message = session.scalars(select(Message)).one()
    assert message.abandoned_at is not None
    assert message.last_error == "the line is dead"


def test_a_message_of_an_act_that_failed_was_never_written(db: Database) -> None:
    def act_and_fail() -> None:
        with db.unit_of_work(SYSTEM) as uow:
            services.enqueue(
                uow, channel="file", destination="x", subject="s", payload={}, idempotency_key="lost"
            )
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act_and_fail()
    with db.reading() as session:
        assert session.scalars(select(Message)).all() == []


@pytest.mark.parametrize("destination", ["ftp://127.0.0.1/", "file:///etc/passwd"])
def test_only_http_is_called(destination: str) -> None:
    with pytest.raises(DeliveryError):
        WebhookPort("secret", HERE).send(Envelope("k", destination, "s", {}))


def test_nothing_is_written_outside_the_drop_folder(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError):
        FilePort(tmp_path / "drop").send(Envelope("k", "../elsewhere", "s", {}))
