"""Shapes of contracts, prices, orders, deliveries and settlements; for forms, JSON and spreadsheets alike."""

from __future__ import annotations

from supplychain.contracts.queries.contract import ContractFilter
from supplychain.contracts.queries.delivery import DeliveryFilter
from supplychain.contracts.queries.order import OrderFilter
from supplychain.contracts.queries.price import PriceFilter
from supplychain.contracts.queries.settlement import SettlementFilter
from supplychain.contracts.rules import (
    CONTRACT,
    ORDER,
    PRICE,
    SETTLEMENT,
    SETTLEMENT_LINES,
    ContractState,
    OrderState,
    PriceState,
    SettlementLineKind,
    SettlementState,
)
from supplychain.contracts.services.contract import DraftContract
from supplychain.contracts.services.contract_sheet import ContractLinePaper
from supplychain.contracts.services.line import PutLine
from supplychain.contracts.services.order import PlaceOrder, WantedLine
from supplychain.contracts.services.order_sheet import OrderLinePaper
from supplychain.contracts.services.price import SchedulePrice
from supplychain.contracts.services.settlement import IssueSettlement
from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn

NUMBER = r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}"
REFERENCE = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}"
MOST_PRICE = 999_999_999
MOST_GRAMS = 10**12


class TermsIn(Shape):
    """What two parties agree on; terms left out are the channel's."""

    command = DraftContract

    number = fields.Code(
        N_("Contract number"),
        pattern=NUMBER,
        load_default=None,
        help=N_("The number on the signed paper. Left empty, one is drawn."),
    )
    title = fields.Words(N_("Contract title"), most=120, required=True)
    channel = fields.Code(N_("Channel"), required=True)
    seller = fields.Code(N_("Seller"), required=True)
    buyer = fields.Code(N_("Buyer"), required=True)
    signed_on = fields.Day(N_("Signed on"), required=True)
    valid_from = fields.Day(N_("Valid from"), required=True)
    valid_to = fields.Day(N_("Valid to"), required=True)
    payment_days = fields.Count(N_("Term of payment"), unit="天", most=365, load_default=None)
    loss_allowance_bp = fields.Scaled(
        units.PERCENT,
        N_("Loss in transit borne by the buyer"),
        most=10_000,
        load_default=None,
        help=N_("A share of what was shipped; what is lost beyond is the seller's."),
    )
    commission_bp = fields.Scaled(
        units.PERCENT,
        N_("Commission"),
        most=10_000,
        load_default=None,
        help=N_("What the buyer keeps back of the goods' value."),
    )
    min_remaining_life_days = fields.Count(
        N_("Least days left before best-before"), unit="天", most=3650, load_default=0
    )
    note = fields.Words(N_("Note"), least=0, most=400, widget="textarea", load_default="")


class LineOnlyIn(Shape):
    """A line as it is put into a contract that is named already."""

    sku = fields.Code(N_("Item number"), required=True)
    quantity_grams = fields.Scaled(
        units.KG,
        N_("Contracted quantity"),
        least=1,
        most=MOST_GRAMS,
        load_default=None,
        help=N_("Left empty, the line is a price without a quantity."),
    )
    tolerance_bp = fields.Scaled(
        units.PERCENT,
        N_("Tolerance above the quantity"),
        most=10_000,
        load_default=0,
    )
    price_e4 = fields.Scaled(
        units.YUAN_PER_KG, N_("First price"), least=1, most=MOST_PRICE, load_default=None
    )


class LineIn(LineOnlyIn):
    """A line of a contract."""

    command = PutLine

    contract = fields.Code(N_("Contract number"), pattern=NUMBER, required=True)


class PriceOnlyIn(Shape):
    """A price from a day on, for a contract that is named already."""

    sku = fields.Code(N_("Item number"), required=True)
    price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Price"), least=1, most=MOST_PRICE, required=True)
    effective_on = fields.Day(N_("Counts from"), required=True)


class PriceIn(PriceOnlyIn):
    """A price of a contract's item from a day on."""

    command = SchedulePrice

    contract = fields.Code(N_("Contract number"), pattern=NUMBER, required=True)


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


class ReasonIn(Shape):
    """Why something is stopped."""

    reason = fields.Words(N_("Reason"), most=120, required=True)


class SettlementIn(Shape):
    """Which month of which contract is settled."""

    command = IssueSettlement

    contract = fields.Code(N_("Contract number"), pattern=NUMBER, required=True)
    month = fields.Day(N_("Month to settle"), required=True, help=N_("Any day of the month."))


