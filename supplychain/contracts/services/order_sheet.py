"""Orders as spreadsheets bring them: the lines of one order together, known by the buyer's number or ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import select

from supplychain.base.models.trade_item import TradeItem
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.contracts.queries.visibility import visible
from supplychain.contracts.services import order as orders
from supplychain.contracts.services.order import PlaceOrder, WantedLine
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Conflict, Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome


@dataclass(frozen=True, slots=True)
class OrderLinePaper:
    """One row: the order, which repeats, and one of its lines."""

    contract: str
    ship_to: str
    deliver_on: date
    sku: str
    boxes: int
    grams: int | None = None
    number: str | None = None
    """Ours, on what was exported; None on a new order."""
    buyer_reference: str | None = None
    note: str = ""
    placed_at: datetime | None = None


_OF_LINE = {"sku", "boxes", "grams"}


def key(row: OrderLinePaper) -> object:
    """Return what the rows of one order share."""
    return row.number or (row.contract, row.buyer_reference)


def take(uow: UnitOfWork, rows: Sequence[OrderLinePaper]) -> Outcome:
    """Place the order of these rows unless it was placed before.

    Raises Invalid at the field in which the rows differ or without any number, Conflict when the number
    names other goods, and what placing raises, at the columns of the sheet.
    """
    head = rows[0]
    _check_same_head(rows)
    if head.number is not None:
        return _same_as_before(uow, head.number, rows)
    if head.buyer_reference is None:
        raise Invalid.at(
            "buyer_reference", N_("Give each order your own number, so that it is taken in once.")
        )
    wanted = PlaceOrder(
        head.contract,
        head.deliver_on,
        head.ship_to,
        tuple(WantedLine(row.sku, row.boxes, row.grams) for row in rows),
        head.buyer_reference,
        head.note,
        head.placed_at,
    )
    try:
        return Outcome.CREATED if orders.place(uow, wanted).is_new else Outcome.UNCHANGED
    except Invalid as error:
        raise _at_columns(error) from error


def _check_same_head(rows: Sequence[OrderLinePaper]) -> None:
    for item in fields(OrderLinePaper):
        if item.name not in _OF_LINE and len({getattr(row, item.name) for row in rows}) > 1:
            raise Invalid.at(item.name, N_("The rows of one order differ here."))


def _same_as_before(uow: UnitOfWork, number: str, rows: Sequence[OrderLinePaper]) -> Outcome:
    found = uow.session.execute(
        select(TradeItem.sku, OrderLine.boxes)
        .join(OrderLine, OrderLine.trade_item_id == TradeItem.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.number == number, visible(uow.actor, Order))
    ).all()
    if {tuple(row) for row in found} != {(row.sku, row.boxes) for row in rows}:
        raise Conflict(
            N_("%(order)s is no such order. Leave our number empty to place a new one."), order=number
        )
    return Outcome.UNCHANGED


def _at_columns(error: Invalid) -> Invalid:
    """Return the error at the sheet's columns: `lines.0.boxes` is `boxes`, `at` is `placed_at`."""
    names = {name: name.rsplit(".", 1)[-1] for name in error.fields}
    renamed = {("placed_at" if new == "at" else new): error.fields[old] for old, new in names.items()}
    return Invalid(error.text.msgid, fields=renamed, **error.text.values)
