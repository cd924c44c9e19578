"""Shapes of settlements and their lines, in and out; the deliveries they settle are beside."""

from __future__ import annotations

from supplychain.contracts.queries.settlement import SettlementFilter
from supplychain.contracts.rules import SETTLEMENT, SETTLEMENT_LINES, SettlementLineKind, SettlementState
from supplychain.contracts.schemas.common import NUMBER
from supplychain.contracts.services.settlement import IssueSettlement
from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn


class SettlementIn(Shape):
    """Which month of which contract is settled."""

    command = IssueSettlement

    contract = fields.Code(N_("Contract number"), pattern=NUMBER, required=True)
    month = fields.Day(N_("Month to settle"), required=True, help=N_("Any day of the month."))


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


class SettlementFilterIn(PageIn):
    """Which settlements to list."""

    command = SettlementFilter
    state = fields.Choice(SettlementState, N_("State"), labels=SETTLEMENT.labels, load_default=None)
    contract = fields.Code(N_("Contract number"), load_default="")
    party = fields.Code(N_("Seller or buyer"), load_default="")
    from_month = fields.Day(N_("From day"), load_default=None)
    to_month = fields.Day(N_("To day"), load_default=None)
