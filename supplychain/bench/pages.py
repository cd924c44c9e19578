"""The consumer page against a bare route that answers as many bytes, both by the server of production."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from typing import cast

from sqlalchemy import select

from supplychain.app import Runtime
from supplychain.bench.measure import Measure, Size, measure, turns
from supplychain.bench.served import URL
from supplychain.kernel.errors import ConfigurationError
from traceability.models.batch import Batch
from traceability.models.code import Code

PHONES = 8
"""Connections that are kept open and ask at the same time."""
PATIENCE = 100
"""Fifths of a second until a server must be there."""

Headers = Callable[[], str]
FIXED = "Host: bench\r\nAccept-Language: zh-CN\r\n"


def measures(runtime: Runtime, size: Size) -> Iterator[Measure]:
    """Compare the consumer page with a bare route; whoever asks shares the cores with who answers."""
    path = _consumer_path(runtime)
    numbers = count()
    asked: dict[str, Headers] = {
        "consumer page, a new visitor each time": lambda: f"User-Agent: phone {next(numbers)}\r\n",
        "consumer page, the same visitor again": lambda: "User-Agent: phone\r\n",
        "consumer page, prefetched: nothing written": lambda: "Sec-Purpose: prefetch\r\n",
    }
    with _serving("bare", runtime) as bare, _serving("suite", runtime) as suite:
        acts = [partial(_ask, suite, path, size.requests, headers) for headers in asked.values()]
        floor, *found = turns([partial(_ask, bare, path, size.requests, lambda: ""), *acts])
    for what, ours in zip(asked, found, strict=True):
        yield measure(what, "requests", size.requests, ours, "bare Flask route", floor)


@contextmanager
def _serving(what: str, runtime: Runtime) -> Iterator[int]:
    """Serve something while the block runs; give its port."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "supplychain.bench.served",
        what,
        str(runtime.settings.data_dir),
        str(port),
    ]
    environment = os.environ | {URL: runtime.settings.database_url}
    server = subprocess.Popen(command, env=environment)  # noqa: S603 - our own module
    try:
        _wait(server, port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _ask(port: int, path: str, requests: int, headers: Headers) -> None:
    """Ask for a page so often; each phone asks again as soon as it is answered. Only 200 will do."""
    left = iter(range(requests))
    with ExitStack() as stack:
        ready = stack.enter_context(selectors.DefaultSelector())
        for _ in range(PHONES):
            phone = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            ready.register(phone, selectors.EVENT_READ)
            _send(phone, path, headers, left)
        answered = 0
        while answered < requests:
            for key, _ in ready.select():
                phone = cast(socket.socket, key.fileobj)
                _read(phone)
                answered += 1
                _send(phone, path, headers, left)


def _send(phone: socket.socket, path: str, headers: Headers, left: Iterator[int]) -> None:
    if next(left, None) is not None:
        phone.sendall(f"GET {path} HTTP/1.1\r\n{FIXED}{headers()}\r\n".encode())


def _read(phone: socket.socket) -> None:
    """Take in one answer."""
    head, _, body = _more(phone).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise ConfigurationError(f"the page answered {head[:40]!r}")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    missing = length - len(body)
    while missing > 0:
        missing -= len(_more(phone))


def _more(phone: socket.socket) -> bytes:
    found = phone.recv(65_536)
    if not found:
        raise ConfigurationError("the server hung up")
    return found


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    """Return when the server answers; it has died, or is given up, otherwise."""
    for _ in range(PATIENCE):
        try:
            server.wait(0.2)
        except subprocess.TimeoutExpired:
            with socket.socket() as phone:
                if phone.connect_ex(("127.0.0.1", port)) == 0:
                    return
        else:
            break
    raise ConfigurationError("the server to measure did not start")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _consumer_path(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        gtin, number, serial = session.execute(
            select(Code.gtin, Batch.number, Code.serial)
            .join(Batch, Batch.id == Code.batch_id)
            .order_by(Code.id)
            .limit(1)
        ).one()
    return f"/01/{gtin}/10/{number}/21/{serial}"
