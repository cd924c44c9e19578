"""Orders are placed under a contract, confirmed and cancelled; the contract's quantity is drawn with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, insert, select, update

from supplychain.base.models.party import Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.queries import party as parties
from supplychain.base.services import notice
from supplychain.contracts.events import OrderCancelled, OrderConfirmed
from supplychain.contracts.models.contract import Channel, Contract, ContractLine
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.contracts.queries import price as prices
from supplychain.contracts.rules import ORDER, ContractState, OrderState, orderable, orders_close_at
from supplychain.contracts.services.access import locked, require_buyer, require_seller
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Conflict, Invalid, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import KG, amount_fen

DOCUMENT = "contracts.order"


@dataclass(frozen=True, slots=True)
class WantedLine:
    """Boxes of a trade item; grams only where each box is weighed (the estimate otherwise)."""

    sku: str
    boxes: int
    grams: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """A call-off: these goods at this place (site code) on this day."""

    contract: str
    deliver_on: date
    ship_to: str
    lines: Sequence[WantedLine]
    buyer_reference: str | None = None
    """The buyer's own order number; the same number twice is the same order."""
    note: str = ""
    at: datetime | None = None
    """When it was placed, if that was not now; for those who enter it for somebody else."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The order, and whether it was placed just now or had been before."""

    order: Order
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Line:
    line: ContractLine
    item: TradeItem
    boxes: int
    grams: int


def place(uow: UnitOfWork, command: PlaceOrder) -> Placement:
    """Place an order. Before the channel's cut-off it is confirmed at once; after it waits for the seller.

    The price that counts on the day of delivery is written into the order. The same buyer reference with the
    same content returns the first order. Announces OrderConfirmed when confirmed. Raises Invalid at the field
    to blame, Refused when the contract takes no orders or too little is left, Conflict for a used reference.
    """
    contract = locked(uow, Contract, command.contract, shared=True)
    require_buyer(uow.actor, contract)
    under = _lines_under(uow, contract, command)
    ship_to = parties.site_by_code(uow.session, command.ship_to, field="ship_to")
    first = _placed_before(uow, contract, ship_to, command)
    if first is not None:
        return Placement(first, is_new=False)
    at = _placed_at(uow, command)
    _check_frame(contract, ship_to, command, local_day(at))
    lines = _lines(contract, under, command)
    order = _insert(uow, contract, ship_to, command, lines, at)
    _draw(uow, {line.line.id: line.grams for line in lines})
    audit.record(uow, DOCUMENT, order.id, N_("Placed: %(boxes)s boxes, %(kg)s kg"), **_amount(order))
    channel = uow.session.get_one(Channel, contract.channel_id)
    if at <= orders_close_at(command.deliver_on, channel.cutoff):
        _confirm(uow, order, at)
    else:
        _tell(
            uow,
            order.seller_id,
            order,
            N_("The order %(order)s came after the cut-off. Confirm or cancel it."),
        )
    return Placement(order, is_new=True)


def confirm(uow: UnitOfWork, number: str) -> Order:
    """Confirm an order that waits, for the seller. Announces OrderConfirmed, tells the buyer."""
    order = locked(uow, Order, number)
    require_seller(uow.actor, order)
    ORDER.check(order.state, OrderState.CONFIRMED)
    _confirm(uow, order, uow.now)
    _tell(uow, order.buyer_id, order, N_("The order %(order)s is confirmed."))
    return order


def cancel(uow: UnitOfWork, number: str, reason: str) -> Order:
    """Cancel an order, for either side; the contract gets its quantity back.

    Announces OrderCancelled, which logistics may veto; tells the other side. Raises Invalid at `reason`.
    """
    order = locked(uow, Order, number)
    ORDER.check(order.state, OrderState.CANCELLED)
    if not reason:
        raise Invalid.at("reason", N_("Say why."))
    order.state = OrderState.CANCELLED
    uow.flush()
    _give_back(uow, order)
    audit.record(uow, DOCUMENT, order.id, N_("Cancelled: %(reason)s"), reason=reason)
    uow.publish(OrderCancelled(order.id))
    for party_id in {order.seller_id, order.buyer_id} - {uow.actor.party_id}:
        _tell(uow, party_id, order, N_("The order %(order)s is cancelled: %(reason)s"), reason)
    return order