class ContractSheetIn(Shape):
    """A line of the contracts' spreadsheet: terms repeat on each line of a contract."""

    command = ContractLinePaper

    number = fields.Code(N_("Contract number"), pattern=NUMBER, required=True)
    title = fields.Words(N_("Contract title"), most=120, required=True)
    channel = fields.Words(N_("Channel"), most=60, required=True)
    seller = fields.Code(N_("Seller"), required=True)
    buyer = fields.Code(N_("Buyer"), required=True)
    signed_on = fields.Day(N_("Signed on"), required=True)
    valid_from = fields.Day(N_("Valid from"), required=True)
    valid_to = fields.Day(N_("Valid to"), required=True)
    payment_days = fields.Count(N_("Term of payment"), unit="天", most=365, load_default=None)
    loss_allowance_bp = fields.Scaled(
        units.PERCENT, N_("Loss in transit borne by the buyer"), most=10_000, load_default=None
    )
    commission_bp = fields.Scaled(units.PERCENT, N_("Commission"), most=10_000, load_default=None)
    min_remaining_life_days = fields.Count(
        N_("Least days left before best-before"), unit="天", most=3650, load_default=0
    )
    note = fields.Words(N_("Note"), least=0, most=400, load_default="")
    state = fields.Choice(
        ContractState, N_("State"), labels=CONTRACT.labels, load_default=ContractState.DRAFT
    )
    sku = fields.Code(N_("Item number"), required=True)
    quantity_grams = fields.Scaled(
        units.KG, N_("Contracted quantity"), least=1, most=MOST_GRAMS, load_default=None
    )
    tolerance_bp = fields.Scaled(
        units.PERCENT, N_("Tolerance above the quantity"), most=10_000, load_default=0
    )
    price_e4 = fields.Scaled(
        units.YUAN_PER_KG, N_("First price"), least=1, most=MOST_PRICE, load_default=None
    )
    seller_name = fields.Words(N_("Seller's name"), dump_only=True)
    buyer_name = fields.Words(N_("Buyer's name"), dump_only=True)
    item_name_zh = fields.Words(N_("Goods"), dump_only=True)
    ordered_grams = fields.Scaled(units.KG, N_("Ordered so far"), dump_only=True)


class PriceSheetIn(PriceIn):
    """A line of the price list."""

    item_name_zh = fields.Words(N_("Goods"), dump_only=True)
    seller_name = fields.Words(N_("Seller's name"), dump_only=True)
    buyer_name = fields.Words(N_("Buyer's name"), dump_only=True)
    state = fields.Choice(PriceState, N_("State"), labels=PRICE.labels, dump_only=True)


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


class ContractLineOut(Shape):
    """A line of a contract with what is ordered, left, and the price that counts today."""

    sku = fields.Code(N_("Item number"))
    item_name_zh = fields.Words(N_("Name in Chinese"))
    item_name_en = fields.Words(N_("Name in English"))
    grade = fields.Words(N_("Grade"), least=0)
    net_grams = fields.Scaled(units.KG, N_("Net mass of one"))
    is_catch_weight = fields.Flag(N_("Weighed each"))
    quantity_grams = fields.Scaled(units.KG, N_("Contracted quantity"), allow_none=True)
    tolerance_bp = fields.Scaled(units.PERCENT, N_("Tolerance above the quantity"))
    ordered_grams = fields.Scaled(units.KG, N_("Ordered so far"))
    left_grams = fields.Scaled(units.KG, N_("Left to order"), allow_none=True)
    price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Price"), allow_none=True)
    next_price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Next price"), allow_none=True)
    next_price_on = fields.Day(N_("Counts from"), allow_none=True)


class ContractOut(Shape):
    """A contract without its lines."""

    number = fields.Code(N_("Contract number"))
    title = fields.Words(N_("Contract title"))
    channel = fields.Code(N_("Channel"))
    seller = fields.Code(N_("Seller"))
    seller_name = fields.Words(N_("Seller's name"))
    buyer = fields.Code(N_("Buyer"))
    buyer_name = fields.Words(N_("Buyer's name"))
    signed_on = fields.Day(N_("Signed on"))
    valid_from = fields.Day(N_("Valid from"))
    valid_to = fields.Day(N_("Valid to"))
    payment_days = fields.Count(N_("Term of payment"))
    loss_allowance_bp = fields.Scaled(units.PERCENT, N_("Loss in transit borne by the buyer"))
    commission_bp = fields.Scaled(units.PERCENT, N_("Commission"))
    min_remaining_life_days = fields.Count(N_("Least days left before best-before"))
    note = fields.Words(N_("Note"), least=0)
    state = fields.Choice(ContractState, N_("State"), labels=CONTRACT.labels)


class ContractFullOut(ContractOut):
    """A contract with its lines."""

    lines = fields.Lines(ContractLineOut, N_("Goods"), least=0)


