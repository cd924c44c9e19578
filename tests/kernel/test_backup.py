"""A backup taken at work is a whole one, and an empty machine comes back from it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from supplychain.kernel.db import backup as backups
from supplychain.kernel.db import migrate
from supplychain.kernel.db.backup import BackupError
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.documents.models import AuditEntry, Sequence
from supplychain.kernel.permissions import SYSTEM

_numbers = count(1)


@pytest.fixture
def url(real_db: Database) -> str:
    """The address of a database that is at work."""
    with real_db.reading() as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def elsewhere(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of an empty machine."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'elsewhere' / 'new.db'}"
    address: str = request.getfixturevalue("cluster").create_database(f"test_elsewhere_{next(_numbers)}")
    return address


class Clerk:
    """Writes pairs that belong together, one transaction each, until told to stop."""

    def __init__(self, database: Database) -> None:
        self.database, self.busy, self.stopped = database, Event(), Event()

    def work(self) -> int:
        done = 0
        while not self.stopped.is_set():
            with self.database.unit_of_work(SYSTEM) as uow:
                sequence.reserve(uow, "backup", 1)
                audit.record(uow, "kernel.test", done, "Wrote")
            done += 1
            if done == 20:
                self.busy.set()
        return done

    def stop(self, working: Future[int]) -> int:
        self.stopped.set()
        return working.result(60)


def test_a_backup_taken_while_a_clerk_writes_is_restored_whole(
    real_db: Database, url: str, elsewhere: str, tmp_path: Path
) -> None:
    clerk, file = Clerk(real_db), tmp_path / "night.backup"
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(clerk.work)
        try:
            assert clerk.busy.wait(60)
            backups.backup(url, file)
        finally:
            written = clerk.stop(working)
    backups.restore(elsewhere, file)
    numbered, recorded = kept(elsewhere)
    assert numbered == recorded
    assert 20 <= recorded <= written
    assert migrate.is_current(elsewhere)
    assert migrate.check(elsewhere) == []


def test_a_backup_is_one_file_that_only_its_owner_reads(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "not there yet"
    backups.backup(url, folder / "night.backup")
    backups.backup(url, folder / "night.backup")
    assert [path.name for path in folder.iterdir()] == ["night.backup"]
    assert (folder / "night.backup").stat().st_mode & 0o077 == 0


def test_the_restored_machine_goes_on_working(url: str, elsewhere: str, tmp_path: Path) -> None:
    backups.backup(url, tmp_path / "a ?#% b.backup")
    backups.restore(elsewhere, tmp_path / "a ?#% b.backup")
    engine = make_engine(elsewhere)
    with Database(engine).unit_of_work(SYSTEM) as uow:
        audit.record(uow, "kernel.test", 1, "Wrote")
    engine.dispose()
    assert kept(elsewhere)[1] == 1


def test_restoring_refuses_a_database_that_is_not_empty(url: str, tmp_path: Path) -> None:
    backups.backup(url, tmp_path / "night.backup")
    with pytest.raises(BackupError, match="not empty"):
        backups.restore(url, tmp_path / "night.backup")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 this is a spreadsheet" * 400])
def test_what_is_no_backup_leaves_the_machine_empty(
    url: str, elsewhere: str, tmp_path: Path, content: bytes
) -> None:
    wrong, right = tmp_path / "wrong.backup", tmp_path / "right.backup"
    wrong.write_bytes(content)
    with pytest.raises(BackupError, match=r"wrong\.backup"):
        backups.restore(elsewhere, wrong)
    backups.backup(url, right)
    backups.restore(elsewhere, right)
    assert migrate.is_current(elsewhere)


def test_a_damaged_backup_is_refused(url: str, elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "night.backup"
    backups.backup(url, file)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(BackupError):
        backups.restore(elsewhere, file)
    file.write_bytes(content)
    backups.restore(elsewhere, file)


def test_a_backup_that_fails_leaves_the_one_before(url: str, backend: str, tmp_path: Path) -> None:
    file = tmp_path / "night.backup"
    backups.backup(url, file)
    before = file.read_bytes()
    nowhere = f"sqlite:///{tmp_path / 'nowhere.db'}" if backend == "sqlite" else url.replace("test_", "none_")
    with pytest.raises(BackupError):
        backups.backup(nowhere, file)
    assert file.read_bytes() == before
    assert not list(tmp_path.glob("*.part*"))


def test_the_password_is_not_shown_to_whoever_lists_the_processes() -> None:
    url = "postgresql+psycopg://clerk:top%40secret@db.example/suite?host=/run"
    assert backups.libpq_address(url) == "postgresql://clerk@db.example/suite?host=%2Frun"
    assert backups.libpq_environment(url)["PGPASSWORD"] == "top@secret"


def kept(url: str) -> tuple[int, int]:
    """Return the last number given and how many records there are."""
    engine = make_engine(url)
    with Session(engine) as session:
        last = session.scalar(select(Sequence.last).where(Sequence.name == "backup"))
        records = select(func.count(AuditEntry.id)).where(AuditEntry.document == "kernel.test")
        counted = session.scalar(records)
    engine.dispose()
    return last or 0, counted or 0
