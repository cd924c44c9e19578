"""Reading receipts: every line that gates weighed in; a single shipment's receipts stand with its gates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from logistics.models.shipment import Receipt, ReceiptLine, Shipment, Stop
from logistics.queries.visibility import stop_visible
from logistics.rules.states import RejectReason
from supplychain.base.models.party import Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.i18n import locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch


@dataclass(frozen=True, slots=True)
class WeighedRow:
    """One batch that a gate weighed in."""

    id: int
    receipt: str
    shipment: str
    site_name: str
    received_at: datetime
    batch: str
    item_name_zh: str
    item_name_en: str
    shipped_grams: int
    accepted_grams: int
    rejected_grams: int
    loss_grams: int
    reject_reason: RejectReason | None

    @property
    def item_name(self) -> str:
        """Return the item's name in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh


@dataclass(frozen=True, slots=True)
class ReceiptFilter(PageRequest):
    """Which weighings: refused for a reason, with a text in receipt, shipment, waybill, batch or gate."""

    q: str = ""
    reject_reason: RejectReason | None = None


def page(session: Session, actor: Actor, wanted: ReceiptFilter) -> Page[WeighedRow]:
    """Return what gates weighed in that fits and that the actor may see, latest first, with its sums."""
    masses = ("shipped_grams", "accepted_grams", "rejected_grams", "loss_grams")
    return paginate(
        session,
        _weighed().where(stop_visible(actor), *conditions(wanted)),
        wanted,
        row=WeighedRow,
        sorts={"receipt": Receipt.number, "received_at": Receipt.received_at},
        default="-received_at",
        key=ReceiptLine.id,
        sums={name: getattr(ReceiptLine, name) for name in masses},
    )


def conditions(wanted: ReceiptFilter) -> list[ColumnElement[bool]]:
    """Return what a filter asks of receipt, line, shipment, batch and gate."""
    found: list[ColumnElement[bool]] = []
    if wanted.reject_reason is not None:
        found.append(ReceiptLine.reject_reason == wanted.reject_reason)
    if wanted.q:
        columns = (Receipt.number, Shipment.number, Shipment.waybill, Batch.number, Site.name)
        found.append(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _weighed() -> Rows:
    return (
        select(
            ReceiptLine.id,
            Receipt.number,
            Shipment.number,
            Site.name,
            Receipt.received_at,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            ReceiptLine.shipped_grams,
            ReceiptLine.accepted_grams,
            ReceiptLine.rejected_grams,
            ReceiptLine.loss_grams,
            ReceiptLine.reject_reason,
        )
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .join(Stop, Stop.id == Receipt.stop_id)
        .join(Shipment, Shipment.id == Receipt.shipment_id)
        .join(Site, Site.id == Receipt.site_id)
        .join(Batch, Batch.id == ReceiptLine.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
    )
