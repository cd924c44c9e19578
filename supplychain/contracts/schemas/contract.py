"""Shapes of contracts and their lines, in and out; prices are beside."""

from __future__ import annotations

from supplychain.contracts.queries.contract import ContractFilter
from supplychain.contracts.rules import CONTRACT, ContractState
from supplychain.contracts.schemas.common import MOST_GRAMS, MOST_PRICE, NUMBER
from supplychain.contracts.services.contract import DraftContract
from supplychain.contracts.services.contract_sheet import ContractLinePaper
from supplychain.contracts.services.line import PutLine
from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn


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


class ContractFilterIn(PageIn):
    """Which contracts to list."""

    command = ContractFilter
    state = fields.Choice(ContractState, N_("State"), labels=CONTRACT.labels, load_default=None)
    channel = fields.Code(N_("Channel"), load_default="")
    party = fields.Code(N_("Seller or buyer"), load_default="")
    ends_before = fields.Day(N_("Ends before"), load_default=None)
