"""Backing the database up while it runs, and restoring it on an empty machine."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import inspect, make_url

from supplychain.kernel.db.engine import make_engine


class BackupError(Exception):
    """A backup or restore that cannot be done; the text says why."""


def backup(url: str, target: Path) -> None:
    """Write a consistent copy of the database into a file, whole or not at all."""
    draft = target.with_name(target.name + ".part")
    if url.startswith("sqlite"):
        _copy_sqlite(_path(url), draft)
    else:
        _run(["pg_dump", "--format=custom", f"--file={draft}", _libpq(url)])
    draft.replace(target)


def restore(url: str, source: Path) -> None:
    """Fill an empty database from a backup; BackupError when it is not empty or the file is not a backup."""
    if url.startswith("sqlite"):
        _restore_sqlite(_path(url), url, source)
        return
    _refuse_full(url)
    options = ["--no-owner", "--exit-on-error", "--single-transaction"]
    _run(["pg_restore", *options, f"--dbname={_libpq(url)}", str(source)])


def _restore_sqlite(target: Path, url: str, source: Path) -> None:
    """Copy beside the place first, so that a file that is no backup leaves nothing behind."""
    if target.exists():
        _refuse_full(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".part")
    try:
        _copy_sqlite(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy by SQLite's own online backup, then let the copy prove itself."""
    try:
        with (
            sqlite3.connect(f"file:{source}?mode=ro", uri=True) as reading,
            sqlite3.connect(target) as writing,
        ):
            reading.backup(writing)
            verdict = writing.execute("PRAGMA integrity_check").fetchone()[0]
            version = writing.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{source} is no database of the suite: {error}") from error
    if verdict != "ok" or version is None:
        raise BackupError(f"{source} is damaged: {verdict}")


def _refuse_full(url: str) -> None:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if inspect(connection).get_table_names():
                raise BackupError("the database is not empty; restore into a new one")
    finally:
        engine.dispose()


def _path(url: str) -> Path:
    return Path(make_url(url).database or "")


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own arguments
    except FileNotFoundError as error:
        raise BackupError(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        raise BackupError(error.stderr.strip() or f"{command[0]} failed") from error
