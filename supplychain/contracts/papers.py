"""Papers of contracts on A4: a contract, an order, a settlement statement explained line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from supplychain.base.queries.party import PartyRow
from supplychain.contracts.queries.contract import ContractLineRow, ContractRow
from supplychain.contracts.queries.order import OrderLineRow, OrderRow
from supplychain.contracts.queries.settlement import SettlementLineRow, SettlementRow
from supplychain.contracts.rules import (
    CONTRACT,
    ORDER,
    SETTLEMENT,
    ContractState,
    OrderState,
    in_capitals,
)
from supplychain.kernel.documents import pdf
from supplychain.kernel.documents.pdf import (
    Align,
    Column,
    Facts,
    Paper,
    Prose,
    Signature,
    Signatures,
    Table,
)
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.web.wording import count, kg, moment, percent, price, yuan


@dataclass(frozen=True, slots=True)
class Sheet:
    """What every paper needs beside its document: both parties, when it is printed, its live page."""

    seller: PartyRow
    buyer: PartyRow
    printed_at: datetime
    link: str


def settlement(row: SettlementRow, lines: Sequence[SettlementLineRow], sheet: Sheet) -> bytes:
    """Return a settlement statement as PDF."""
    table = Table(
        _columns(
            (N_("No."), 6, Align.LEFT),
            (N_("Goods and how the amount comes about"), 62, Align.LEFT),
            (N_("Received on"), 18, Align.LEFT),
            (N_("Payable kg"), 16, Align.RIGHT),
            (N_("Yuan/kg"), 13, Align.RIGHT),
            (N_("Amount in yuan"), 20, Align.RIGHT),
        ),
        tuple(_settlement_line(line) for line in lines),
        ((gettext(N_("To be paid")), "", "", "", "", yuan(row.total_fen)),),
    )
    facts = (
        *_parties(sheet),
        (gettext(N_("Contract")), row.contract),
        (gettext(N_("Month to settle")), row.month),
        (gettext(N_("Goods' value")), f"{yuan(row.goods_fen)} 元"),
        (gettext(N_("Commission")), f"{yuan(row.commission_fen)} 元"),
        (gettext(N_("To be paid")), f"{yuan(row.total_fen)} 元"),
        (gettext(N_("In capitals")), in_capitals(row.total_fen)),
        (gettext(N_("Payment due")), row.due_on.isoformat()),
        (gettext(N_("State")), str(SETTLEMENT.label(row.state))),
    )
    return _print(N_("Settlement statement"), row.number, sheet, (Facts(facts), table, _signatures(sheet)))


def order(row: OrderRow, lines: Sequence[OrderLineRow], sheet: Sheet) -> bytes:
    """Return an order as PDF."""
    table = Table(
        _columns(
            (N_("Goods"), 58, Align.LEFT),
            (N_("Boxes"), 14, Align.RIGHT),
            (N_("Ordered kg"), 20, Align.RIGHT),
            (N_("Yuan/kg"), 16, Align.RIGHT),
            (N_("Amount in yuan"), 24, Align.RIGHT),
        ),
        tuple(
            (
                f"{line.item_name}\n{line.sku}",
                count(line.boxes),
                kg(line.grams),
                price(line.price_e4),
                yuan(line.amount_fen),
            )
            for line in lines
        ),
        ((gettext(N_("Total")), count(row.boxes), kg(row.grams), "", yuan(row.amount_fen)),),
    )
    facts = (
        *_parties(sheet),
        (gettext(N_("Deliver on")), row.deliver_on.isoformat()),
        (gettext(N_("Deliver to")), row.ship_to_name),
        (gettext(N_("Contract")), row.contract),
        (gettext(N_("Buyer's order number")), row.buyer_reference or ""),
        (gettext(N_("Ordered at")), f"{moment(row.placed_at)} {row.placed_by_whom}"),
        (gettext(N_("Note")), row.note),
    )
    mark = str(ORDER.label(row.state)) if row.state in {OrderState.PLACED, OrderState.CANCELLED} else ""
    return _print(N_("Call-off"), row.number, sheet, (Facts(facts), table), mark)


def contract(row: ContractRow, lines: Sequence[ContractLineRow], sheet: Sheet) -> bytes:
    """Return a contract's terms and goods as PDF."""
    days = N_("%(days)s days")
    facts = (
        *_parties(sheet),
        (gettext(N_("Channel")), row.channel_name),
        (gettext(N_("Signed on")), row.signed_on.isoformat()),
        (gettext(N_("Valid from")), row.valid_from.isoformat()),
        (gettext(N_("Valid to")), row.valid_to.isoformat()),
        (gettext(N_("Term of payment")), gettext(days, days=row.payment_days)),
        (gettext(N_("Loss in transit borne by the buyer")), f"{percent(row.loss_allowance_bp)}%"),
        (gettext(N_("Commission")), f"{percent(row.commission_bp)}%"),
        (
            gettext(N_("Least days left before best-before")),
            gettext(days, days=row.min_remaining_life_days),
        ),
    )
    table = Table(
        _columns(
            (N_("Goods"), 58, Align.LEFT),
            (N_("Contracted kg"), 24, Align.RIGHT),
            (N_("Tolerance above"), 18, Align.RIGHT),
            (N_("Yuan/kg"), 18, Align.RIGHT),
        ),
        tuple(_contract_line(line) for line in lines),
    )
    terms = Prose(
        gettext(
            N_(
                "What was shipped and lost in transit beyond the buyer's share is the seller's. "
                "Goods are weighed in and inspected on arrival; what is refused is written down with "
                "its reason and is not paid. Months are settled on the first of the next; the term of "
                "payment runs from the settlement."
            )
        ),
        gettext(N_("Delivery and settlement")),
    )
    mark = "" if row.state is ContractState.ACTIVE else str(CONTRACT.label(row.state))
    note = (Prose(row.note, gettext(N_("Note"))),) if row.note else ()
    parts = (Facts(facts), table, terms, *note, _signatures(sheet))
    return _print(row.title, row.number, sheet, parts, mark)


