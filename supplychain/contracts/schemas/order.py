"""Shapes of orders and their lines, in and out; what was delivered of them is beside."""

from __future__ import annotations

from supplychain.contracts.queries.order import OrderFilter
from supplychain.contracts.rules import ORDER, OrderState
from supplychain.contracts.schemas.common import MOST_GRAMS, NUMBER
from supplychain.contracts.services.order import PlaceOrder, WantedLine
from supplychain.contracts.services.order_sheet import OrderLinePaper
from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn

REFERENCE = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}"


class OrderLineIn(Shape):
    """Boxes of a trade item."""

    command = WantedLine

    sku = fields.Code(N_("Item number"), required=True)
    boxes = fields.Count(N_("Boxes"), least=1, most=1_000_000, required=True)
    grams = fields.Scaled(
        units.KG,
        N_("Ordered mass"),
        least=1,
        most=MOST_GRAMS,
        load_default=None,
        help=N_("Only for goods that are weighed each; else it follows from the boxes."),
    )


class OrderIn(Shape):
    """A call-off: these goods at this place on this day."""

    command = PlaceOrder

    contract = fields.Code(N_("Contract number"), pattern=NUMBER, required=True)
    deliver_on = fields.Day(N_("Deliver on"), required=True)
    ship_to = fields.Code(N_("Deliver to"), required=True)
    buyer_reference = fields.Code(
        N_("Buyer's order number"),
        pattern=REFERENCE,
        load_default=None,
        help=N_("Your own number. The same number twice is the same order."),
    )
    lines = fields.Lines(OrderLineIn, N_("Goods"), most=200, required=True)
    note = fields.Words(N_("Note"), least=0, most=400, load_default="")


class FormLineIn(OrderLineIn):
    """A line of the order form: every item of the contract is there, those without boxes are not wanted."""

    boxes = fields.Count(N_("Boxes"), most=1_000_000, load_default=0)


class OrderFormIn(OrderIn):
    """The order form of one contract."""

    lines = fields.Lines(FormLineIn, N_("Goods"), most=200, required=True)


class OrderSheetIn(Shape):
    """A line of the orders' spreadsheet; lines of one order share the buyer's number (or ours)."""

    command = OrderLinePaper

    number = fields.Code(N_("Order number"), pattern=NUMBER, load_default=None)
    buyer_reference = fields.Code(N_("Buyer's order number"), pattern=REFERENCE, load_default=None)
    contract = fields.Code(N_("Contract number"), pattern=NUMBER, required=True)
    ship_to = fields.Code(N_("Deliver to"), required=True)
    deliver_on = fields.Day(N_("Deliver on"), required=True)
    sku = fields.Code(N_("Item number"), required=True)
    boxes = fields.Count(N_("Boxes"), least=1, most=1_000_000, required=True)
    grams = fields.Scaled(units.KG, N_("Ordered mass"), least=1, most=MOST_GRAMS, load_default=None)
    note = fields.Words(N_("Note"), least=0, most=400, load_default="")
    placed_at = fields.Moment(N_("Ordered at"), load_default=None)
    item_name_zh = fields.Words(N_("Goods"), dump_only=True)
    price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Price"), dump_only=True)
    amount_fen = fields.Scaled(units.YUAN, N_("Amount"), dump_only=True)
    delivered_grams = fields.Scaled(units.KG, N_("Delivered so far"), dump_only=True)
    seller_name = fields.Words(N_("Seller's name"), dump_only=True)
    buyer_name = fields.Words(N_("Buyer's name"), dump_only=True)
    ship_to_name = fields.Words(N_("Place"), dump_only=True)
    state = fields.Choice(OrderState, N_("State"), labels=ORDER.labels, dump_only=True)


class OrderLineOut(Shape):
    """A line of an order with what came so far."""

    sku = fields.Code(N_("Item number"))
    item_name_zh = fields.Words(N_("Name in Chinese"))
    item_name_en = fields.Words(N_("Name in English"))
    grade = fields.Words(N_("Grade"), least=0)
    boxes = fields.Count(N_("Boxes"))
    grams = fields.Scaled(units.KG, N_("Ordered mass"))
    price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Price"))
    amount_fen = fields.Scaled(units.YUAN, N_("Amount"))
    delivered_grams = fields.Scaled(units.KG, N_("Delivered so far"))


class OrderOut(Shape):
    """An order without its lines."""

    number = fields.Code(N_("Order number"))
    contract = fields.Code(N_("Contract number"))
    channel = fields.Code(N_("Channel"))
    seller = fields.Code(N_("Seller"))
    seller_name = fields.Words(N_("Seller's name"))
    buyer = fields.Code(N_("Buyer"))
    buyer_name = fields.Words(N_("Buyer's name"))
    buyer_reference = fields.Code(N_("Buyer's order number"), allow_none=True)
    ship_to = fields.Code(N_("Deliver to"))
    ship_to_name = fields.Words(N_("Place"))
    deliver_on = fields.Day(N_("Deliver on"))
    placed_at = fields.Moment(N_("Ordered at"))
    confirmed_at = fields.Moment(N_("Confirmed at"), allow_none=True)
    note = fields.Words(N_("Note"), least=0)
    boxes = fields.Count(N_("Boxes"))
    grams = fields.Scaled(units.KG, N_("Ordered mass"))
    amount_fen = fields.Scaled(units.YUAN, N_("Amount"))
    state = fields.Choice(OrderState, N_("State"), labels=ORDER.labels)


class OrderFullOut(OrderOut):
    """An order with its lines."""

    lines = fields.Lines(OrderLineOut, N_("Goods"), least=0)


class OrderFilterIn(PageIn):
    """Which orders to list."""

    command = OrderFilter
    state = fields.Choice(OrderState, N_("State"), labels=ORDER.labels, load_default=None)
    channel = fields.Code(N_("Channel"), load_default="")
    buyer = fields.Code(N_("Buyer"), load_default="")
    contract = fields.Code(N_("Contract number"), load_default="")
    from_day = fields.Day(N_("From day"), load_default=None)
    to_day = fields.Day(N_("To day"), load_default=None)