class PriceOut(Shape):
    """A price as the list has it."""

    contract = fields.Code(N_("Contract number"))
    sku = fields.Code(N_("Item number"))
    item_name_zh = fields.Words(N_("Name in Chinese"))
    item_name_en = fields.Words(N_("Name in English"))
    grade = fields.Words(N_("Grade"), least=0)
    seller_name = fields.Words(N_("Seller's name"))
    buyer_name = fields.Words(N_("Buyer's name"))
    price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Price"))
    effective_on = fields.Day(N_("Counts from"))
    state = fields.Choice(PriceState, N_("State"), labels=PRICE.labels)


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


class SettlementLineOut(Shape):
    """A line of a settlement with its reason."""

    position = fields.Count(N_("No."))
    kind = fields.Choice(SettlementLineKind, N_("Kind"), labels=SETTLEMENT_LINES)
    item = fields.Words(N_("Goods"), least=0)
    payable_grams = fields.Scaled(units.KG, N_("Payable"))
    price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Price"))
    amount_fen = fields.Scaled(units.YUAN, N_("Amount"), least=-(10**14))
    explanation = fields.Words(N_("How it comes about"))


class SettlementOut(Shape):
    """A settlement without its lines."""

    number = fields.Code(N_("Settlement"))
    contract = fields.Code(N_("Contract number"))
    seller = fields.Code(N_("Seller"))
    seller_name = fields.Words(N_("Seller's name"))
    buyer = fields.Code(N_("Buyer"))
    buyer_name = fields.Words(N_("Buyer's name"))
    month = fields.Code(N_("Month to settle"))
    issued_at = fields.Moment(N_("Issued at"))
    due_on = fields.Day(N_("Payment due"))
    goods_fen = fields.Scaled(units.YUAN, N_("Goods' value"))
    commission_fen = fields.Scaled(units.YUAN, N_("Commission"))
    total_fen = fields.Scaled(units.YUAN, N_("To be paid"), least=-(10**14))
    state = fields.Choice(SettlementState, N_("State"), labels=SETTLEMENT.labels)


class SettlementFullOut(SettlementOut):
    """A settlement with its lines."""

    lines = fields.Lines(SettlementLineOut, N_("Lines"), least=0)


class SettlementSheetOut(SettlementOut):
    """A line of a settlement, exported with its head."""

    position = fields.Count(N_("No."))
    item = fields.Words(N_("Goods"), least=0)
    payable_grams = fields.Scaled(units.KG, N_("Payable"))
    price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Price"))
    amount_fen = fields.Scaled(units.YUAN, N_("Amount"), least=-(10**14))
    explanation = fields.Words(N_("How it comes about"))


class ContractFilterIn(PageIn):
    """Which contracts to list."""

    command = ContractFilter
    state = fields.Choice(ContractState, N_("State"), labels=CONTRACT.labels, load_default=None)
    channel = fields.Code(N_("Channel"), load_default="")
    party = fields.Code(N_("Seller or buyer"), load_default="")
    ends_before = fields.Day(N_("Ends before"), load_default=None)


class PriceFilterIn(PageIn):
    """Which prices to list."""

    command = PriceFilter
    state = fields.Choice(PriceState, N_("State"), labels=PRICE.labels, load_default=None)
    contract = fields.Code(N_("Contract number"), load_default="")
    sku = fields.Code(N_("Item number"), load_default="")


class OrderFilterIn(PageIn):
    """Which orders to list."""

    command = OrderFilter
    state = fields.Choice(OrderState, N_("State"), labels=ORDER.labels, load_default=None)
    channel = fields.Code(N_("Channel"), load_default="")
    buyer = fields.Code(N_("Buyer"), load_default="")
    contract = fields.Code(N_("Contract number"), load_default="")
    from_day = fields.Day(N_("From day"), load_default=None)
    to_day = fields.Day(N_("To day"), load_default=None)


class DeliveryFilterIn(PageIn):
    """Which deliveries to list."""

    command = DeliveryFilter
    order = fields.Code(N_("Order number"), load_default="")
    contract = fields.Code(N_("Contract number"), load_default="")
    from_day = fields.Day(N_("From day"), load_default=None)
    to_day = fields.Day(N_("To day"), load_default=None)


class SettlementFilterIn(PageIn):
    """Which settlements to list."""

    command = SettlementFilter
    state = fields.Choice(SettlementState, N_("State"), labels=SETTLEMENT.labels, load_default=None)
    contract = fields.Code(N_("Contract number"), load_default="")
    party = fields.Code(N_("Seller or buyer"), load_default="")
    from_month = fields.Day(N_("From day"), load_default=None)
    to_month = fields.Day(N_("To day"), load_default=None)
