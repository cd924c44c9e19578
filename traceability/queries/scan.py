"""Reading scans: how often and when first a code was looked at, and which batches people look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Subquery, func, or_, select
from sqlalchemy.orm import Session

from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.code import Scan
from traceability.queries.visibility import own
from traceability.rules.code import ScanKind


@dataclass(frozen=True, slots=True)
class Looks:
    """How often consumers looked: visitors of each day, and the first time; None before the first."""

    count: int
    first_at: datetime | None


UNSEEN = Looks(0, None)
"""Nobody looked yet."""


@dataclass(frozen=True, slots=True)
class ScanRow:
    """How often one batch was looked at, item codes and the batch's own code together."""

    batch: str
    item_name_zh: str
    item_name_en: str
    visitors: int
    looks: int
    codes: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ScanFilter(PageRequest):
    """Which batches: with a text in number or name."""

    q: str = ""


def of_batch(session: Session, batch_id: int) -> Looks:
    """Return how often consumers looked at a batch and its items."""
    found = session.execute(
        select(func.count(), func.min(Scan.first_at)).where(
            Scan.batch_id == batch_id, Scan.kind == ScanKind.CONSUMER
        )
    ).one()
    return Looks(*found)


def page(session: Session, actor: Actor, wanted: ScanFilter) -> Page[ScanRow]:
    """Return how often consumers looked at the own batches, most visitors first."""
    counted = _counted().subquery()
    return paginate(
        session,
        _looked_at(actor, wanted, counted),
        wanted,
        row=ScanRow,
        sorts={
            "visitors": counted.c.visitors,
            "looks": counted.c.looks,
            "codes": counted.c.codes,
            "last_at": counted.c.last_at,
            "batch": Batch.number,
        },
        default="-visitors",
        key=Batch.id,
        sums={"visitors": counted.c.visitors, "looks": counted.c.looks},
    )


def every(session: Session, actor: Actor, wanted: ScanFilter) -> Iterator[ScanRow]:
    """Return all of them, by batch; for files."""
    found = _looked_at(actor, wanted, _counted().subquery()).order_by(Batch.number)
    return (ScanRow(*row) for row in session.execute(found.execution_options(yield_per=1000)))


def _looked_at(actor: Actor, wanted: ScanFilter, counted: Subquery) -> Rows:
    found: Rows = (
        select(
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            counted.c.visitors,
            counted.c.looks,
            counted.c.codes,
            counted.c.first_at,
            counted.c.last_at,
        )
        .join(counted, counted.c.batch_id == Batch.id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .where(own(actor))
    )
    if not wanted.q:
        return found
    columns = (Batch.number, TradeItem.name_zh, TradeItem.name_en)
    return found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))


def _counted() -> Rows:
    return (
        select(
            Scan.batch_id,
            func.count().label("visitors"),
            func.sum(Scan.times).label("looks"),
            func.count(Scan.subject.distinct()).label("codes"),
            func.min(Scan.first_at).label("first_at"),
            func.max(Scan.last_at).label("last_at"),
        )
        .where(Scan.kind == ScanKind.CONSUMER)
        .group_by(Scan.batch_id)
    )


def daily(session: Session, batch_id: int) -> Sequence[tuple[datetime, int]]:
    """Return (first look, looks) of each consumer of a batch, oldest first, for the curve on its page."""
    found = session.execute(
        select(Scan.first_at, Scan.times)
        .where(Scan.batch_id == batch_id, Scan.kind == ScanKind.CONSUMER)
        .order_by(Scan.first_at)
    )
    return list(found.all())
