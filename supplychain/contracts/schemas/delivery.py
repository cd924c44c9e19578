"""Shapes of delivered lines, which only go out: deliveries are recorded at the gate, not typed here."""

from __future__ import annotations

from supplychain.contracts.queries.delivery import DeliveryFilter
from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn


class DeliveryOut(Shape):
    """A delivered line: what was sent, taken, lost, refused and what is paid for it."""

    number = fields.Code(N_("Delivery record"))
    order = fields.Code(N_("Order number"))
    contract = fields.Code(N_("Contract number"))
    seller_name = fields.Words(N_("Seller's name"))
    buyer_name = fields.Words(N_("Buyer's name"))
    site_name = fields.Words(N_("Place"))
    received_at = fields.Moment(N_("Received at"))
    shipment_number = fields.Code(N_("Shipment"))
    sku = fields.Code(N_("Item number"))
    item_name_zh = fields.Words(N_("Goods"))
    shipped_grams = fields.Scaled(units.KG, N_("Sent"))
    accepted_grams = fields.Scaled(units.KG, N_("Taken in"))
    rejected_grams = fields.Scaled(units.KG, N_("Turned away"))
    loss_grams = fields.Scaled(units.KG, N_("Lost on the way"))
    reason = fields.Words(N_("Reason"), least=0)
    price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Price"))
    payable_grams = fields.Scaled(units.KG, N_("Payable"))
    amount_fen = fields.Scaled(units.YUAN, N_("Amount"))
    settlement = fields.Code(N_("Settlement"), allow_none=True)


class DeliveryFilterIn(PageIn):
    """Which deliveries to list."""

    command = DeliveryFilter
    order = fields.Code(N_("Order number"), load_default="")
    contract = fields.Code(N_("Contract number"), load_default="")
    from_day = fields.Day(N_("From day"), load_default=None)
    to_day = fields.Day(N_("To day"), load_default=None)
