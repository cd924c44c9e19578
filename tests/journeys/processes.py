"""The suite in processes of its own, on a database that a test prepared: started, killed, started again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

from tests.make.contracts import Deal
from tests.make.traceability import Farm

COMMAND = str(Path(sys.executable).with_name("supplychain"))
PATIENCE = 240
"""Quarters of a second until something must have happened."""


@dataclass(frozen=True)
class Place:
    """A database of its own with a co-operative, a buyer, and a program that may do everything."""

    url: str
    engine: Engine
    farm: Farm
    deal: Deal
    token: str
    folder: Path


@contextmanager
def running(place: Place, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the suite on the place's database; it is killed at the end if it is not dead already."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUPPLYCHAIN_")}
    environment |= {
        "SUPPLYCHAIN_DATABASE_URL": place.url,
        "SUPPLYCHAIN_DATA_DIR": str(place.folder),
        "SUPPLYCHAIN_SECRET_KEY": "of this test",
    }
    with (place.folder / "run.log").open("ab") as log:
        server = subprocess.Popen(
            [COMMAND, "run", "--port", str(port), *options], env=environment, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        if "--no-web" not in options:
            until(lambda: is_up(server, address))
        yield server, address
    finally:
        server.kill()
        server.wait(30)


def is_up(server: subprocess.Popen[bytes], address: str) -> bool:
    """Tell whether the suite answers; it must not have ended."""
    assert server.poll() is None, "the suite did not start"
    try:
        with urllib.request.urlopen(f"{address}/sign-in", timeout=5):
            return True
    except OSError:
        return False


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    pause = Event()
    for _ in range(PATIENCE):
        if is_so():
            return
        pause.wait(0.25)
    pytest.fail("it did not happen in time")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
