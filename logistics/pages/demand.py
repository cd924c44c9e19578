"""Demand and packing: what buyers wait for, what is proposed and why, what is packed into what."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from logistics import papers
from logistics.permissions import ALLOCATE, PACK
from logistics.queries import cargo
from logistics.queries import demand as demands
from logistics.queries import packing as packings
from logistics.queries import stopped as stopped_goods
from logistics.queries.packing import UnitRow
from logistics.rules.states import UNIT, UNIT_KINDS, AllocationState, UnitKind, UnitState
from logistics.schemas import UnitFilterIn
from logistics.services import allocation, packing
from logistics.services.packing import Pack
from supplychain.contracts.queries import order as orders
from supplychain.kernel.errors import DomainError
from supplychain.kernel.i18n import N_, Text, gettext, locale
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.lists import Column, ListPage
from traceability.permissions import BATCH_READ, HOLD_WRITE
from traceability.queries import hold as holds
from traceability.queries.hold import Stopped

bp = Blueprint("demand", __name__, template_folder="../templates")

UNITS = ListPage(
    title=N_("Boxes and pallets"),
    filter=UnitFilterIn,
    query=packings.page,
    columns=(
        Column("sscc", N_("SSCC"), sort="sscc", lead=True),
        Column("kind", N_("Kind of unit"), value=lambda row: gettext(UNIT_KINDS[row.kind])),
        Column("buyer_name", N_("Buyer")),
        Column("boxes", N_("Boxes"), "count"),
        Column("grams", N_("Mass"), "kg", unit="kg"),
        Column("shipment", N_("Shipment")),
        Column("packed_at", N_("Packed at"), "moment", sort="packed_at"),
        Column("state", N_("State"), labels=UNIT.labels, sort="state"),
    ),
    empty=N_("Packed boxes and pallets stand here. Allocate an order, then pack it."),
    row_url=lambda row: url_for("demand.unit", sscc=row.sscc),
    sheet="units",
    search=N_("SSCC or order"),
)


@bp.get("/demand")
@endpoint.permit(ALLOCATE)
def board() -> str:
    """Show the orders that still need goods, most urgent first."""
    found = demands.board(endpoint.session(), endpoint.actor())
    return render_template("logistics/demand.html", demands=found, english=locale() == "en")


@bp.get("/demand/<order>")
@endpoint.permit(ALLOCATE)
def propose(order: str) -> ResponseReturnValue:
    """Show what is proposed for an order, with reasons; nothing is promised yet."""
    session, actor = endpoint.session(), endpoint.actor()
    found = orders.one(session, actor, order)
    demand = demands.of_order(session, actor, found.id)
    proposals = demands.proposals(session, actor, demand) if demand else []
    return render_template(
        "logistics/proposal.html",
        order=found,
        demand=demand,
        proposals=proposals,
        promised=packings.of_order(session, found.id),
        units=packings.units_of_order(session, found.id),
        english=locale() == "en",
        waiting=AllocationState.PROMISED,
        kinds=UNIT_KINDS,
        unit_states=UNIT.labels,
    )


@bp.post("/demand/<order>/promise")
@endpoint.permit(ALLOCATE)
def promise(order: str) -> ResponseReturnValue:
    """Promise what is proposed."""
    return documents.perform(
        lambda uow: allocation.promise_order(uow, order),
        done=N_("Allocated."),
        to="demand.propose",
        order=order,
    )


@bp.post("/demand/<order>/allocations/<int:allocation_id>/cancel")
@endpoint.permit(ALLOCATE)
def cancel(order: str, allocation_id: int) -> ResponseReturnValue:
    """Take a promise back."""
    return documents.perform(
        lambda uow: allocation.cancel(uow, allocation_id),
        done=N_("Taken back."),
        to="demand.propose",
        order=order,
    )


@bp.post("/demand/<order>/pack")
@endpoint.permit(PACK)
def pack(order: str) -> ResponseReturnValue:
    """Pack everything that is promised to an order into one unit, and lead to its label."""
    kind = UnitKind.BOX if request.form.get("kind") == UnitKind.BOX else UnitKind.PALLET
    try:
        with endpoint.unit_of_work() as uow:
            sscc = packing.pack(uow, Pack(order, kind=kind)).sscc
    except DomainError as error:
        flash(str(error), "problem")
        return redirect(url_for("demand.propose", order=order), 303)
    return redirect(url_for("demand.unit", sscc=sscc), 303)


@bp.get("/units")
@endpoint.permit(PACK)
def unit_list() -> str:
    """List boxes and pallets."""
    return UNITS.render()


@bp.get("/units/<sscc>")
@endpoint.permit(PACK)
def unit(sscc: str) -> str:
    """Show a unit and what it holds."""
    session, actor = endpoint.session(), endpoint.actor()
    row = packings.one(session, actor, sscc)
    stopped = stopped_goods.among(session, cargo.of_unit(session, row.id))
    found = Document(
        kind="logistics.unit",
        id=row.id,
        number=f"{row.sscc[:1]} {row.sscc[1:9]} {row.sscc[9:17]} {row.sscc[17:]}",
        title=N_("Boxes and pallets"),
        list_endpoint="demand.unit_list",
        subtitle=f"{gettext(UNIT_KINDS[row.kind])} · {row.buyer_name}",
        facts=(
            Fact(N_("Order"), row.order, url=url_for("orders.order", number=row.order)),
            Fact(N_("Boxes"), row.boxes, "count"),
            Fact(N_("Mass"), row.grams, "kg", "kg"),
            Fact(N_("Packed where"), row.site_name),
            Fact(N_("Goes to"), row.ship_to_name),
            Fact(
                N_("Shipment"),
                row.shipment,
                url=url_for("shipments.shipment", number=row.shipment) if row.shipment else "",
            ),
            Fact(N_("Packed at"), row.packed_at, "moment"),
            Fact(N_("Packed by"), row.packed_by),
        ),
        states=UNIT,
        state=row.state,
        acts=_unit_acts(row, holds.of_units(session, [sscc]).get(sscc)),
        papers=(Paper(N_("Pallet label"), url_for("demand.label", sscc=sscc)),),
        warning=" · ".join(map(str, stopped)),
    )
    return documents.render(
        found, "logistics/unit.html", contents=packings.contents(session, row.id), columns=CONTENT_COLUMNS
    )


def _unit_acts(row: UnitRow, held: Stopped | None) -> tuple[Act, ...]:
    """Return what can be done with a unit now, and why the rest cannot."""
    stuck: object = ""
    if row.state is not UnitState.PACKED or row.shipment:
        stuck = Text(N_("It is planned or has left."))
    if held:
        stuck = Text(N_("This unit is on hold."))
    found = [Act(N_("Unpack"), url_for("demand.unpack", sscc=row.sscc), PACK, why_not=stuck)]
    if held:
        url = url_for("holds_pages.hold_page", number=held.number)
        found.append(Act(N_("Open the hold"), url, BATCH_READ, posts=False, icon="hand-stop"))
    elif row.state is not UnitState.UNPACKED:
        place = url_for("holds_pages.place", what=row.sscc)
        found.append(Act(N_("Put on hold"), place, HOLD_WRITE, posts=False, danger=True, icon="hand-stop"))
    return tuple(found)


@bp.post("/units/<sscc>/unpack")
@endpoint.permit(PACK)
def unpack(sscc: str) -> ResponseReturnValue:
    """Take everything out again."""
    return documents.perform(
        partial(packing.unpack, sscc=sscc), done=N_("Unpacked."), to="demand.unit", sscc=sscc
    )


@bp.get("/units/<sscc>/label.pdf")
@endpoint.permit(PACK)
def label(sscc: str) -> Response:
    """Print the label with the SSCC."""
    session = endpoint.session()
    row = packings.one(session, endpoint.actor(), sscc)
    content = papers.unit_label(row, packings.contents(session, row.id))
    return Response(content, mimetype="application/pdf")


CONTENT_COLUMNS = (
    Column("item_name", N_("Trade item"), lead=True),
    Column("batch", N_("Batch")),
    Column("boxes", N_("Boxes"), "count"),
    Column("grams", N_("Mass"), "kg", unit="kg"),
)
