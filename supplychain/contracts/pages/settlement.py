"""Pages of settlements: the list, the document explained line by line, issuing one by hand."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from supplychain.contracts.permissions import SETTLEMENT_CONFIRM, SETTLEMENT_ISSUE, SETTLEMENT_READ
from supplychain.contracts.queries import contract as contracts
from supplychain.contracts.queries import settlement as settlements
from supplychain.contracts.queries.settlement import SettlementRow
from supplychain.contracts.rules import SETTLEMENT, SettlementState, previous_month
from supplychain.contracts.schemas.settlement import SettlementFilterIn, SettlementIn
from supplychain.contracts.services import settlement as service
from supplychain.kernel import clock
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage

bp = Blueprint("settlements", __name__, template_folder="../templates")

SETTLEMENTS = ListPage(
    title=N_("Settlements"),
    filter=SettlementFilterIn,
    query=settlements.page,
    columns=(
        Column("number", N_("Settlement"), sort="number", lead=True),
        Column("month", N_("Month to settle"), sort="period_start"),
        Column("contract", N_("Contract")),
        Column("seller_name", N_("Seller")),
        Column("buyer_name", N_("Buyer")),
        Column("goods_fen", N_("Goods' value"), "yuan", unit="元", total=True),
        Column("commission_fen", N_("Commission"), "yuan", unit="元", total=True),
        Column("total_fen", N_("To be paid"), "yuan", unit="元", sort="total_fen", total=True),
        Column("due_on", N_("Payment due"), "day", sort="due_on"),
        Column("state", N_("State"), labels=SETTLEMENT.labels),
    ),
    empty=N_("Each contract's month is settled here on the first of the next, by itself."),
    row_url=lambda row: url_for("settlements.settlement", number=row.number),
    actions=(Action(N_("Settle a month"), "settlements.issue", SETTLEMENT_ISSUE),),
    sheet="settlements",
    search=N_("Number, contract or party"),
    options={"contract": contracts.choices, "party": contracts.party_choices},
)

ISSUE = FormPage(
    title=N_("Settle a month"),
    intro=N_("Only what was received and is in no settlement yet. A month that is settled stays as it is."),
    shape=SettlementIn,
    act=service.issue,
    then=lambda settlement: url_for("settlements.settlement", number=settlement.number),
    verb=N_("Issue the settlement"),
    options={"contract": contracts.choices},
    defaults=lambda session, actor: {"month": previous_month(clock.today())},
)


@bp.get("/settlements")
@endpoint.permit(SETTLEMENT_READ)
def settlement_list() -> str:
    """List settlements."""
    return SETTLEMENTS.render()


@bp.route("/settlements/new", methods=["GET", "POST"])
@endpoint.permit(SETTLEMENT_ISSUE)
def issue() -> ResponseReturnValue:
    """Settle a month of a contract by hand."""
    return ISSUE.handle()


@bp.get("/settlements/<number>")
@endpoint.permit(SETTLEMENT_READ)
def settlement(number: str) -> str:
    """Show a settlement and how each amount comes about."""
    session, actor = endpoint.session(), endpoint.actor()
    row = settlements.one(session, actor, number)
    found = Document(
        kind="contracts.settlement",
        id=row.id,
        number=row.number,
        title=N_("Settlements"),
        list_endpoint="settlements.settlement_list",
        subtitle=f"{row.seller_name} → {row.buyer_name} · {row.month}",
        facts=_facts(row),
        states=SETTLEMENT,
        state=row.state,
        acts=_acts(actor, row),
        papers=(Paper(N_("Settlement statement"), url_for("contract_papers.settlement", number=number)),),
    )
    return documents.render(
        found, "contracts/settlement.html", row=row, lines=settlements.lines(session, row.id)
    )


@bp.post("/settlements/<number>/confirm")
@endpoint.permit(SETTLEMENT_CONFIRM)
def confirm(number: str) -> ResponseReturnValue:
    """Agree to a settlement."""
    return documents.perform(
        lambda uow: service.confirm(uow, number),
        done=N_("The settlement is confirmed."),
        to="settlements.settlement",
        number=number,
    )


@bp.post("/settlements/<number>/paid")
@endpoint.permit(SETTLEMENT_ISSUE)
def paid(number: str) -> ResponseReturnValue:
    """Write down that the money came."""
    return documents.perform(
        lambda uow: service.mark_paid(uow, number),
        done=N_("The payment is written down."),
        to="settlements.settlement",
        number=number,
    )


def _facts(row: SettlementRow) -> tuple[Fact, ...]:
    return (
        Fact(N_("To be paid"), row.total_fen, "yuan", "元"),
        Fact(N_("Goods' value"), row.goods_fen, "yuan", "元"),
        Fact(N_("Commission"), row.commission_fen, "yuan", "元"),
        Fact(N_("Payment due"), row.due_on, "day"),
        Fact(N_("Month to settle"), row.month),
        Fact(N_("Contract"), row.contract, url=url_for("contracts.contract", number=row.contract)),
        Fact(N_("Seller"), row.seller_name),
        Fact(N_("Buyer"), row.buyer_name),
        Fact(N_("Issued at"), row.issued_at, "moment"),
    )


def _acts(actor: Actor, row: SettlementRow) -> list[Act]:
    found = []
    if row.state is SettlementState.ISSUED and (actor.sees_all or actor.party_id == row.buyer_id):
        url = url_for("settlements.confirm", number=row.number)
        found.append(Act(N_("Confirm the settlement"), url, SETTLEMENT_CONFIRM, primary=True, icon="check"))
    if row.state is SettlementState.CONFIRMED and (actor.sees_all or actor.party_id == row.seller_id):
        url = url_for("settlements.paid", number=row.number)
        found.append(Act(N_("The money came"), url, SETTLEMENT_ISSUE, primary=True, icon="check"))
    return found
