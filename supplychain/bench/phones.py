"""Phones that ask a server for pages, each again as soon as it is answered; for what, is said elsewhere."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import cast

from supplychain.app import Runtime
from supplychain.bench.served import URL
from supplychain.kernel.errors import ConfigurationError

PHONES = 8
"""Connections that are kept open and ask at the same time."""
PATIENCE = 100
"""Fifths of a second until a server must be there."""

FIXED = ("Host: bench", "Accept-Language: zh-CN")
"""What every phone sends."""


@contextmanager
def serving(what: str, runtime: Runtime) -> Iterator[int]:
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


def request(path: str, *headers: str) -> bytes:
    """Return a request for a page."""
    return "\r\n".join((f"GET {path} HTTP/1.1", *FIXED, *headers, "", "")).encode()


def ask(port: int, requests: Iterable[bytes], status: int = 200) -> list[bytes]:
    """Send requests, return the head of each answer, in no order; anything but the status is an error."""
    left, heads = iter(requests), []
    with ExitStack() as stack:
        ready = stack.enter_context(selectors.DefaultSelector())
        for wanted in _first(left, PHONES):
            phone = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            ready.register(phone, selectors.EVENT_READ)
            phone.sendall(wanted)
        while ready.get_map():
            for key, _ in ready.select():
                phone = cast(socket.socket, key.fileobj)
                heads.append(_read(phone, status))
                wanted_next = next(left, None)
                if wanted_next is None:
                    ready.unregister(phone)
                else:
                    phone.sendall(wanted_next)
    return heads


def _first(left: Iterator[bytes], count: int) -> Iterator[bytes]:
    for _ in range(count):
        if (found := next(left, None)) is not None:
            yield found


def _read(phone: socket.socket, status: int) -> bytes:
    """Take in one answer and return its head."""
    head, _, body = _more(phone).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 %d" % status):
        raise ConfigurationError(f"the page answered {head[:40]!r}")
    if status == 200:
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        missing = length - len(body)
        while missing > 0:
            missing -= len(_more(phone))
    return head


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
