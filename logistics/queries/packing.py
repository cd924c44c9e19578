"""Reading allocations and logistic units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.models.shipment import Shipment
from logistics.queries.visibility import unit_visible
from logistics.rules.states import AllocationState, UnitKind, UnitState
from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, Text, locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """A promise of some of a batch, and why."""

    id: int
    batch: str
    item_name_zh: str
    item_name_en: str
    site_name: str
    boxes: int
    grams: int
    state: AllocationState
    promised_at: datetime
    kept: dict[str, Any]

    @property
    def item_name(self) -> str:
        """Return the item's name in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh

    @property
    def reasons(self) -> list[Text]:
        """Return why this batch, most telling first."""
        return [Text(item["msgid"], item["values"]) for item in self.kept.get("reasons", [])]

    @property
    def why(self) -> str:
        """Return the reasons as one text."""
        return " ".join(str(reason) for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A box or pallet with its SSCC and what it holds in all."""

    id: int
    sscc: str
    kind: UnitKind
    state: UnitState
    order: str
    buyer_name: str
    site: str
    site_name: str
    ship_to_name: str
    shipment: str | None
    packed_at: datetime
    packed_by: str
    boxes: int
    grams: int


@dataclass(frozen=True, slots=True)
class UnitContentRow:
    """What a unit holds of one batch."""

    batch: str
    item_name_zh: str
    item_name_en: str
    boxes: int
    grams: int

    @property
    def item_name(self) -> str:
        """Return the item's name in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh


@dataclass(frozen=True, slots=True)
class UnitFilter(PageRequest):
    """Which units: in a state, with a text in SSCC or order number."""

    q: str = ""
    state: UnitState | None = None


def of_order(session: Session, order_id: int) -> Sequence[AllocationRow]:
    """Return the promises to an order that count."""
    found = session.execute(
        select(
            Allocation.id,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            Site.name,
            Allocation.boxes,
            Allocation.grams,
            Allocation.state,
            Allocation.promised_at,
            Allocation.reasons,
        )
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Batch, Batch.id == Allocation.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .join(Site, Site.id == Allocation.site_id)
        .where(OrderLine.order_id == order_id, Allocation.state != AllocationState.CANCELLED)
        .order_by(Allocation.id)
    )
    return [AllocationRow(*row) for row in found]


def page(session: Session, actor: Actor, wanted: UnitFilter) -> Page[UnitRow]:
    """Return the units that fit and that the actor may see, newest first."""
    return paginate(
        session,
        _fitting(actor, wanted),
        wanted,
        row=UnitRow,
        sorts={"packed_at": LogisticUnit.packed_at, "sscc": LogisticUnit.sscc, "state": LogisticUnit.state},
        default="-packed_at",
        key=LogisticUnit.id,
    )


def every(session: Session, actor: Actor, wanted: UnitFilter) -> Iterator[UnitRow]:
    """Return all of them in the order in which they were packed; for files."""
    found = _fitting(actor, wanted).order_by(LogisticUnit.id).execution_options(yield_per=1000)
    return (UnitRow(*row) for row in session.execute(found))


def _fitting(actor: Actor, wanted: UnitFilter) -> Rows:
    found = _units().where(unit_visible(actor))
    if wanted.state is not None:
        found = found.where(LogisticUnit.state == wanted.state)
    if wanted.q:
        columns = (LogisticUnit.sscc, Order.number)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def one(session: Session, actor: Actor, sscc: str) -> UnitRow:
    """Return a unit by its SSCC; NotFound when there is none that the actor may see."""
    found = session.execute(_units().where(unit_visible(actor), LogisticUnit.sscc == sscc)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no unit %(sscc)s."), sscc=sscc)
    return UnitRow(*found)


def contents(session: Session, unit_id: int) -> Sequence[UnitContentRow]:
    """Return what a unit holds."""
    found = session.execute(
        select(Batch.number, TradeItem.name_zh, TradeItem.name_en, UnitContent.boxes, UnitContent.grams)
        .join(Batch, Batch.id == UnitContent.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .where(UnitContent.unit_id == unit_id)
        .order_by(UnitContent.id)
    )
    return [UnitContentRow(*row) for row in found]


def units_of_order(session: Session, order_id: int) -> Sequence[UnitRow]:
    """Return the units packed for an order."""
    found = _units().where(Order.id == order_id, LogisticUnit.state != UnitState.UNPACKED)
    return [UnitRow(*row) for row in session.execute(found.order_by(LogisticUnit.id))]


def loose(session: Session, actor: Actor) -> Sequence[UnitRow]:
    """Return packed units of the actor's party that wait for a lorry, by place."""
    found = _units().where(
        unit_visible(actor), LogisticUnit.state == UnitState.PACKED, LogisticUnit.shipment_id.is_(None)
    )
    if not actor.sees_all:
        found = found.where(Order.seller_id == actor.party_id)
    return [UnitRow(*row) for row in session.execute(found.order_by(Site.code, LogisticUnit.id))]


def _units() -> Rows:
    held = (
        select(
            UnitContent.unit_id,
            func.sum(UnitContent.boxes).label("boxes"),
            func.sum(UnitContent.grams).label("grams"),
        )
        .group_by(UnitContent.unit_id)
        .subquery()
    )
    ship_to = Site.__table__.alias("ship_to")
    return (
        select(
            LogisticUnit.id,
            LogisticUnit.sscc,
            LogisticUnit.kind,
            LogisticUnit.state,
            Order.number,
            Party.short_name,
            Site.code,
            Site.name,
            ship_to.c.name,
            Shipment.number,
            LogisticUnit.packed_at,
            LogisticUnit.packed_by,
            held.c.boxes,
            held.c.grams,
        )
        .join(held, held.c.unit_id == LogisticUnit.id)
        .join(Order, Order.id == LogisticUnit.order_id)
        .join(Party, Party.id == Order.buyer_id)
        .join(Site, Site.id == LogisticUnit.site_id)
        .join(ship_to, ship_to.c.id == Order.ship_to_id)
        .outerjoin(Shipment, Shipment.id == LogisticUnit.shipment_id)
    )
