"""Reading the runs in which batches became batches, and single entries of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, EntryBatch
from traceability.rules.genealogy import Direction
from traceability.rules.ledger import TRANSFORMING, Role, Step


@dataclass(frozen=True, slots=True)
class EntryLine:
    """So much of a batch in an entry."""

    batch: str
    role: Role
    boxes: int
    grams: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of the ledger that may be corrected."""

    id: int
    step: Step
    at: datetime
    position: int
    reference: str
    lines: Sequence[EntryLine]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A line of a run, for files; `batch` is the number that the suite gave."""

    entry_id: int
    reference: str
    producer: str
    site: str
    at: datetime
    role: Role
    batch: str
    sku: str
    boxes: int
    grams: int
    process: str | None
    loss: float | None
    """Kilograms."""

    @property
    def direction(self) -> Direction:
        """Return which way the goods go."""
        return Direction.IN if self.role is Role.INPUT else Direction.OUT

    @property
    def loss_grams(self) -> int:
        """Return what the run loses on purpose."""
        return round((self.loss or 0) * 1000)


def is_known(session: Session, producer: str, reference: str) -> bool:
    """Tell whether a producer has a run of this number on record that was not declared wrong."""
    wrong = aliased(Entry)
    found = select(Entry.id).join(Party, Party.id == Entry.party_id)
    found = found.where(
        Entry.reference == reference,
        Party.code == producer,
        Entry.step.in_(TRANSFORMING),
        Entry.declares_id.is_(None),
        ~exists().where(wrong.declares_id == Entry.id),
    )
    return session.scalar(found.limit(1)) is not None


def mine(session: Session, actor: Actor, entry_id: int) -> EntryRow:
    """Return an entry of the own chain; NotFound for another's and for a declaration."""
    entry = session.get(Entry, entry_id)
    is_own = entry is not None and (actor.sees_all or entry.party_id == actor.party_id)
    if entry is None or entry.step is None or entry.declares_id is not None or not is_own:
        raise NotFound(N_("There is no such entry."))
    lines = session.execute(
        select(Batch.number, EntryBatch.role, EntryBatch.boxes, EntryBatch.grams)
        .join(Batch, Batch.id == EntryBatch.batch_id)
        .where(EntryBatch.entry_id == entry_id)
        .order_by(EntryBatch.id)
    )
    return EntryRow(
        entry.id,
        entry.step,
        entry.event_time,
        entry.position,
        entry.reference,
        [EntryLine(*line) for line in lines],
    )


def every(session: Session, actor: Actor) -> Iterator[RunRow]:
    """Return the lines of all own runs that count, oldest first."""
    wrong = aliased(Entry)
    found: Rows = (
        select(
            Entry.id,
            Entry.reference,
            Party.code,
            Site.code,
            Entry.event_time,
            EntryBatch.role,
            Batch.number,
            TradeItem.sku,
            EntryBatch.boxes,
            EntryBatch.grams,
            Entry.document["supplychain:process"].as_string(),
            Entry.document["supplychain:loss"].as_float(),
        )
        .join(Party, Party.id == Entry.party_id)
        .join(Site, Site.id == Entry.site_id)
        .join(EntryBatch, EntryBatch.entry_id == Entry.id)
        .join(Batch, Batch.id == EntryBatch.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .where(
            Entry.step.in_(TRANSFORMING),
            Entry.declares_id.is_(None),
            ~exists().where(wrong.declares_id == Entry.id),
        )
        .order_by(Entry.id, EntryBatch.id)
    )
    if not actor.sees_all:
        found = found.where(Entry.party_id == actor.party_id)
    return (RunRow(*row) for row in session.execute(found))
