"""Pages of orders and deliveries: lists, the document, the order form of a contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.queries import party as parties
from supplychain.contracts.permissions import ORDER_CANCEL, ORDER_CONFIRM, ORDER_PLACE, ORDER_READ
from supplychain.contracts.queries import channel as channels
from supplychain.contracts.queries import contract as contracts
from supplychain.contracts.queries import delivery as deliveries
from supplychain.contracts.queries import order as orders
from supplychain.contracts.queries.contract import ContractRow
from supplychain.contracts.queries.order import OrderRow
from supplychain.contracts.rules import ORDER, OrderState
from supplychain.contracts.schemas.common import ReasonIn
from supplychain.contracts.schemas.delivery import DeliveryFilterIn
from supplychain.contracts.schemas.order import OrderFilterIn, OrderFormIn
from supplychain.contracts.services import order as service
from supplychain.contracts.services.order import Placement, PlaceOrder
from supplychain.kernel import clock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage

DAY = timedelta(days=1)

bp = Blueprint("orders", __name__, template_folder="../templates")


def _channels(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return channels.choices(session)


ORDERS = ListPage(
    title=N_("Orders"),
    filter=OrderFilterIn,
    query=orders.page,
    columns=(
        Column("number", N_("Order"), sort="number", lead=True),
        Column("buyer_name", N_("Buyer"), sort="buyer"),
        Column("ship_to_name", N_("Deliver to")),
        Column("deliver_on", N_("Deliver on"), "day", sort="deliver_on"),
        Column("boxes", N_("Boxes"), "count", sort="boxes", total=True),
        Column("grams", N_("Ordered mass"), "kg", unit="kg", sort="grams", total=True),
        Column("amount_fen", N_("Amount"), "yuan", unit="元", sort="amount_fen", total=True),
        Column("state", N_("State"), labels=ORDER.labels),
    ),
    empty=N_("Orders stand here. A buyer places one from its contract."),
    row_url=lambda row: url_for("orders.order", number=row.number),
    actions=(Action(N_("Place an order"), "orders.choose", ORDER_PLACE),),
    sheet="orders",
    search=N_("Number, buyer or place"),
    options={"channel": _channels, "buyer": contracts.buyer_choices, "contract": contracts.choices},
)

DELIVERIES = ListPage(
    title=N_("Delivery records"),
    filter=DeliveryFilterIn,
    query=deliveries.page,
    columns=(
        Column("number", N_("Delivery record"), lead=True, sort="number"),
        Column("order", N_("Order")),
        Column("buyer_name", N_("Buyer")),
        Column("received_at", N_("Received at"), "moment", sort="received_at"),
        Column("item_name", N_("Goods"), sort="sku"),
        Column("shipped_grams", N_("Sent"), "kg", unit="kg", total=True),
        Column("accepted_grams", N_("Taken in"), "kg", unit="kg", total=True),
        Column("rejected_grams", N_("Turned away"), "kg", unit="kg", total=True),
        Column("loss_grams", N_("Lost on the way"), "kg", unit="kg", total=True),
        Column("amount_fen", N_("Amount"), "yuan", unit="元", total=True),
    ),
    empty=N_("What gates took in stands here, written down with each receipt."),
    row_url=lambda row: url_for("orders.order", number=row.order),
    sheet="deliveries",
    search=N_("Number, order, shipment or goods"),
    options={"contract": contracts.choices},
)


@bp.get("/orders")
@endpoint.permit(ORDER_READ)
def order_list() -> str:
    """List orders."""
    return ORDERS.render()


@bp.get("/deliveries")
@endpoint.permit(ORDER_READ)
def delivery_list() -> str:
    """List what was delivered."""
    return DELIVERIES.render()


@bp.get("/orders/new")
@endpoint.permit(ORDER_PLACE)
def choose() -> ResponseReturnValue:
    """Choose the contract to order under; the only one is chosen already."""
    found = contracts.to_order_under(endpoint.session(), endpoint.actor())
    if len(found) == 1:
        return redirect(url_for("orders.place", number=found[0].number), 303)
    return render_template("contracts/choose.html", contracts=found)


@bp.route("/contracts/<number>/order", methods=["GET", "POST"])
@endpoint.permit(ORDER_PLACE)
def place(number: str) -> ResponseReturnValue:
    """Place an order under a contract."""
    session, actor = endpoint.session(), endpoint.actor()
    row = contracts.one(session, actor, number)
    lines = contracts.lines(session, row.id, clock.today())
    form = FormPage(
        title=N_("Place an order"),
        shape=OrderFormIn,
        act=_place,
        then=lambda placed: url_for("orders.order", number=placed.order.number),
        verb=N_("Send the order"),
        options={"ship_to": lambda session, actor: parties.site_choices(session, row.buyer_id)},
        defaults=lambda session, actor: _defaults(session, actor, row),
        hidden=("contract",),
        template="contracts/order_form.html",
    )
    channel = channels.by_code(session, row.channel)
    return form.handle(row=row, lines={line.sku: line for line in lines}, cutoff=f"{channel.cutoff:%H:%M}")


@bp.get("/orders/<number>")
@endpoint.permit(ORDER_READ)
def order(number: str) -> str:
    """Show an order with what came of it."""
    session, actor = endpoint.session(), endpoint.actor()
    row = orders.one(session, actor, number)
    found = Document(
        kind="contracts.order",
        id=row.id,
        number=row.number,
        title=N_("Orders"),
        list_endpoint="orders.order_list",
        subtitle=f"{row.buyer_name} · {row.ship_to_name}",
        facts=_facts(row),
        states=ORDER,
        state=row.state,
        acts=_acts(actor, row),
        papers=(Paper(N_("Call-off"), url_for("contract_papers.order", number=number)),),
    )
    return documents.render(
        found,
        "contracts/order.html",
        row=row,
        lines=orders.lines_of(session, row.id),
        deliveries=deliveries.of_order(session, row.id),
    )


@bp.post("/orders/<number>/confirm")
@endpoint.permit(ORDER_CONFIRM)
def confirm(number: str) -> ResponseReturnValue:
    """Confirm an order that waits."""
    return documents.perform(
        lambda uow: service.confirm(uow, number),
        done=N_("The order is confirmed."),
        to="orders.order",
        number=number,
    )


@bp.route("/orders/<number>/cancel", methods=["GET", "POST"])
@endpoint.permit(ORDER_CANCEL)
def cancel(number: str) -> ResponseReturnValue:
    """Cancel an order, with the reason."""
    row = orders.one(endpoint.session(), endpoint.actor(), number)
    return FormPage(
        title=N_("Cancel the order"),
        intro=number,
        shape=ReasonIn,
        about=("contracts.order", row.id),
        act=lambda uow, values: service.cancel(uow, number, values["reason"]),
        then=lambda _: url_for("orders.order", number=number),
        verb=N_("Cancel the order"),
    ).handle()


def _place(uow: UnitOfWork, command: PlaceOrder) -> Placement:
    """Place what has boxes; errors stay at the lines of the form."""
    wanted = [index for index, line in enumerate(command.lines) if line.boxes]
    if not wanted:
        raise Invalid.at("lines", N_("Write down how many boxes of at least one item."))
    try:
        return service.place(uow, replace(command, lines=tuple(command.lines[index] for index in wanted)))
    except Invalid as error:
        fields = {_at_line(name, wanted): texts for name, texts in error.fields.items()}
        raise Invalid(error.text.msgid, fields=fields, **error.text.values) from error


def _at_line(name: str, wanted: Sequence[int]) -> str:
    parts = name.split(".")
    return ".".join([parts[0], str(wanted[int(parts[1])]), *parts[2:]]) if len(parts) > 2 else name


def _defaults(session: Session, actor: Actor, row: ContractRow) -> dict[str, Any]:
    last = orders.last_boxes(session, actor, row.number)
    sites = parties.site_choices(session, row.buyer_id)
    return {
        "contract": row.number,
        "deliver_on": max(row.valid_from, clock.today() + DAY),
        "ship_to": orders.last_ship_to(session, actor, row.number) or (sites[0][0] if sites else ""),
        "lines": [
            {"sku": line.sku, "boxes": last.get(line.sku, "")}
            for line in contracts.lines(session, row.id, clock.today())
        ],
    }


def _facts(row: OrderRow) -> tuple[Fact, ...]:
    return (
        Fact(N_("Deliver on"), row.deliver_on, "day"),
        Fact(N_("Deliver to"), row.ship_to_name),
        Fact(N_("Boxes"), row.boxes, "count"),
        Fact(N_("Ordered mass"), row.grams, "kg", "kg"),
        Fact(N_("Amount"), row.amount_fen, "yuan", "元"),
        Fact(N_("Contract"), row.contract, url=url_for("contracts.contract", number=row.contract)),
        Fact(N_("Seller"), row.seller_name),
        Fact(N_("Buyer"), row.buyer_name),
        Fact(N_("Buyer's order number"), row.buyer_reference),
        Fact(N_("Ordered at"), row.placed_at, "moment", note=row.placed_by_whom),
        *((Fact(N_("Note"), row.note),) if row.note else ()),
    )


def _acts(actor: Actor, row: OrderRow) -> list[Act]:
    is_seller = actor.sees_all or actor.party_id == row.seller_id
    is_buyer = actor.sees_all or actor.party_id == row.buyer_id
    found: list[Act] = []
    if is_seller and row.state is OrderState.PLACED:
        confirm = url_for("orders.confirm", number=row.number)
        found.append(Act(N_("Confirm the order"), confirm, ORDER_CONFIRM, primary=True, icon="check"))
    if is_buyer:
        again = url_for("orders.place", number=row.contract)
        found.append(Act(N_("Order again"), again, ORDER_PLACE, posts=False, icon="refresh"))
    if not ORDER.is_final(row.state):
        possible = ORDER.allows(row.state, OrderState.CANCELLED)
        why = "" if possible else Text(N_("Goods have come already."))
        url = url_for("orders.cancel", number=row.number)
        found.append(Act(N_("Cancel the order"), url, ORDER_CANCEL, why, posts=False, danger=True))
    return found
