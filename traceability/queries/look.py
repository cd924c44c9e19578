"""What a look at a code finds, known anew at every look; what its page tells at length is kept elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, false, func, select, true
from sqlalchemy.orm import Session

from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.glance import Glance
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch, Certificate
from traceability.models.code import Code, Scan, ScanTotal, subject_expression
from traceability.models.inspection import Inspection
from traceability.models.ledger import EntryBatch, Holding
from traceability.queries.scan import UNSEEN, Looks
from traceability.queries.visibility import own, visible
from traceability.rules.batch import BatchState
from traceability.rules.code import CodeState, ScanKind
from traceability.rules.ledger import Bucket


@dataclass(frozen=True, slots=True)
class Scanned:
    """The batch that was scanned; the subject of the slot `trace.chapters`."""

    batch_id: int
    gtin: str
    lot: str


@dataclass(frozen=True, slots=True)
class ItemCode:
    """The code on one item, through which somebody came."""

    id: int
    serial: str
    state: CodeState


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch as far as every look must know it."""

    id: int
    number: str
    version: int
    state: BatchState
    is_held: bool
    is_recalled: bool
    best_before_on: date
    is_on_road: bool
    """All that is left of it is under way between two places."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Changes when the batch's ledger, papers or inspections do."""

    last_entry_id: int | None
    papers: int
    last_paper_id: int | None
    inspections: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a code names, and how often consumers looked before."""

    gtin: str
    name_zh: str
    name_en: str
    lot: Lot | None = None
    """None when only the kind of goods is known."""
    stamp: Stamp | None = None
    code: ItemCode | None = None
    """None for the code of a whole batch."""
    looks: Looks = UNSEEN
    """How often consumers looked, as far as it is on record."""
    is_counted: bool = False
    """Whether whoever looks is among them already."""

    @property
    def scanned(self) -> Scanned | None:
        """Return what the chapters of other addons are about."""
        return None if self.lot is None else Scanned(self.lot.id, self.gtin, self.lot.number)


def find(
    database: Database, gtin: str, lot: str | None, serial: str | None, visitor: str = ""
) -> Found | None:
    """Return what a code names, in one statement if it is ours; None when the GTIN is not.

    With a lot the batch decides. Of an item whose serial was never given out, or not for this batch,
    nothing but the kind of goods is told. `visitor` is the consumer who looks.
    """
    found = _find(database, gtin, lot, serial, visitor)
    if found is not None and (serial is None or found.code is not None):
        return found
    named = database.glance(_NAMED, gtin=gtin)
    return None if named is None else Found(gtin, *named)


def _find(database: Database, gtin: str, lot: str | None, serial: str | None, visitor: str) -> Found | None:
    asked = _FIND.get((lot is not None, serial is not None))
    row = (
        None if asked is None else database.glance(asked, gtin=gtin, lot=lot, serial=serial, visitor=visitor)
    )
    if row is None:
        return None
    parts = iter(row)
    name_zh, name_en = islice(parts, 2)
    batch = Lot(*islice(parts, len(_LOT)))
    stamp = Stamp(*islice(parts, len(_STAMP)))
    looks = Looks(*islice(parts, len(_LOOKS)))
    scan_id, code_id, *rest = parts
    code = None if code_id is None else ItemCode(code_id, *rest)
    return Found(gtin, name_zh, name_en, batch, stamp, code, looks, scan_id is not None)


def standing(session: Session, actor: Actor, batch_id: int) -> tuple[bool, bool]:
    """Tell whether a batch is the actor's own, and whether they may see it at all."""
    asked = select(_whether(own(actor)), _whether(visible(actor))).where(Batch.id == batch_id)
    is_own, is_visible = session.execute(asked).one()
    return bool(is_own), bool(is_visible)


def _whether(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


_NAMED = Glance(select(TradeItem.name_zh, TradeItem.name_en).where(TradeItem.gtin == bindparam("gtin")))

_LEFT = select(func.coalesce(func.sum(Holding.grams), 0)).where(Holding.batch_id == Batch.id)
_UNDER_WAY = _LEFT.where(Holding.bucket == Bucket.IN_TRANSIT).correlate(Batch).scalar_subquery()
_SETTLED = _LEFT.where(Holding.bucket != Bucket.IN_TRANSIT).correlate(Batch).scalar_subquery()

_LOT = (
    Batch.id,
    Batch.number,
    Batch.version,
    Batch.state,
    Batch.is_held,
    Batch.is_recalled,
    Batch.best_before_on,
    case((and_(_UNDER_WAY > 0, _SETTLED == 0), true()), else_=false()),
)

_VALID = and_(Certificate.batch_id == Batch.id, Certificate.revoked_at.is_(None))

_STAMP: tuple[Any, ...] = tuple(
    figure.correlate(Batch).scalar_subquery()
    for figure in (
        select(func.max(EntryBatch.entry_id)).where(EntryBatch.batch_id == Batch.id),
        select(func.count()).select_from(Certificate).where(_VALID),
        select(func.max(Certificate.id)).where(_VALID),
        select(func.coalesce(func.sum(Inspection.version), 0)).where(Inspection.batch_id == Batch.id),
    )
)

_LOOKS: tuple[Any, ...] = (func.coalesce(ScanTotal.visitors, 0), ScanTotal.first_at)


def _looking(*, lot: bool, serial: bool) -> Glance:
    subject = subject_expression(Batch.id, Code.id)
    counted = and_(
        Scan.subject == subject, Scan.kind == ScanKind.CONSUMER, Scan.visitor == bindparam("visitor")
    )
    named = and_(Code.gtin == bindparam("gtin"), Code.serial == bindparam("serial")) if serial else false()
    found: Rows = (
        select(
            TradeItem.name_zh,
            TradeItem.name_en,
            *_LOT,
            *_STAMP,
            *_LOOKS,
            Scan.id,
            Code.id,
            Code.serial,
            Code.state,
        )
        .select_from(Batch)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .join(Code, and_(Code.batch_id == Batch.id, named), isouter=lot)
        .outerjoin(ScanTotal, ScanTotal.subject == subject)
        .outerjoin(Scan, counted)
        .where(Batch.gtin == bindparam("gtin"))
    )
    return Glance(found.where(Batch.number == bindparam("lot")) if lot else found)


_FIND: dict[tuple[bool, bool], Glance] = {
    (True, False): _looking(lot=True, serial=False),
    (True, True): _looking(lot=True, serial=True),
    (False, True): _looking(lot=False, serial=True),
}
"""By (lot is known, serial is known)."""
