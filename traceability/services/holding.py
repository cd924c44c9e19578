"""Holdings: how much of a batch is where. Changed by the ledger only, under a lock, never below nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

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


def open_at(uow: UnitOfWork, spots: Iterable[tuple[Spot, Amount]]) -> None:
    """Put brand-new batches where they first exist; there is nothing to lock or to add to yet."""
    rows = [_row(spot, amount) for spot, amount in spots]
    uow.execute(_PUT, rows)


def move(uow: UnitOfWork, moves: Sequence[Move], names: Names) -> None:
    """Carry out moves in their order; the caller has locked the batches.

    Raises Refused with the figures when a spot has less than is taken from it.
    """
    touched = {spot[0] for step in moves for spot in (step.out_of, step.into) if spot is not None}
    if not touched:
        return
    before = _at(uow, touched)
    after = dict(before.amounts)
    for step in moves:
        _apply(after, step, names)
    _save(uow, before, after)


def _apply(now: dict[Spot, Amount], step: Move, names: Names) -> None:
    if step.out_of is not None:
        grams, boxes = now.get(step.out_of, (0, 0))
        if grams < step.grams or boxes < step.boxes:
            raise _short(step, step.out_of, (grams, boxes), names)
        now[step.out_of] = (grams - step.grams, boxes - step.boxes)
    if step.into is not None:
        grams, boxes = now.get(step.into, (0, 0))
        now[step.into] = (grams + step.grams, boxes + step.boxes)


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
        select(Holding.id, Holding.batch_id, Holding.site_id, Holding.bucket, Holding.grams, Holding.boxes)
        .where(Holding.batch_id.in_(batch_ids))
        .with_for_update()
    )
    here = _Found({}, {})
    for key, batch_id, site_id, bucket, grams, boxes in found:
        here.ids[batch_id, site_id, bucket] = key
        here.amounts[batch_id, site_id, bucket] = (grams, boxes)
    return here


def _save(uow: UnitOfWork, before: _Found, after: Mapping[Spot, Amount]) -> None:
    """Write the spots that changed: new ones in one statement, old ones in one more."""
    new = [_row(spot, amount) for spot, amount in after.items() if spot not in before.ids]
    if new:
        uow.execute(_PUT, new)
    changed = [
        {"id": before.ids[spot], "grams": after[spot][0], "boxes": after[spot][1]}
        for spot, amount in before.amounts.items()
        if after[spot] != amount
    ]
    if changed:
        uow.session.execute(update(Holding), changed)


def _row(spot: Spot, amount: Amount) -> dict[str, object]:
    batch_id, site_id, bucket = spot
    grams, boxes = amount
    return {"batch_id": batch_id, "site_id": site_id, "bucket": bucket, "grams": grams, "boxes": boxes}
