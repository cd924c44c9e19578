"""Writing the facts of entries anew that are older than the index, part by part, until all are found."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from traceability.models.epcis import EntryFact, FactMark
from traceability.models.ledger import Entry
from traceability.services import epcis_index

PART = 1_000
"""Entries in one transaction: well under a second, so that others may write in between."""


def begin(uow: UnitOfWork) -> FactMark:
    """Return the mark of this version of the index, setting it at its first start; safe to repeat."""
    known = select(FactMark).where(FactMark.version == epcis_index.VERSION)
    mark = uow.session.scalar(known.with_for_update())
    if mark is None:
        newest = uow.session.scalar(select(func.max(Entry.id))) or 0
        mark = FactMark(version=epcis_index.VERSION, done_id=0, until_id=newest)
        uow.session.add(mark)
        uow.flush()
    return mark


def write_part(uow: UnitOfWork, most: int = PART) -> int:
    """Write the facts of the next entries anew and return how many there were; none when all are done.

    A part and the mark behind it stand or fall together: one that was broken off is written again.
    """
    mark = begin(uow)
    older = select(Entry.id, Entry.document).where(Entry.id > mark.done_id, Entry.id <= mark.until_id)
    found = uow.execute(older.order_by(Entry.id).limit(most)).all()
    if not found:
        return 0
    last = found[-1][0]
    between = EntryFact.entry_id.between(found[0][0], last)
    uow.execute(delete(EntryFact).where(between))
    facts = [row for key, document in found for row in epcis_index.rows_of(key, document)]
    uow.pour(table_of(EntryFact), epcis_index.COLUMNS, facts)
    mark.done_id = last
    uow.flush()
    return len(found)