def _print(title: str, number: str, sheet: Sheet, parts: tuple[pdf.Part, ...], mark: str = "") -> bytes:
    issuer = sheet.seller.name
    return pdf.render(Paper(gettext(title), number, sheet.printed_at, parts, issuer, sheet.link, mark))


def _parties(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    return (
        (gettext(N_("Seller")), f"{sheet.seller.name}\n{sheet.seller.uscc or ''}".strip()),
        (gettext(N_("Buyer")), f"{sheet.buyer.name}\n{sheet.buyer.uscc or ''}".strip()),
    )


def _signatures(sheet: Sheet) -> Signatures:
    return Signatures(
        (
            Signature(gettext(N_("Seller")), sheet.seller.name),
            Signature(gettext(N_("Buyer")), sheet.buyer.name),
        )
    )


def _columns(*columns: tuple[str, int, Align]) -> tuple[Column, ...]:
    return tuple(Column(gettext(title), share, align) for title, share, align in columns)


def _settlement_line(line: SettlementLineRow) -> tuple[str, ...]:
    if not line.item:
        return (
            str(line.position),
            f"{gettext(N_('Commission'))}\n{line.explanation}",
            "",
            "",
            "",
            yuan(line.amount_fen),
        )
    return (
        str(line.position),
        f"{line.item}\n{line.explanation}{line.refusal}",
        f"{line.facts['received_on']}\n{line.facts['order']}",
        kg(line.payable_grams),
        price(line.price_e4),
        yuan(line.amount_fen),
    )


def _contract_line(line: ContractLineRow) -> tuple[str, ...]:
    return (
        f"{line.item_name}\n{line.sku}",
        kg(line.quantity_grams),
        f"{percent(line.tolerance_bp)}%" if line.quantity_grams else "–",
        price(line.price_e4 or line.next_price_e4),
    )
