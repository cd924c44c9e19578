"""States of contracts, orders, prices and settlements, and the arithmetic of a delivery; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from supplychain.base.rules import PartyKind
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable
from supplychain.kernel.units import YUAN, YUAN_PER_KG, amount_fen, share_of


class ContractState(StrEnum):
    """Where a contract stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"
    CANCELLED = "cancelled"


CONTRACT = StateTable(
    initial=ContractState.DRAFT,
    flow=(ContractState.DRAFT, ContractState.ACTIVE, ContractState.ENDED),
    moves={
        ContractState.DRAFT: frozenset({ContractState.ACTIVE, ContractState.CANCELLED}),
        ContractState.ACTIVE: frozenset({ContractState.SUSPENDED, ContractState.ENDED}),
        ContractState.SUSPENDED: frozenset({ContractState.ACTIVE, ContractState.ENDED}),
        ContractState.ENDED: frozenset(),
        ContractState.CANCELLED: frozenset(),
    },
    labels={
        ContractState.DRAFT: N_("Draft"),
        ContractState.ACTIVE: N_("Being fulfilled"),
        ContractState.SUSPENDED: N_("Suspended"),
        ContractState.ENDED: N_("Over"),
        ContractState.CANCELLED: N_("Thrown away"),
    },
)


class OrderState(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    PARTLY_DELIVERED = "partly_delivered"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


ORDER = StateTable(
    initial=OrderState.PLACED,
    flow=(OrderState.PLACED, OrderState.CONFIRMED, OrderState.DELIVERED),
    moves={
        OrderState.PLACED: frozenset({OrderState.CONFIRMED, OrderState.CANCELLED}),
        OrderState.CONFIRMED: frozenset(
            {OrderState.PARTLY_DELIVERED, OrderState.DELIVERED, OrderState.CANCELLED}
        ),
        OrderState.PARTLY_DELIVERED: frozenset({OrderState.PARTLY_DELIVERED, OrderState.DELIVERED}),
        OrderState.DELIVERED: frozenset(),
        OrderState.CANCELLED: frozenset(),
    },
    labels={
        OrderState.PLACED: N_("Waiting for the co-operative"),
        OrderState.CONFIRMED: N_("Confirmed"),
        OrderState.PARTLY_DELIVERED: N_("Partly delivered"),
        OrderState.DELIVERED: N_("Delivered"),
        OrderState.CANCELLED: N_("Cancelled"),
    },
)


class PriceState(StrEnum):
    """Whether a price counts yet."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    SUPERSEDED = "superseded"


PRICE = StateTable(
    initial=PriceState.SCHEDULED,
    flow=(PriceState.SCHEDULED, PriceState.ACTIVE, PriceState.SUPERSEDED),
    moves={
        PriceState.SCHEDULED: frozenset({PriceState.ACTIVE, PriceState.SUPERSEDED}),
        PriceState.ACTIVE: frozenset({PriceState.SUPERSEDED}),
        PriceState.SUPERSEDED: frozenset(),
    },
    labels={
        PriceState.SCHEDULED: N_("Still to count"),
        PriceState.ACTIVE: N_("Counts now"),
        PriceState.SUPERSEDED: N_("Superseded"),
    },
)


class SettlementState(StrEnum):
    """Where a settlement stands; what was issued is never recomputed."""

    ISSUED = "issued"
    CONFIRMED = "confirmed"
    PAID = "paid"


SETTLEMENT = StateTable(
    initial=SettlementState.ISSUED,
    flow=(SettlementState.ISSUED, SettlementState.CONFIRMED, SettlementState.PAID),
    moves={
        SettlementState.ISSUED: frozenset({SettlementState.CONFIRMED}),
        SettlementState.CONFIRMED: frozenset({SettlementState.PAID}),
        SettlementState.PAID: frozenset(),
    },
    labels={
        SettlementState.ISSUED: N_("Waiting for the buyer"),
        SettlementState.CONFIRMED: N_("Confirmed"),
        SettlementState.PAID: N_("Paid"),
    },
)


class SettlementLineKind(StrEnum):
    """What a line of a settlement is for."""

    GOODS = "goods"
    COMMISSION = "commission"


SETTLEMENT_LINES = {
    SettlementLineKind.GOODS: N_("Goods"),
    SettlementLineKind.COMMISSION: N_("Commission"),
}


@dataclass(frozen=True, slots=True)
class Payable:
    """What a delivered line is paid for: masses in grams, amount in fen."""

    tolerated_loss_grams: int
    payable_grams: int
    amount_fen: int


def payable(
    shipped_grams: int, accepted_grams: int, loss_grams: int, loss_allowance_bp: int, price_e4: int
) -> Payable:
    """Return what the buyer pays for: accepted mass plus the loss in transit (途耗) within the allowance.

    The allowance is a share of the shipped mass; what exceeds it is the seller's (农超 practice: ≤ 3 %).
    """
    tolerated = min(loss_grams, share_of(shipped_grams, loss_allowance_bp))
    grams = accepted_grams + tolerated
    return Payable(tolerated, grams, amount_fen(grams, price_e4))


LONGEST_TERM_DAYS = 60
AGENCY_TERM_DAYS = 30


def longest_term(buyer: PartyKind) -> int:
    """Return how many days a buyer may take to pay, at most.

    保障中小企业款项支付条例 (2025), art. 9: agencies 30 days, large enterprises 60; with periodic settlement
    the days run from the settlement.
    """
    return AGENCY_TERM_DAYS if buyer is PartyKind.AUTHORITY else LONGEST_TERM_DAYS


def orders_close_at(deliver_on: date, cutoff: time) -> datetime:
    """Return the instant after which an order for a day waits for the co-operative: the day before."""
    return datetime.combine(deliver_on - timedelta(days=1), cutoff, SHANGHAI)


def orderable(quantity_grams: int, tolerance_bp: int) -> int:
    """Return how much may be ordered in all: the quantity and the tolerance above it."""
    return quantity_grams + share_of(quantity_grams, tolerance_bp)


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def previous_month(day: date) -> date:
    """Return the first day of the month before the one that a day lies in."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def price_text(price_e4: int) -> str:
    """Return a price as papers write it, with two to four places: 42000 is 4.20."""
    text = YUAN_PER_KG.text(price_e4)
    return text[:-2] if text.endswith("00") else text.rstrip("0")


def money_text(fen: int) -> str:
    """Return an amount as papers write it, thousands parted: 1276695 is 12,766.95."""
    whole, _, cents = YUAN.text(abs(fen)).partition(".")
    return f"{'-' if fen < 0 else ''}{int(whole):,}.{cents}"


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def in_capitals(fen: int) -> str:
    """Return an amount as Chinese papers write it so that nobody changes a digit: 壹仟贰佰元伍角整.

    By 票据法's form of writing (支付结算办法, annex 1): 整 after 元 or 角, 零 for digits left out.
    """
    yuan, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif cents and yuan:
        text += "零"
    text += f"{_DIGITS[cents]}分" if cents else "整"
    return ("负" if fen < 0 else "") + (text if text != "整" else "零元整")


def _whole(number: int) -> str:
    """Return a whole number in capitals, four digits at a time."""
    text, gap = "", False
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = number // 10_000**power % 10_000
        if group:
            text += ("零" if text and (gap or group < 1_000) else "") + _group(group) + _GROUPS[power]
        gap = group == 0
    return text


def _group(number: int) -> str:
    text, gap = "", False
    for power in range(3, -1, -1):
        digit = number // 10**power % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _PLACES[power]
            gap = False
        else:
            gap = True
    return text
