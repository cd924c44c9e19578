"""What gates weighed in, as a list with its spreadsheets; weighing in is done on the shipment's page."""

from __future__ import annotations

from flask import Blueprint, url_for

from logistics.permissions import SHIPMENT_READ
from logistics.queries import receipt as receipts
from logistics.rules.states import REJECT_REASONS
from logistics.schemas import ReceiptFilterIn
from supplychain.kernel.i18n import N_
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.lists import Column, ListPage

bp = Blueprint("receipts", __name__, template_folder="../templates")

RECEIPTS = ListPage(
    title=N_("Receipts"),
    filter=ReceiptFilterIn,
    query=receipts.page,
    columns=(
        Column("receipt", N_("Receipt"), sort="receipt", lead=True),
        Column("item_name", N_("Trade item")),
        Column("batch", N_("Batch")),
        Column("shipped_grams", N_("Shipped"), "kg", unit="kg", total=True),
        Column("accepted_grams", N_("Accepted"), "kg", unit="kg", total=True),
        Column("loss_grams", N_("Lost on the way"), "kg", unit="kg", total=True),
        Column("rejected_grams", N_("Rejected"), "kg", unit="kg", total=True),
        Column("reject_reason", N_("Reason"), labels=REJECT_REASONS),
        Column("site_name", N_("Gate")),
        Column("received_at", N_("Received at"), "moment", sort="received_at"),
    ),
    empty=N_("What gates weighed in stands here. Receive a shipment on its page, or import a list."),
    row_url=lambda row: url_for("shipments.shipment", number=row.shipment),
    sheet="receipts",
    search=N_("Receipt, shipment, waybill, batch or gate"),
)


@bp.get("/receipts")
@endpoint.permit(SHIPMENT_READ)
def receipt_list() -> str:
    """List what gates weighed in."""
    return RECEIPTS.render()
