"""What the outbox promises when processes die, work at once, or meet a message that cannot be sent."""

from __future__ import annotations

import hmac
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, select

from supplychain.kernel import clock
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.outbox import services
from supplychain.kernel.outbox.delivery import (
    LAST_ATTEMPT,
    LEASE,
    DeliveryError,
    Envelope,
    FilePort,
    Port,
    WebhookPort,
    deliver_due,
)
from supplychain.kernel.outbox.models import Message
from supplychain.kernel.outbox.reach import Reach
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW

HERE = Reach.of({"127.0.0.1"})
spawn = multiprocessing.get_context("spawn")


@dataclass
class Ledger:
    """A port that remembers the keys of what it was given."""

    keys: list[str] = field(default_factory=list)

    def send(self, envelope: Envelope) -> None:
        self.keys.append(envelope.key)


@dataclass
class DiesAfterSending:
    """A port whose process is killed when the message is out and not yet marked."""

    port: FilePort

    def send(self, envelope: Envelope) -> None:
        self.port.send(envelope)
        os.kill(os.getpid(), signal.SIGKILL)


class FullDisk:
    """A port that fails in a way that it does not foresee."""

    def send(self, envelope: Envelope) -> None:
        raise OSError(28, "No space left on device")


def enqueue(database: Database, *keys: str, channel: str = "file", destination: str = "county") -> None:
    with database.unit_of_work(SYSTEM) as uow:
        for key in keys:
            services.enqueue(
                uow,
                channel=channel,
                destination=destination,
                subject="notice",
                payload={"text": "合同即将到期"},
                idempotency_key=key,
            )


def messages(database: Database) -> dict[str, Message]:
    with database.reading() as session:
        return {message.idempotency_key: message for message in session.scalars(select(Message))}


@pytest.mark.slow
def test_a_message_whose_sender_was_killed_before_marking_it_is_there_once(
    real_db: Database, tmp_path: Path
) -> None:
    enqueue(real_db, "notice:1", "notice:2")
    with real_db.reading() as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    url = engine.url.render_as_string(hide_password=False)
    process = spawn.Process(target=send_and_die, args=(url, tmp_path))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    ports = {"file": FilePort(tmp_path)}
    assert deliver_due(real_db, ports).counts["messages sent"] == 1
    with clock.fixed(NOW + LEASE):
        assert deliver_due(real_db, ports).counts["messages sent"] == 1
    assert len(list((tmp_path / "county").iterdir())) == 2
    found = messages(real_db)
    assert (found["notice:1"].attempts, found["notice:1"].delivered_at) == (2, NOW + LEASE)
    assert (found["notice:2"].attempts, found["notice:2"].delivered_at) == (1, NOW)


def test_two_who_deliver_at_once_send_each_message_once(real_db: Database) -> None:
    keys = [f"notice:{number}" for number in range(12)]
    enqueue(real_db, *keys)
    port, together = Ledger(), Barrier(3)

    def deliver(_number: int) -> int:
        together.wait(60)
        return deliver_due(real_db, {"file": port}).counts["messages sent"]

    with ThreadPoolExecutor(3) as threads:
        assert sum(threads.map(deliver, range(3))) == len(keys)
    assert sorted(port.keys) == sorted(keys)


@pytest.mark.parametrize(
    ("channel", "destination"),
    [
        ("fax", "0598-7222222"),
        ("disk", "county"),
        ("webhook", "http://[::bad/"),
        ("webhook", "http://127.0.0.1:99999/"),
        ("webhook", "https://" + "长" * 80 + ".example/"),
        ("file", "x" * 290),
    ],
)
def test_a_message_that_cannot_be_sent_holds_up_no_other_and_is_given_up(
    db: Database, tmp_path: Path, channel: str, destination: str
) -> None:
    enqueue(db, "bad", channel=channel, destination=destination)
    enqueue(db, "good")
    ports: dict[str, Port] = {
        "webhook": WebhookPort("secret", HERE),
        "file": FilePort(tmp_path),
        "disk": FullDisk(),
    }
    result = deliver_due(db, ports)
    assert result.counts == {"messages sent": 1, "messages not taken": 1}
    assert [line.split(":")[0] for line in result.failures] == ["bad"]
    for day in range(1, LAST_ATTEMPT):
        with clock.fixed(NOW + timedelta(days=day)):
            result = deliver_due(db, ports)
    found = messages(db)
    assert found["bad"].abandoned_at == NOW + timedelta(days=LAST_ATTEMPT - 1)
    assert found["bad"].last_error != ""
    assert "given up" in result.failures[0]
    assert found["good"].delivered_at == NOW


def test_failures_are_tried_again_after_twice_as_long(db: Database) -> None:
    enqueue(db, "notice:1", channel="disk")
    waits = []
    at = NOW
    for _ in range(4):
        with clock.fixed(at):
            deliver_due(db, {"disk": FullDisk()})
        following = messages(db)["notice:1"].next_attempt_at
        waits.append(following - at)
        at = following
    assert waits == [timedelta(minutes=minutes) for minutes in (2, 4, 8, 16)]


@dataclass
class Answer:
    """What a receiver on loopback answers, and what it heard."""

    address: str = ""
    status: int = 204
    location: str = ""
    heard: list[tuple[str, str, bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Answer]:
    """Somebody's own system on loopback."""
    answer = Answer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer.heard.append((self.headers["Idempotency-Key"], self.headers["Signature"], body))
            self.send_response(answer.status)
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    answer.address = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield answer
    server.shutdown()
    thread.join()
    server.server_close()


ENVELOPE = Envelope("notice:1", "", "notice", {"text": "合同即将到期"})


def to(receiver: Answer) -> Envelope:
    return Envelope(ENVELOPE.key, receiver.address, ENVELOPE.subject, ENVELOPE.payload)


def test_a_receiver_can_prove_who_sent_the_message(receiver: Answer) -> None:
    WebhookPort("secret", HERE).send(to(receiver))
    ((key, signature, body),) = receiver.heard
    assert key == "notice:1"
    assert signature == hmac.new(b"secret", body, sha256).hexdigest()


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_what_a_receiver_does_not_take_was_not_delivered(receiver: Answer, status: int) -> None:
    """A redirect is not followed: it could lead the message, signed, to somebody else."""
    receiver.status, receiver.location = status, receiver.address
    with pytest.raises(DeliveryError, match=str(status)):
        WebhookPort("secret", HERE).send(to(receiver))
    assert len(receiver.heard) == 1


def send_and_die(url: str, folder: Path) -> None:
    """Send the first message and be killed before it is marked."""
    with clock.fixed(NOW):
        deliver_due(Database(make_engine(url)), {"file": DiesAfterSending(FilePort(folder))})