def _lines_under(
    uow: UnitOfWork, contract: Contract, command: PlaceOrder
) -> Mapping[str, tuple[ContractLine, TradeItem]]:
    """Return the contract's lines that are wanted, by sku, under lock and always in the same order."""
    skus = [line.sku for line in command.lines]
    found = uow.session.execute(
        select(ContractLine, TradeItem)
        .join(TradeItem, TradeItem.id == ContractLine.trade_item_id)
        .where(ContractLine.contract_id == contract.id, TradeItem.sku.in_(skus))
        .order_by(ContractLine.id)
        .with_for_update(of=ContractLine, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {item.sku: (line, item) for line, item in found}


def _placed_before(uow: UnitOfWork, contract: Contract, ship_to: Site, command: PlaceOrder) -> Order | None:
    if command.buyer_reference is None:
        return None
    first = uow.session.scalar(
        select(Order).where(
            Order.buyer_id == contract.buyer_id, Order.buyer_reference == command.buyer_reference
        )
    )
    if first is None:
        return None
    ordered = uow.session.execute(
        select(TradeItem.sku, OrderLine.boxes, OrderLine.grams, TradeItem.net_grams)
        .join(TradeItem, TradeItem.id == OrderLine.trade_item_id)
        .where(OrderLine.order_id == first.id)
    )
    have = {sku: (boxes, grams) for sku, boxes, grams, _ in ordered}
    same = (
        (first.contract_id, first.ship_to_id, first.deliver_on)
        == (contract.id, ship_to.id, command.deliver_on)
        and len(command.lines) == len(have)
        and all(_is_same(line, have.get(line.sku)) for line in command.lines)
    )
    if not same:
        raise Conflict(
            N_("%(reference)s is %(order)s already, with other goods, another place or another day."),
            reference=command.buyer_reference,
            order=first.number,
        )
    return first


def _is_same(line: WantedLine, ordered: tuple[int, int] | None) -> bool:
    return ordered is not None and line.boxes == ordered[0] and line.grams in {None, ordered[1]}


def _placed_at(uow: UnitOfWork, command: PlaceOrder) -> datetime:
    if command.at is None:
        return uow.now
    if not uow.actor.sees_all:
        raise Invalid.at("at", N_("An order counts from when it reaches us."))
    if command.at > uow.now:
        raise Invalid.at("at", N_("This lies in the future."))
    return command.at


def _check_frame(contract: Contract, ship_to: Site, command: PlaceOrder, today: date) -> None:
    if contract.state is not ContractState.ACTIVE:
        raise Refused(N_("%(contract)s takes no orders now."), contract=contract.number)
    if command.deliver_on < today:
        raise Invalid.at("deliver_on", N_("This day is over."))
    if not contract.valid_from <= command.deliver_on <= contract.valid_to:
        raise Invalid.at(
            "deliver_on",
            N_("%(contract)s runs from %(first)s to %(last)s."),
            contract=contract.number,
            first=contract.valid_from.isoformat(),
            last=contract.valid_to.isoformat(),
        )
    if ship_to.party_id != contract.buyer_id or not ship_to.is_active:
        raise Invalid.at("ship_to", N_("%(place)s is no place of the buyer."), place=command.ship_to)


def _lines(
    contract: Contract, under: Mapping[str, tuple[ContractLine, TradeItem]], command: PlaceOrder
) -> list[_Line]:
    if not command.lines:
        raise Invalid.at("lines", N_("At least one line is needed."))
    found: list[_Line] = []
    for index, wanted in enumerate(command.lines):
        field = f"lines.{index}"
        if wanted.sku not in under:
            raise Invalid.at(
                f"{field}.sku",
                N_("%(sku)s is not in %(contract)s."),
                sku=wanted.sku,
                contract=contract.number,
            )
        if any(line.item.sku == wanted.sku for line in found):
            raise Invalid.at(f"{field}.sku", N_("%(sku)s is in this order twice."), sku=wanted.sku)
        line, item = under[wanted.sku]
        found.append(_Line(line, item, wanted.boxes, _grams(wanted, item, field)))
        _check_left(contract, found[-1], field)
    return found


def _grams(wanted: WantedLine, item: TradeItem, field: str) -> int:
    if wanted.boxes <= 0:
        raise Invalid.at(f"{field}.boxes", N_("At least one box."))
    usual = wanted.boxes * item.net_grams
    if wanted.grams is None or wanted.grams == usual:
        return usual
    if not item.is_catch_weight:
        raise Invalid.at(
            f"{field}.grams",
            N_("%(boxes)s × %(net)s kg are %(kg)s kg; the mass follows from the boxes."),
            boxes=wanted.boxes,
            net=KG.short(item.net_grams),
            kg=KG.short(usual),
        )
    if wanted.grams <= 0:
        raise Invalid.at(f"{field}.grams", N_("Must be more than nothing."))
    return wanted.grams


def _check_left(contract: Contract, wanted: _Line, field: str) -> None:
    line = wanted.line
    if line.quantity_grams is None:
        return
    left = orderable(line.quantity_grams, line.tolerance_bp) - line.ordered_grams
    if wanted.grams > left:
        raise Invalid.at(
            f"{field}.boxes",
            N_("Only %(left)s kg of %(item)s are left under %(contract)s; these are %(wanted)s kg."),
            left=KG.short(max(left, 0)),
            item=wanted.item.name_zh,
            contract=contract.number,
            wanted=KG.short(wanted.grams),
        )


def _insert(
    uow: UnitOfWork,
    contract: Contract,
    ship_to: Site,
    command: PlaceOrder,
    lines: Sequence[_Line],
    at: datetime,
) -> Order:
    rows = _rows(uow, contract, command, lines)
    order = Order(
        number=sequence.next_number(uow, "DD", local_day(at)),
        contract_id=contract.id,
        seller_id=contract.seller_id,
        buyer_id=contract.buyer_id,
        buyer_reference=command.buyer_reference,
        ship_to_id=ship_to.id,
        deliver_on=command.deliver_on,
        placed_at=at,
        placed_by=uow.actor.name,
        confirmed_at=None,
        note=command.note,
        boxes=sum(line.boxes for line in lines),
        grams=sum(line.grams for line in lines),
        amount_fen=sum(row["amount_fen"] for row in rows),
        state=ORDER.initial,
    )
    uow.session.add(order)
    uow.flush()
    uow.session.execute(insert(OrderLine), [row | {"order_id": order.id} for row in rows])
    return order


def _rows(
    uow: UnitOfWork, contract: Contract, command: PlaceOrder, lines: Sequence[_Line]
) -> list[dict[str, object]]:
    counting = prices.on_day(uow.session, [line.line.id for line in lines], command.deliver_on)
    for index, line in enumerate(lines):
        if line.line.id not in counting:
            raise Invalid.at(
                f"lines.{index}.sku",
                N_("%(sku)s has no price in %(contract)s for that day."),
                sku=line.item.sku,
                contract=contract.number,
            )
    return [_row(line, counting[line.line.id]) for line in lines]


def _row(wanted: _Line, price_e4: int) -> dict[str, object]:
    return {
        "contract_line_id": wanted.line.id,
        "trade_item_id": wanted.item.id,
        "item_name_zh": wanted.item.name_zh,
        "item_name_en": wanted.item.name_en,
        "grade": wanted.item.grade,
        "boxes": wanted.boxes,
        "grams": wanted.grams,
        "price_e4": price_e4,
        "amount_fen": amount_fen(wanted.grams, price_e4),
        "delivered_grams": 0,
    }


def _confirm(uow: UnitOfWork, order: Order, at: datetime) -> None:
    order.state, order.confirmed_at = OrderState.CONFIRMED, at
    uow.flush()
    audit.record(uow, DOCUMENT, order.id, N_("Confirmed"))
    uow.publish(OrderConfirmed(order.id, order.seller_id, order.buyer_id))


def _give_back(uow: UnitOfWork, order: Order) -> None:
    ordered = {
        line_id: -grams
        for line_id, grams in uow.session.execute(
            select(OrderLine.contract_line_id, OrderLine.grams).where(OrderLine.order_id == order.id)
        )
    }
    uow.session.execute(
        select(ContractLine.id)
        .where(ContractLine.id.in_(ordered))
        .order_by(ContractLine.id)
        .with_for_update(key_share=True)
    )
    _draw(uow, ordered)


def _draw(uow: UnitOfWork, grams: Mapping[int, int]) -> None:
    """Count what is ordered on contract lines that are locked already; negative is given back."""
    uow.session.execute(
        update(ContractLine)
        .where(ContractLine.id.in_(grams))
        .values(ordered_grams=ContractLine.ordered_grams + case(grams, value=ContractLine.id)),
        execution_options={"synchronize_session": False},
    )


def _amount(order: Order) -> dict[str, object]:
    return {"boxes": order.boxes, "kg": KG.short(order.grams)}


def _tell(uow: UnitOfWork, party_id: int, order: Order, message: str, reason: str = "") -> None:
    key = f"order:{order.id}:{order.state.value}:{party_id}"
    path = f"/orders/{order.number}"
    notice.tell(uow, party_id, key, message, path, order=order.number, reason=reason)
