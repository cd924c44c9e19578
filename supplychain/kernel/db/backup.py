"""Backing the database up while it runs, and restoring it on an empty machine.

When and where to is the operator's; nothing here is scheduled.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, inspect, make_url, text

from supplychain.kernel.db.engine import make_engine

VERSION_TABLE = "alembic_version"
"""Every database of the suite has it: its row says how far the schema is."""


class BackupError(Exception):
    """A backup or restore that cannot be done; the text says why."""


def backup(url: str, target: Path) -> None:
    """Write a consistent copy of the database into a file, whole or not at all; an older one is replaced."""
    with _whole(target) as draft:
        if url.startswith("sqlite"):
            _copy_sqlite(_path(url), draft)
        else:
            _run("pg_dump", "--format=custom", f"--file={draft}", libpq_address(url), url=url)
            _check_dump(draft)


def restore(url: str, source: Path) -> None:
    """Fill an empty database from a backup; BackupError when it is not empty or the file is not a backup."""
    if _tables(url):
        raise BackupError("the database is not empty; restore into a new one")
    if url.startswith("sqlite"):
        with _whole(_path(url)) as draft:
            _copy_sqlite(source, draft)
        return
    _check_dump(source)
    into = f"--dbname={libpq_address(url)}"
    _run("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", into, str(source), url=url)
    _check_restored(url)


def libpq_address(url: str) -> str:
    """Return the address for PostgreSQL's own tools, without the password: anybody may list processes."""
    given = make_url(url)
    bare = URL.create(
        "postgresql", given.username, None, given.host, given.port, given.database, dict(given.query)
    )
    return bare.render_as_string()


def libpq_environment(url: str) -> dict[str, str]:
    """Return the environment for PostgreSQL's own tools, with the password if the address has one."""
    password = make_url(url).password
    return dict(os.environ) if password is None else os.environ | {"PGPASSWORD": password}


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Give a draft that takes the target's place when all went well, readable by its owner alone."""
    draft = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        yield draft
        draft.replace(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy by SQLite's own online backup into one file without a log, then let the copy prove itself."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode=DELETE")
            verdict = writing.execute("PRAGMA integrity_check").fetchone()[0]
            version = writing.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - ours
    except sqlite3.Error as error:
        raise BackupError(f"{source} is no database of the suite: {error}") from error
    if verdict != "ok" or version is None:
        raise BackupError(f"{source} is damaged: {verdict}")


def _check_dump(file: Path) -> None:
    """Let PostgreSQL read the dump's table of contents; a dump of something else is refused."""
    try:
        contents = _run("pg_restore", "--list", str(file))
    except BackupError as error:
        raise BackupError(f"{file} is no backup of the suite: {error}") from error
    if VERSION_TABLE not in contents:
        raise BackupError(f"{file} is no backup of the suite: it has no table {VERSION_TABLE}")


def _check_restored(url: str) -> None:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            version = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - ours
    finally:
        engine.dispose()
    if version is None:
        raise BackupError("the backup was restored, but it does not say how far its schema is")


def _tables(url: str) -> list[str]:
    """Return the names of the tables that are there; a SQLite file that is not there has none."""
    if url.startswith("sqlite") and not _path(url).exists():
        return []
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return inspect(connection).get_table_names()
    finally:
        engine.dispose()


def _path(url: str) -> Path:
    return Path(make_url(url).database or "")


def _run(tool: str, *arguments: str, url: str = "") -> str:
    """Run one of PostgreSQL's own tools; return what it printed."""
    environment = libpq_environment(url) if url else None
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [tool, *arguments], check=True, capture_output=True, text=True, env=environment
        )
    except FileNotFoundError as error:
        raise BackupError(f"{tool} is not installed") from error
    except subprocess.CalledProcessError as error:
        raise BackupError(error.stderr.strip() or f"{tool} failed") from error
    return done.stdout
