"""Whether what the ledger says could have happened in that order: nothing leaves before it came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from supplychain.base.models.party import Site
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.units import KG
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, EntryBatch
from traceability.rules.ledger import BUCKETS, Role, Spot, Step, ends

_DECLARATION = aliased(Entry)
TOLD: Rows = (
    select(
        EntryBatch.batch_id,
        Entry.event_time,
        Entry.step,
        EntryBatch.role,
        Entry.site_id,
        Entry.to_site_id,
        EntryBatch.grams,
        EntryBatch.boxes,
    )
    .join(Entry, Entry.id == EntryBatch.entry_id)
    .outerjoin(_DECLARATION, _DECLARATION.declares_id == Entry.id)
    .where(
        EntryBatch.batch_id.in_(bindparam("batches", expanding=True)),
        Entry.step.is_not(None),
        Entry.site_id.is_not(None),
        Entry.declares_id.is_(None),
        _DECLARATION.id.is_(None),
    )
    .order_by(EntryBatch.batch_id, Entry.event_time, Entry.id)
)
"""What still counts of what happened to some batches, oldest first. Made once."""


class Told(NamedTuple):
    """What an entry says of a batch."""

    batch_id: int
    at: datetime
    step: Step
    role: Role
    site_id: int
    to_site_id: int | None
    grams: int
    boxes: int


class Change(NamedTuple):
    """So much more or less of a batch at a spot from an instant on."""

    batch_id: int
    spot: Spot
    at: datetime
    grams: int
    boxes: int


def changes(told: Iterable[Told]) -> list[Change]:
    """Return the changes that entries make; at the same instant what comes in counts before what leaves."""
    found = []
    for entry in told:
        out_of, into = ends(entry.step, entry.role, entry.site_id, entry.to_site_id)
        if into is not None:
            found.append(Change(entry.batch_id, into, entry.at, entry.grams, entry.boxes))
        if out_of is not None:
            found.append(Change(entry.batch_id, out_of, entry.at, -entry.grams, -entry.boxes))
    return sorted(found, key=lambda change: (change.batch_id, change.at, change.grams < 0))


def balance(uow: UnitOfWork, batch_ids: Collection[int]) -> dict[tuple[int, Spot], tuple[int, int]]:
    """Return what the entries of some batches add up to: grams and boxes by batch and spot.

    Raises Refused when some batch, as the ledger tells it now, was taken before it was there.
    """
    told = [Told(*row) for row in uow.execute(TOLD, {"batches": sorted(batch_ids)})]
    there: defaultdict[tuple[int, Spot], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for change in changes(told):
        grams, boxes = there[change.batch_id, change.spot]
        grams, boxes = grams + change.grams, boxes + change.boxes
        if grams < 0 or boxes < 0:
            raise _impossible(uow, change, grams)
        there[change.batch_id, change.spot] = (grams, boxes)
    return dict(there)


def _impossible(uow: UnitOfWork, change: Change, grams: int) -> Refused:
    site_id, bucket = change.spot
    return Refused(
        N_("By then %(batch)s was not at %(site)s, %(bucket)s: %(short)s kg would be missing at %(time)s."),
        batch=uow.execute(select(Batch.number).where(Batch.id == change.batch_id)).scalar_one(),
        site=uow.execute(select(Site.name).where(Site.id == site_id)).scalar_one(),
        bucket=Text(BUCKETS[bucket]),
        short=KG.short(max(-grams, 0)),
        time=change.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
    )
