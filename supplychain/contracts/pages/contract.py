"""Pages of contracts and prices: lists, the document, and the forms that change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.queries import party as parties
from supplychain.base.queries import trade_item as items
from supplychain.base.rules import PartyKind
from supplychain.contracts.permissions import CONTRACT_DECIDE, CONTRACT_READ, CONTRACT_WRITE, ORDER_PLACE
from supplychain.contracts.queries import channel as channels
from supplychain.contracts.queries import contract as contracts
from supplychain.contracts.queries import price as prices
from supplychain.contracts.queries.contract import ContractLineRow, ContractRow
from supplychain.contracts.rules import CONTRACT, PRICE, ContractState
from supplychain.contracts.schemas.common import ReasonIn
from supplychain.contracts.schemas.contract import ContractFilterIn, LineOnlyIn, TermsIn
from supplychain.contracts.schemas.price import PriceFilterIn, PriceOnlyIn
from supplychain.contracts.services import contract as service
from supplychain.contracts.services import line as line_service
from supplychain.contracts.services import price as price_service
from supplychain.contracts.services.line import PutLine
from supplychain.contracts.services.price import SchedulePrice
from supplychain.kernel import clock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_, Text, locale
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage

bp = Blueprint("contracts", __name__, template_folder="../templates")

BUYERS = (
    PartyKind.MARKET,
    PartyKind.SUPERMARKET,
    PartyKind.COMMUNITY,
    PartyKind.ENTERPRISE,
    PartyKind.AUTHORITY,
)


def _channels(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return channels.choices(session)


def _first_terms(session: Session, actor: Actor) -> dict[str, Any]:
    today = clock.today()
    own = contracts.seller_choices(session, actor)
    return {
        "seller": own[0][0] if len(own) == 1 else "",
        "signed_on": today,
        "valid_from": today,
        "valid_to": today.replace(month=12, day=31),
    }


def _name(row: Any) -> str:
    return str(row.item_name_zh if locale().startswith("zh") else row.item_name_en)


CONTRACTS = ListPage(
    title=N_("Contracts"),
    filter=ContractFilterIn,
    query=contracts.page,
    columns=(
        Column("number", N_("Contract"), sort="number", lead=True),
        Column("title", N_("Contract title"), sort="title"),
        Column("channel_name", N_("Channel")),
        Column("seller_name", N_("Seller"), sort="seller"),
        Column("buyer_name", N_("Buyer"), sort="buyer"),
        Column("valid_from", N_("Valid from"), "day", sort="valid_from"),
        Column("valid_to", N_("Valid to"), "day", sort="valid_to"),
        Column("state", N_("State"), labels=CONTRACT.labels),
    ),
    empty=N_(
        "Contracts with markets, supermarkets, communities and enterprises stand here. Draft the first."
    ),
    row_url=lambda row: url_for("contracts.contract", number=row.number),
    actions=(Action(N_("Draft a contract"), "contracts.draft", CONTRACT_WRITE),),
    sheet="contracts",
    search=N_("Number, title or party"),
    options={"channel": _channels, "party": contracts.party_choices},
)

PRICES = ListPage(
    title=N_("Prices"),
    filter=PriceFilterIn,
    query=prices.page,
    columns=(
        Column("item", N_("Goods"), value=_name, sort="sku", lead=True),
        Column("contract", N_("Contract"), sort="contract"),
        Column("seller_name", N_("Seller")),
        Column("buyer_name", N_("Buyer")),
        Column("effective_on", N_("Counts from"), "day", sort="effective_on"),
        Column("price_e4", N_("Price"), "price", unit="元/kg", sort="price_e4"),
        Column("state", N_("State"), labels=PRICE.labels),
    ),
    empty=N_("Prices stand here once a contract has lines. Import a price list from a spreadsheet."),
    row_url=lambda row: url_for("contracts.contract", number=row.contract),
    sheet="prices",
    search=N_("Goods or contract"),
    options={"contract": contracts.choices, "sku": contracts.item_choices},
)

TERMS = FormPage(
    title=N_("Draft a contract"),
    intro=N_("What is left empty is filled in from the channel's usual terms."),
    shape=TermsIn,
    act=service.draft,
    then=lambda contract: url_for("contracts.contract", number=contract.number),
    verb=N_("Draft the contract"),
    options={
        "channel": _channels,
        "seller": contracts.seller_choices,
        "buyer": lambda session, actor: parties.choices(session, BUYERS),
    },
    defaults=_first_terms,
)


@bp.get("/contracts")
@endpoint.permit(CONTRACT_READ)
def contract_list() -> str:
    """List contracts."""
    return CONTRACTS.render()


@bp.get("/prices")
@endpoint.permit(CONTRACT_READ)
def price_list() -> str:
    """List prices."""
    return PRICES.render()


@bp.route("/contracts/new", methods=["GET", "POST"])
@endpoint.permit(CONTRACT_WRITE)
def draft() -> ResponseReturnValue:
    """Draft a contract."""
    return TERMS.handle()


@bp.get("/contracts/<number>")
@endpoint.permit(CONTRACT_READ)
def contract(number: str) -> str:
    """Show a contract with its lines and prices."""
    session, actor = endpoint.session(), endpoint.actor()
    row = contracts.one(session, actor, number)
    lines = contracts.lines(session, row.id, clock.today())
    found = Document(
        kind="contracts.contract",
        id=row.id,
        number=row.number,
        title=N_("Contracts"),
        list_endpoint="contracts.contract_list",
        subtitle=row.title,
        facts=_facts(row),
        states=CONTRACT,
        state=row.state,
        acts=_acts(actor, row, lines),
        papers=(Paper(N_("Contract"), url_for("contract_papers.contract", number=number)),),
    )
    return documents.render(
        found,
        "contracts/contract.html",
        row=row,
        lines=lines,
        prices=prices.of_contract(session, row.id),
        price_labels=PRICE.labels,
        may_change=_is_seller(actor, row) and actor.may(CONTRACT_WRITE) and not CONTRACT.is_final(row.state),
    )


@bp.route("/contracts/<number>/edit", methods=["GET", "POST"])
@endpoint.permit(CONTRACT_WRITE)
def edit(number: str) -> ResponseReturnValue:
    """Change the terms of a draft."""
    row = contracts.one(endpoint.session(), endpoint.actor(), number)
    return FormPage(
        title=N_("Change the terms"),
        shape=TermsIn,
        about=("contracts.contract", row.id),
        act=lambda uow, command: service.revise(uow, number, command),
        then=lambda _: url_for("contracts.contract", number=number),
        verb=N_("Keep the terms"),
        options=TERMS.options,
        defaults=lambda session, actor: _values(contracts.one(session, actor, number)),
        hidden=("number",),
    ).handle()


@bp.route("/contracts/<number>/line", methods=["GET", "POST"])
@endpoint.permit(CONTRACT_WRITE)
def line(number: str) -> ResponseReturnValue:
    """Put a line into a contract, or change one."""
    row = contracts.one(endpoint.session(), endpoint.actor(), number)
    return FormPage(
        title=N_("Put a line into the contract"),
        intro=f"{row.number} · {row.title}",
        shape=LineOnlyIn,
        about=("contracts.contract", row.id),
        act=lambda uow, values: line_service.put(uow, PutLine(number, **values)),
        then=lambda _: url_for("contracts.contract", number=number),
        verb=N_("Keep the line"),
        options={"sku": lambda session, actor: items.choices(session, row.seller_id)},
    ).handle()


@bp.route("/contracts/<number>/price", methods=["GET", "POST"])
@endpoint.permit(CONTRACT_WRITE)
def price(number: str) -> ResponseReturnValue:
    """Set a price from a day on."""
    session, actor = endpoint.session(), endpoint.actor()
    row = contracts.one(session, actor, number)
    lines = contracts.lines(session, row.id, clock.today())
    return FormPage(
        title=N_("Set a price from a day on"),
        intro=f"{row.number} · {row.title}",
        shape=PriceOnlyIn,
        about=("contracts.contract", row.id),
        act=lambda uow, values: price_service.schedule(uow, SchedulePrice(number, **values)),
        then=lambda _: url_for("contracts.contract", number=number),
        verb=N_("Set the price"),
        options={"sku": lambda session, actor: [(line.sku, line.item_name) for line in lines]},
        defaults=lambda session, actor: {"effective_on": max(row.valid_from, clock.today())},
    ).handle()


@bp.post("/contracts/<number>/line/<sku>/remove")
@endpoint.permit(CONTRACT_WRITE)
def remove_line(number: str, sku: str) -> ResponseReturnValue:
    """Take a line out of a draft."""
    return _perform(number, lambda uow: line_service.remove(uow, number, sku), N_("The line is out."))


@bp.post("/contracts/<number>/activate")
@endpoint.permit(CONTRACT_DECIDE)
def activate(number: str) -> ResponseReturnValue:
    """Let orders be placed."""
    return _perform(number, lambda uow: service.activate(uow, number), N_("The contract is active."))


@bp.route("/contracts/<number>/<any(suspend, end, cancel):what>", methods=["GET", "POST"])
@endpoint.permit(CONTRACT_DECIDE)
def stop(number: str, what: str) -> ResponseReturnValue:
    """Suspend, end or throw away a contract, with the reason."""
    row = contracts.one(endpoint.session(), endpoint.actor(), number)
    act, title = STOPS[what]
    return FormPage(
        title=title,
        intro=number,
        shape=ReasonIn,
        about=("contracts.contract", row.id),
        act=lambda uow, values: act(uow, number, values["reason"]),
        then=lambda _: url_for("contracts.contract", number=number),
        verb=title,
    ).handle()


STOPS: dict[str, tuple[Callable[[UnitOfWork, str, str], object], str]] = {
    "suspend": (service.suspend, N_("Suspend the contract")),
    "end": (service.end, N_("End the contract")),
    "cancel": (service.cancel, N_("Throw the draft away")),
}


def _perform(number: str, act: Callable[[UnitOfWork], object], done: str) -> ResponseReturnValue:
    return documents.perform(act, done=done, to="contracts.contract", number=number)


def _facts(row: ContractRow) -> tuple[Fact, ...]:
    return (
        Fact(N_("Seller"), row.seller_name),
        Fact(N_("Buyer"), row.buyer_name),
        Fact(N_("Channel"), row.channel_name),
        Fact(N_("Signed on"), row.signed_on, "day"),
        Fact(N_("Valid from"), row.valid_from, "day"),
        Fact(N_("Valid to"), row.valid_to, "day"),
        Fact(N_("Term of payment"), Text(N_("%(days)s days"), {"days": row.payment_days})),
        Fact(N_("Loss in transit borne by the buyer"), row.loss_allowance_bp, "percent", "%"),
        Fact(N_("Commission"), row.commission_bp, "percent", "%"),
        Fact(
            N_("Least days left before best-before"),
            Text(N_("%(days)s days"), {"days": row.min_remaining_life_days}),
        ),
        *((Fact(N_("Note"), row.note),) if row.note else ()),
    )


def _is_seller(actor: Actor, row: ContractRow) -> bool:
    return actor.sees_all or actor.party_id == row.seller_id


def _acts(actor: Actor, row: ContractRow, lines: Sequence[ContractLineRow]) -> list[Act]:
    found = []
    if actor.sees_all or actor.party_id == row.buyer_id:
        why = "" if row.state is ContractState.ACTIVE else Text(N_("The contract is not active."))
        url = url_for("orders.place", number=row.number)
        found.append(Act(N_("Place an order"), url, ORDER_PLACE, why, posts=False, primary=True))
    if _is_seller(actor, row):
        found += _seller_acts(row, lines)
    return found


def _seller_acts(row: ContractRow, lines: Sequence[ContractLineRow]) -> list[Act]:
    to = partial(url_for, number=row.number)
    unpriced = not any(line.price_e4 or line.next_price_e4 for line in lines)
    put = Act(N_("Add a line"), to("contracts.line"), CONTRACT_WRITE, posts=False, icon="plus")
    price = Act(N_("Set a price"), to("contracts.price"), CONTRACT_WRITE, posts=False)
    end = Act(
        N_("End the contract"), to("contracts.stop", what="end"), CONTRACT_DECIDE, posts=False, danger=True
    )
    if row.state is ContractState.DRAFT:
        why = Text(N_("At least one line needs a price.")) if unpriced else ""
        return [
            Act(N_("Activate the contract"), to("contracts.activate"), CONTRACT_DECIDE, why, primary=not why),
            put,
            Act(N_("Change the terms"), to("contracts.edit"), CONTRACT_WRITE, posts=False, icon="edit"),
            Act(
                N_("Throw the draft away"),
                to("contracts.stop", what="cancel"),
                CONTRACT_DECIDE,
                posts=False,
                danger=True,
            ),
        ]
    if row.state is ContractState.ACTIVE:
        suspend = Act(
            N_("Suspend the contract"), to("contracts.stop", what="suspend"), CONTRACT_DECIDE, posts=False
        )
        return [put, price, suspend, end]
    if row.state is ContractState.SUSPENDED:
        resume = Act(N_("Take orders again"), to("contracts.activate"), CONTRACT_DECIDE, primary=True)
        return [resume, put, price, end]
    return []


def _values(row: ContractRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in TermsIn().fields}
