"""Shapes of prices, in and out; the contract's own terms are beside."""

from __future__ import annotations

from supplychain.contracts.queries.price import PriceFilter
from supplychain.contracts.rules import PRICE, PriceState
from supplychain.contracts.schemas.common import MOST_PRICE, NUMBER
from supplychain.contracts.services.price import SchedulePrice
from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn


class PriceOnlyIn(Shape):
    """A price from a day on, for a contract that is named already."""

    sku = fields.Code(N_("Item number"), required=True)
    price_e4 = fields.Scaled(units.YUAN_PER_KG, N_("Price"), least=1, most=MOST_PRICE, required=True)
    effective_on = fields.Day(N_("Counts from"), required=True)


class PriceIn(PriceOnlyIn):
    """A price of a contract's item from a day on."""

    command = SchedulePrice

    contract = fields.Code(N_("Contract number"), pattern=NUMBER, required=True)


class PriceSheetIn(PriceIn):
    """A line of the price list."""

    item_name_zh = fields.Words(N_("Goods"), dump_only=True)
    seller_name = fields.Words(N_("Seller's name"), dump_only=True)
    buyer_name = fields.Words(N_("Buyer's name"), dump_only=True)
    state = fields.Choice(PriceState, N_("State"), labels=PRICE.labels, dump_only=True)


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


class PriceFilterIn(PageIn):
    """Which prices to list."""

    command = PriceFilter
    state = fields.Choice(PriceState, N_("State"), labels=PRICE.labels, load_default=None)
    contract = fields.Code(N_("Contract number"), load_default="")
    sku = fields.Code(N_("Item number"), load_default="")
