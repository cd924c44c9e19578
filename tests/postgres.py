"""A private PostgreSQL cluster for one test session, from the installed binaries, on a unix socket.

What is tested on it is not said here: the conftest asks for a cluster, makes databases in it and stops it.
`TEST_DATABASE_URL` names a server to use instead; `TEST_SKIP_POSTGRESQL` gives a reason to do without.
"""

from __future__ import annotations

import atexit
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, make_url, text

OLDEST = 15
PACKAGED = Path("/usr/lib/postgresql")
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
}
UTF8 = ("-E", "UTF8", "--no-locale")
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class PostgresError(Exception):
    """The cluster cannot be had or does not start; the text says why."""


@dataclass(slots=True)
class Cluster:
    """A running server; `address` is its maintenance database, no `folder` means it is not ours."""

    address: URL
    binaries: Path | None = None
    folder: Path | None = None

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of one database."""
        return self.address.set(database=database).render_as_string(hide_password=False)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make an empty database or a copy of `template`, replacing one of that name; return its address.

        Nobody may be connected to the template meanwhile.
        """
        self.drop_database(name)
        self._run(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{_checked(template)}"' if template else ""))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database if it is there, closing what is connected to it."""
        if self.folder is None and not name.startswith("test"):
            raise PostgresError(
                f"on a server that is not ours only databases named test… are touched, not {name}"
            )
        self._run(f'DROP DATABASE IF EXISTS "{_checked(name)}" WITH (FORCE)')

    def stop(self) -> None:
        """Stop the server and remove its files; a second call does nothing."""
        folder, self.folder = self.folder, None
        if folder is None or self.binaries is None:
            return
        atexit.unregister(self.stop)
        stop = [str(self.binaries / "pg_ctl"), "stop", "-D", str(folder / "data"), "-m", "immediate"]
        try:
            _call(stop, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, statement: str) -> None:
        engine = create_engine(self.address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


def unavailable() -> str | None:
    """Return why there is no PostgreSQL to test on, or None when there is."""
    if reason := os.environ.get("TEST_SKIP_POSTGRESQL"):
        return reason
    if os.environ.get("TEST_DATABASE_URL") or _binaries() is not None:
        return None
    return f"no PostgreSQL {OLDEST} or later is installed"


def start() -> Cluster:
    """Start an empty cluster, or reach the server in `TEST_DATABASE_URL`; PostgresError says why not."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return Cluster(make_url(given).set(drivername="postgresql+psycopg"))
    binaries = _binaries()
    if binaries is None:
        raise PostgresError(f"no PostgreSQL {OLDEST} or later is installed")
    folder = _private_folder()
    cluster = Cluster(_address(folder), binaries, folder)
    atexit.register(cluster.stop)
    try:
        _launch(binaries, folder)
    except PostgresError:
        cluster.stop()
        raise
    return cluster


def _launch(binaries: Path, folder: Path) -> None:
    data = str(folder / "data")
    _call(
        [str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", *UTF8, "--no-sync"],
        folder,
    )
    options = " ".join(f"-c {name}={value!r}" for name, value in _options(folder).items())
    command = [str(binaries / "pg_ctl"), "start", "-w", "-t", "60", "-D", data, "-o", options]
    _call([*command, "-l", str(folder / "server.log")], folder)


def _options(folder: Path) -> dict[str, str]:
    return OPTIONS | {"unix_socket_directories": str(folder)}


def _address(folder: Path) -> URL:
    return URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)})


def _private_folder() -> Path:
    """Make a folder with a path short enough for a socket, owned by whoever the server runs as."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # $TMPDIR may be too long
    if owner := _unprivileged():
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def _unprivileged() -> pwd.struct_passwd | None:
    """Return whom to run the server as when we are root, whom PostgreSQL refuses; None means ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _call(command: Sequence[str], folder: Path) -> None:
    """Run one of PostgreSQL's tools to its end; its words go to a file that a server may keep open."""
    owner = _unprivileged()
    log = folder / "tools.log"
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            check=False,
        )
    if done.returncode:
        raise PostgresError(f"{Path(command[0]).name} failed:\n" + "\n".join(_words(folder)))


def _words(folder: Path) -> Iterator[str]:
    for name in ("tools.log", "server.log"):
        if (folder / name).exists():
            yield (folder / name).read_text(errors="replace")[-2000:]


def _binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL that is new enough."""
    found = [path.parent for path in PACKAGED.glob("*/bin/initdb")]
    if command := shutil.which("initdb"):
        found.append(Path(command).resolve().parent)
    newest = max(found, key=_major, default=None)
    return newest if newest and _major(newest) >= OLDEST and (newest / "pg_ctl").exists() else None


@cache
def _major(binaries: Path) -> int:
    """Return the version of the binaries; told by a process, and asked for at every test collected."""
    said = subprocess.run([binaries / "initdb", "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"(\d+)", said.stdout)
    return int(version[1]) if version else 0


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise PostgresError(f"{name!r} is no database name")
    return name
