"""Holdings: how much of a batch is where. Changed by the ledger only, under a lock, never below nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.units import KG
from traceability.models.batch import Batch
from traceability.models.ledger import Holding
from traceability.rules.ledger import BUCKETS, Bucket

Spot = tuple[int, int, Bucket]
"""Batch, site, in what way."""
Amount = tuple[int, int]
"""Grams, boxes."""

_PUT = insert(table_of(Holding))


@dataclass(frozen=True, slots=True)
class Move:
    """So much of a batch, out of one spot and into another; None is nowhere."""

    grams: int
    boxes: int
    at: datetime
    out_of: Spot | None
    into: Spot | None


@dataclass(frozen=True, slots=True)
class Names:
    """What refusals call the batches and the places."""

    batches: Mapping[int, str]
    sites: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Found:
    """What is where, and the keys of those rows."""

    ids: dict[Spot, int]
    amounts: dict[Spot, Amount]
    arrived: dict[Spot, datetime]


def lock(uow: UnitOfWork, spots: Collection[tuple[int, int]]) -> dict[tuple[int, int], Amount]:
    """Return what is on hand at each (batch, site), holding it still until the act is over.

    The batch rows are what is locked, in the order of their ids: the same ones that the ledger locks.
    """
    batch_ids = {batch_id for batch_id, _ in spots}
    uow.execute(
        select(Batch.id).where(Batch.id.in_(batch_ids)).order_by(Batch.id).with_for_update(key_share=True)
    )
    found = _at(uow, batch_ids).amounts
    return {(batch, site): found.get((batch, site, Bucket.ON_HAND), (0, 0)) for batch, site in spots}


def open_at(uow: UnitOfWork, spots: Iterable[tuple[Spot, Amount, datetime]]) -> None:
    """Put brand-new batches where they first exist; there is nothing to lock or to add to yet."""
    rows = [_row(spot, amount, at) for spot, amount, at in spots]
    uow.execute(_PUT, rows)


def move(uow: UnitOfWork, moves: Sequence[Move], names: Names) -> set[int]:
    """Carry out moves in their order; the caller has locked the batches.

    Returns the batches from which something is taken at a time before the last of it came: their history
    must be looked at. Raises Refused with the figures when a spot has less than is taken from it.
    """
    touched = {spot[0] for step in moves for spot in (step.out_of, step.into) if spot is not None}
    if not touched:
        return set()
    before = _at(uow, touched)
    after = _Found(before.ids, dict(before.amounts), dict(before.arrived))
    late = {step.out_of[0] for step in moves if _apply(after, step, names) and step.out_of is not None}
    _save(uow, before, after)
    return late


def replace(uow: UnitOfWork, batch_ids: Collection[int], amounts: Mapping[Spot, Amount]) -> None:
    """Make the holdings of some batches what their entries add up to, after one was declared wrong."""
    before = _at(uow, batch_ids)
    spots = before.amounts.keys() | amounts.keys()
    arrived = {spot: before.arrived.get(spot, uow.now) for spot in spots}
    _save(uow, before, _Found(before.ids, {spot: amounts.get(spot, (0, 0)) for spot in spots}, arrived))


def _apply(now: _Found, step: Move, names: Names) -> bool:
    """Carry out one move; tell whether it takes something before the last of it came."""
    is_late = False
    if step.out_of is not None:
        grams, boxes = now.amounts.get(step.out_of, (0, 0))
        if grams < step.grams or boxes < step.boxes:
            raise _short(step, step.out_of, (grams, boxes), names)
        now.amounts[step.out_of] = (grams - step.grams, boxes - step.boxes)
        is_late = step.at < now.arrived.setdefault(step.out_of, step.at)
    if step.into is not None:
        grams, boxes = now.amounts.get(step.into, (0, 0))
        now.amounts[step.into] = (grams + step.grams, boxes + step.boxes)
        now.arrived[step.into] = max(step.at, now.arrived.get(step.into, step.at))
    return is_late


def _short(step: Move, spot: Spot, there: Amount, names: Names) -> Refused:
    batch_id, site_id, bucket = spot
    return Refused(
        N_(
            "%(batch)s at %(site)s, %(bucket)s: %(needed)s kg in %(boxes)s boxes are wanted, "
            "%(there)s kg in %(there_boxes)s boxes are there."
        ),
        batch=names.batches[batch_id],
        site=names.sites[site_id],
        bucket=Text(BUCKETS[bucket]),
        needed=KG.short(step.grams),
        boxes=step.boxes,
        there=KG.short(there[0]),
        there_boxes=there[1],
    )


def _at(uow: UnitOfWork, batch_ids: Collection[int]) -> _Found:
    found = uow.execute(
        select(
            Holding.id,
            Holding.batch_id,
            Holding.site_id,
            Holding.bucket,
            Holding.grams,
            Holding.boxes,
            Holding.arrived_at,
        )
        .where(Holding.batch_id.in_(batch_ids))
        .with_for_update()
    )
    here = _Found({}, {}, {})
    for key, batch_id, site_id, bucket, grams, boxes, arrived_at in found:
        spot = (batch_id, site_id, bucket)
        here.ids[spot], here.amounts[spot], here.arrived[spot] = key, (grams, boxes), arrived_at
    return here


def _save(uow: UnitOfWork, before: _Found, after: _Found) -> None:
    """Write the spots that changed: new ones in one statement, old ones in one more."""
    new = [
        _row(spot, amount, after.arrived[spot])
        for spot, amount in after.amounts.items()
        if spot not in before.ids
    ]
    if new:
        uow.execute(_PUT, new)
    changed = [
        {
            "id": before.ids[spot],
            "grams": after.amounts[spot][0],
            "boxes": after.amounts[spot][1],
            "arrived_at": after.arrived[spot],
        }
        for spot, amount in before.amounts.items()
        if after.amounts[spot] != amount
    ]
    if changed:
        uow.session.execute(update(Holding), changed)


def _row(spot: Spot, amount: Amount, arrived_at: datetime) -> dict[str, object]:
    batch_id, site_id, bucket = spot
    grams, boxes = amount
    return {
        "batch_id": batch_id,
        "site_id": site_id,
        "bucket": bucket,
        "grams": grams,
        "boxes": boxes,
        "arrived_at": arrived_at,
    }
