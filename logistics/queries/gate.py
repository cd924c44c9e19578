"""Reading the gates of shipments and what each took in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from logistics.models.shipment import Receipt, ReceiptLine, Shipment, Stop
from logistics.queries.visibility import stop_visible
from logistics.rules.states import RejectReason, ShipmentState
from supplychain.base.models.party import Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.i18n import locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch


@dataclass(frozen=True, slots=True)
class StopRow:
    """A gate of a shipment and what it took in."""

    id: int
    position: int
    site: str
    site_name: str
    party_id: int
    planned_at: datetime
    arrived_at: datetime | None
    received_at: datetime | None
    receipt: str | None
    surface_centi: int | None
    core_centi: int | None
    received_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ReceiptLineRow:
    """What a gate took in of one batch."""

    receipt: str
    batch: str
    item_name_zh: str
    item_name_en: str
    shipped_grams: int
    accepted_grams: int
    rejected_grams: int
    loss_grams: int
    reject_reason: RejectReason | None
    note: str

    @property
    def item_name(self) -> str:
        """Return the item's name in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh


def stops(session: Session, shipment_id: int) -> Sequence[StopRow]:
    """Return a shipment's gates in order, with their receipts."""
    found: Rows = (
        select(
            Stop.id,
            Stop.position,
            Site.code,
            Site.name,
            Site.party_id,
            Stop.planned_at,
            Stop.arrived_at,
            Stop.received_at,
            Receipt.number,
            Receipt.surface_centi,
            Receipt.core_centi,
            Receipt.received_by,
            Receipt.note,
        )
        .join(Site, Site.id == Stop.site_id)
        .outerjoin(Receipt, Receipt.stop_id == Stop.id)
        .where(Stop.shipment_id == shipment_id)
        .order_by(Stop.position)
    )
    return [StopRow(*row) for row in session.execute(found)]


def receipt_lines(session: Session, actor: Actor, shipment_id: int) -> Sequence[ReceiptLineRow]:
    """Return what the gates that the actor may see took in."""
    found: Rows = (
        select(
            Receipt.number,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            ReceiptLine.shipped_grams,
            ReceiptLine.accepted_grams,
            ReceiptLine.rejected_grams,
            ReceiptLine.loss_grams,
            ReceiptLine.reject_reason,
            ReceiptLine.note,
        )
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .join(Stop, Stop.id == Receipt.stop_id)
        .join(Shipment, Shipment.id == Receipt.shipment_id)
        .join(Batch, Batch.id == ReceiptLine.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .where(Receipt.shipment_id == shipment_id, stop_visible(actor))
        .order_by(Receipt.id, ReceiptLine.id)
    )
    return [ReceiptLineRow(*row) for row in session.execute(found)]


def coming(session: Session, actor: Actor) -> Sequence[tuple[str, str, str]]:
    """Return (shipment, place code, place name) of gates of the actor's party that goods are coming to."""
    found = session.execute(
        select(Shipment.number, Site.code, Site.name)
        .join(Stop, Stop.shipment_id == Shipment.id)
        .join(Site, Site.id == Stop.site_id)
        .where(
            Shipment.state.in_((ShipmentState.IN_TRANSIT, ShipmentState.ARRIVED)),
            Stop.received_at.is_(None),
            Site.party_id == actor.party_id,
        )
        .order_by(Stop.planned_at)
    )
    return [(number, code, name) for number, code, name in found]
