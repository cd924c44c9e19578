"""Rows for spreadsheets: one per line of a document, all that fit and that the actor may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from supplychain.contracts.queries import contract, delivery, order, price, settlement
from supplychain.contracts.queries.contract import ContractFilter
from supplychain.contracts.queries.delivery import DeliveryFilter, DeliveryRow
from supplychain.contracts.queries.order import OrderFilter
from supplychain.contracts.queries.price import PriceFilter, PriceRow
from supplychain.contracts.queries.settlement import SettlementFilter
from supplychain.kernel.clock import today
from supplychain.kernel.db.paging import MAX_PER_PAGE, Page, PageRequest
from supplychain.kernel.permissions import Actor

R = TypeVar("R")
W = TypeVar("W", bound=PageRequest)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One exported row: what its line does not know, its document does; `instead` goes before both."""

    document: Any
    line: Any
    instead: Mapping[str, object] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Return a column's value."""
        if name in self.instead:
            return self.instead[name]
        return getattr(self.line if hasattr(self.line, name) else self.document, name)


def contracts(session: Session, actor: Actor, wanted: ContractFilter) -> Iterator[SheetLine]:
    """Yield the lines of contracts with their first price; a contract without lines has no row."""
    for rows in _pages(contract.page, session, actor, wanted):
        ids = [row.id for row in rows]
        lines = contract.lines_of(session, ids, today())
        first = price.first(session, ids)
        for row in rows:
            for line in lines.get(row.id, ()):
                priced = replace(line, price_e4=first.get(line.id))
                yield SheetLine(row, priced, {"channel": row.channel_name})


def prices(session: Session, actor: Actor, wanted: PriceFilter) -> Iterator[PriceRow]:
    """Yield prices."""
    for rows in _pages(price.page, session, actor, wanted):
        yield from rows


def orders(session: Session, actor: Actor, wanted: OrderFilter) -> Iterator[SheetLine]:
    """Yield the lines of orders."""
    for rows in _pages(order.page, session, actor, wanted):
        lines = order.lines_of_many(session, [row.id for row in rows])
        for row in rows:
            yield from (SheetLine(row, line) for line in lines.get(row.id, ()))


def deliveries(session: Session, actor: Actor, wanted: DeliveryFilter) -> Iterator[DeliveryRow]:
    """Yield delivered lines."""
    for rows in _pages(delivery.page, session, actor, wanted):
        yield from rows


def settlements(session: Session, actor: Actor, wanted: SettlementFilter) -> Iterator[SheetLine]:
    """Yield the lines of settlements with their reasons."""
    for rows in _pages(settlement.page, session, actor, wanted):
        lines = settlement.lines_of_many(session, [row.id for row in rows])
        for row in rows:
            yield from (SheetLine(row, line) for line in lines.get(row.id, ()))


def _pages(
    query: Callable[[Session, Actor, W], Page[R]], session: Session, actor: Actor, wanted: W
) -> Iterator[Sequence[R]]:
    number = 1
    while True:
        page = query(session, actor, replace(wanted, page=number, per_page=MAX_PER_PAGE))
        yield page.rows
        if number >= page.pages:
            return
        number += 1
