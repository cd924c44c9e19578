"""No look is lost and none counted twice, however many look, whichever process dies, whatever is full."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW
from tests.make.traceability import make_batch, make_farm
from traceability.models.batch import Batch
from traceability.models.code import Scan, ScanJournal, ScanTotal
from traceability.public import recorder as recorders
from traceability.public.journal import Journal, left_behind
from traceability.public.recorder import Recorder
from traceability.queries.scan import Looks
from traceability.rules.code import ScanKind
from traceability.services.scan import Look, Visit

PROCESSES = 3
LOOKS = 400
VISITORS = 50

spawn = multiprocessing.get_context("spawn")


@pytest.fixture
def batch(real_db: Database) -> Batch:
    """A batch whose code is looked at."""
    with real_db.unit_of_work(SYSTEM) as uow:
        return make_batch(uow, make_farm(uow))


@pytest.fixture
def recorder(real_db: Database, tmp_path: Path) -> Iterator[Recorder]:
    """The recorder of this process."""
    found = Recorder(real_db, tmp_path / "looks")
    yield found
    found.settle()


def look_at(batch_id: int, visitor: str, kind: ScanKind = ScanKind.CONSUMER) -> Look:
    """Return a look at the code of a batch."""
    return Look(batch_id, None, kind, visitor)


def counted(database: Database) -> tuple[int, int, int]:
    """Return looks, visitors, and the total of visitors that is kept."""
    with database.reading() as session:
        looks, visitors = session.execute(
            select(func.coalesce(func.sum(Scan.times), 0), func.count(Scan.id))
        ).one()
        total = session.scalar(select(func.coalesce(func.sum(ScanTotal.visitors), 0)))
    return int(looks), visitors, int(total or 0)


def url_of(database: Database) -> str:
    """Return where another process finds the database."""
    with database.reading() as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    return engine.url.render_as_string(hide_password=False)


def look_often(url: str, folder: Path, batch_id: int, told: Pipe) -> None:
    """Look often, tell each look that was answered, and end as a process does."""
    engine = make_engine(url)
    recorder = Recorder(Database(engine), folder)
    for number in range(LOOKS):
        recorder.count(look_at(batch_id, f"visitor {number % VISITORS}"), is_new=False)
        told.send(number)
    told.close()


def test_no_look_is_lost_when_many_threads_look_at_once(
    real_db: Database, batch: Batch, recorder: Recorder
) -> None:
    def look(number: int) -> None:
        recorder.count(look_at(batch.id, f"visitor {number % 10}"), is_new=True)

    with ThreadPoolExecutor(8) as phones:
        list(phones.map(look, range(400)))
    recorder.settle()
    assert counted(real_db) == (400, 10, 10)


def test_no_look_is_lost_or_counted_twice_when_a_process_is_killed(
    real_db: Database, batch: Batch, tmp_path: Path
) -> None:
    ends = [spawn.Pipe(duplex=False) for _ in range(PROCESSES)]
    phones = [started(real_db, tmp_path, batch.id, told) for _, told in ends]
    answered = [0] * PROCESSES
    for position, (heard, told) in enumerate(ends):
        told.close()
        while position or answered[0] < LOOKS // 2:
            try:
                heard.recv()
            except EOFError:
                break
            answered[position] += 1
        if not position:
            assert phones[0].pid is not None
            os.kill(phones[0].pid, signal.SIGKILL)
            answered[0] += rest_of(heard)
    for phone in phones:
        phone.join()
    assert [phone.exitcode for phone in phones] == [-signal.SIGKILL, *[0] * (PROCESSES - 1)]
    assert answered[1:] == [LOOKS] * (PROCESSES - 1)
    for _ in range(2):
        Recorder(real_db, tmp_path).adopt()
        looks, visitors, total = counted(real_db)
        assert sum(answered) <= looks <= sum(answered) + 1
        assert visitors == total == VISITORS
    assert list(left_behind(tmp_path)) == []


def started(database: Database, folder: Path, batch_id: int, told: Pipe) -> BaseProcess:
    """Start a process that looks often."""
    phone = spawn.Process(target=look_often, args=(url_of(database), folder, batch_id, told))
    phone.start()
    return phone


def rest_of(heard: Pipe) -> int:
    """Return how many more looks a process told of before it died."""
    found = 0
    try:
        while True:
            heard.recv()
            found += 1
    except EOFError:
        return found


def test_what_was_counted_before_the_file_went_is_not_counted_again(
    real_db: Database, batch: Batch, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "living")
    for visitor in ("one", "two", "one"):
        journal.append(Visit(look_at(batch.id, visitor), NOW, NOW))
    file = tmp_path / "living" / f"{journal.name}.looks"
    found = tmp_path / "looks" / file.name
    found.parent.mkdir()
    recorder = Recorder(real_db, found.parent)
    for torn in (b"", b"17\t\tconsu", b"\0\0\0"):
        found.write_bytes(file.read_bytes() + torn)
        recorder.adopt()
        assert counted(real_db) == (3, 2, 2)
        assert not found.exists()
    recorder.count(look_at(batch.id, "three"), is_new=True)
    recorder.settle()
    with real_db.reading() as session:
        assert journal.name not in session.scalars(select(ScanJournal.name)).all()
    journal.discard()


def test_the_journal_of_a_living_process_is_left_alone(
    real_db: Database, batch: Batch, tmp_path: Path
) -> None:
    journal = Journal(tmp_path)
    journal.append(Visit(look_at(batch.id, "one"), NOW, NOW))
    assert list(left_behind(tmp_path)) == []
    Recorder(real_db, tmp_path).adopt()
    assert counted(real_db) == (0, 0, 0)
    journal.discard()
    assert list(tmp_path.iterdir()) == []


def test_who_looks_while_others_wait_to_be_put_on_record_is_told_of_them(
    real_db: Database, batch: Batch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(recorders, "AT_ONCE", 0)
    monkeypatch.setattr(recorders, "A_SECOND", 1)
    recorder = Recorder(real_db, tmp_path)
    told = [recorder.count(look_at(batch.id, name), is_new=True) for name in ("one", "two", "one")]
    recorder.count(look_at(batch.id, "inspector", ScanKind.STAFF), is_new=False)
    recorder.settle()
    assert told == [Looks(1, NOW), Looks(2, NOW), Looks(2, NOW)]
    assert counted(real_db) == (4, 3, 2)


def test_looks_wait_while_they_cannot_be_put_on_record(
    real_db: Database, batch: Batch, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorders, "RETRY", 0.01)
    monkeypatch.setattr(recorders, "PATIENCE", 0.0)
    rename(real_db, "traceability_scan_total", "gone")
    try:
        for name in ("one", "two", "one"):
            recorder.count(look_at(batch.id, name), is_new=True)
        rows = counted_rows(real_db)
    finally:
        rename(real_db, "gone", "traceability_scan_total")
    recorder.settle()
    assert rows == 0
    assert counted(real_db) == (3, 2, 2)


def rename(database: Database, name: str, other: str) -> None:
    """Take a table away, or give it back."""
    with database.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text(f"ALTER TABLE {name} RENAME TO {other}"))


def counted_rows(database: Database) -> int:
    """Return how many visitors are on record."""
    with database.reading() as session:
        return session.scalar(select(func.count(Scan.id))) or 0


def test_where_nothing_can_be_written_down_looks_are_on_record_at_once(
    real_db: Database, batch: Batch, tmp_path: Path
) -> None:
    (tmp_path / "looks").write_text("no folder")
    recorder = Recorder(real_db, tmp_path / "looks")
    for number in range(3):
        recorder.count(look_at(batch.id, f"visitor {number}"), is_new=True)
        assert counted(real_db) == (number + 1, number + 1, number + 1)


def test_a_full_journal_is_replaced_when_all_of_it_is_counted(
    real_db: Database, batch: Batch, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(recorders, "FULL", 100)
    for number in range(9):
        recorder.count(look_at(batch.id, f"visitor {number}"), is_new=True)
        recorder.settle()
    assert counted(real_db) == (9, 9, 9)
    assert len(list((tmp_path / "looks").iterdir())) <= 1
    with real_db.reading() as session:
        assert len(session.scalars(select(ScanJournal.name)).all()) <= 2
