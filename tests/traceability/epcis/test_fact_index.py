"""Entries older than the index of facts are found like any other, once the job has come by."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.permissions import SYSTEM
from tests.make.base import make_party
from tests.make.epcis import make_source, told
from tests.traceability.epcis.test_trust import send
from traceability.jobs import index_facts
from traceability.models.epcis import EntryFact, FactMark
from traceability.models.ledger import Entry
from traceability.queries import epcis as found
from traceability.rules.epcis_query import parse
from traceability.services import fact_index

SEALED = parse({"EQ_example:seal": "A-1"})


def old_entries(uow: UnitOfWork, count: int) -> None:
    """Write entries as a version without an index left them."""
    market = make_party(uow, PartyKind.MARKET)
    make_source(uow, market)
    send(uow, market, *(told(eventID=f"urn:uuid:{n}") | {"example:seal": "A-1"} for n in range(count)))
    uow.execute(delete(EntryFact))
    uow.execute(delete(FactMark))


def facts(uow: UnitOfWork) -> list[tuple[int, str, str]]:
    """Return every fact."""
    rows = uow.execute(select(EntryFact.entry_id, EntryFact.name, EntryFact.text))
    return sorted((row[0], row[1], row[2]) for row in rows)


def test_old_entries_are_found_after_the_job_and_a_second_run_changes_nothing(db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        old_entries(uow, 7)
    with db.reading() as session:
        assert found.find(session, SYSTEM, SEALED).events == []
    assert index_facts(db).counts == {"entries indexed anew": 7}
    assert index_facts(db).counts == {"entries indexed anew": 0}
    with db.reading() as session:
        assert len(found.find(session, SYSTEM, SEALED).events) == 7


def test_a_run_that_is_broken_off_goes_on_and_doubles_nothing(uow: UnitOfWork) -> None:
    old_entries(uow, 7)
    assert fact_index.write_part(uow, 3) == 3
    with uow.session.begin_nested() as savepoint:
        assert fact_index.write_part(uow, 3) == 3
        savepoint.rollback()
    assert [fact_index.write_part(uow, 3) for _ in range(3)] == [3, 1, 0]
    once = facts(uow)
    assert len(once) == len(set(once))
    uow.execute(delete(FactMark))
    assert fact_index.write_part(uow) == 7
    assert facts(uow) == once


def test_what_is_written_after_the_mark_is_left_alone(uow: UnitOfWork) -> None:
    old_entries(uow, 2)
    mark = fact_index.begin(uow)
    assert mark.until_id == uow.session.scalar(select(func.max(Entry.id)))
    market = make_party(uow, PartyKind.MARKET)
    make_source(uow, market)
    send(uow, market, told(eventID="urn:uuid:new") | {"example:seal": "A-1"})
    assert fact_index.write_part(uow) == 2
    assert len(found.find(uow.session, SYSTEM, SEALED).events) == 3
