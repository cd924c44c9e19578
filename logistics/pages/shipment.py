"""Shipments: planned, on the road, at the gate; their temperatures, their papers, their receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import PurePath
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from logistics import papers, pictures
from logistics.permissions import READING_WRITE, RECEIVE, SHIPMENT_ARRIVE, SHIPMENT_PLAN, SHIPMENT_READ
from logistics.queries import cargo, cold_chain, gate, stopped
from logistics.queries import fleet as fleets
from logistics.queries import packing as packings
from logistics.queries import shipment as shipments
from logistics.queries.cargo import ContentRow
from logistics.queries.gate import StopRow
from logistics.queries.shipment import ShipmentRow
from logistics.rules.states import (
    EXCURSION_KINDS,
    REJECT_REASONS,
    SEVERITIES,
    SHIPMENT,
    Severity,
    ShipmentState,
)
from logistics.schemas import PlanIn, ReceiveIn, ShipmentFilterIn
from logistics.services import departure, logger_file, planning, receipt
from logistics.services import shipment as services
from supplychain.kernel import clock
from supplychain.kernel.errors import DomainError, NotFound
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.units import KG
from supplychain.kernel.web import documents, endpoint, wording
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage

bp = Blueprint("shipments", __name__, template_folder="../templates")


def _verdict(row: ShipmentRow) -> str:
    return "" if row.departed_at is None else gettext(SEVERITIES[row.verdict])


SHIPMENTS = ListPage(
    title=N_("Shipments"),
    filter=ShipmentFilterIn,
    query=shipments.page,
    columns=(
        Column("number", N_("Shipment"), sort="number", lead=True),
        Column("state", N_("State"), labels=SHIPMENT.labels, sort="state"),
        Column("plate", N_("Lorry")),
        Column("from_site_name", N_("From")),
        Column("grams", N_("Mass"), "kg", unit="kg"),
        Column("highest_centi", N_("Highest measured"), "celsius", unit="℃", sort="highest_centi"),
        Column("verdict", N_("Cold chain"), labels=SEVERITIES),
        Column("departed_at", N_("Departed"), "moment", sort="planned_departure_at"),
        Column("carrier_name", N_("Carrier")),
        Column("waybill", N_("Waybill")),
    ),
    empty=N_("Lorries on their way to Pudong stand here. Pack an order, then plan a shipment."),
    row_url=lambda row: url_for("shipments.shipment", number=row.number),
    actions=(Action(N_("Plan a shipment"), "shipments.plan", SHIPMENT_PLAN, "truck"),),
    sheet="shipments",
    search=N_("Number, waybill, plate or driver"),
)


def _loose(session: Session, actor: Actor) -> Mapping[str, Any]:
    """Return the defaults of a plan: everything packed at the first place, leaving within the hour."""
    waiting = packings.loose(session, actor)
    first = [row.sscc for row in waiting if row.site == waiting[0].site]
    leaves = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return {"ssccs": "\n".join(first), "planned_departure_at": leaves}


PLAN = FormPage(
    title=N_("Plan a shipment"),
    intro=N_("Everything packed and waiting is filled in; take away what goes with another lorry."),
    shape=PlanIn,
    act=planning.plan,
    then=lambda shipment: url_for("shipments.shipment", number=shipment.number),
    verb=N_("Plan shipment"),
    options={
        "plate": fleets.vehicle_choices,
        "route": lambda session, actor: fleets.route_choices(session),
        "device": fleets.device_choices,
    },
    defaults=_loose,
)


@bp.get("/shipments")
@endpoint.permit(SHIPMENT_READ)
def shipment_list() -> str:
    """List shipments."""
    return SHIPMENTS.render()


@bp.route("/shipments/new", methods=["GET", "POST"])
@endpoint.permit(SHIPMENT_PLAN)
def plan() -> ResponseReturnValue:
    """Plan a shipment of packed units."""
    return PLAN.handle()


@bp.get("/shipments/<number>")
@endpoint.permit(SHIPMENT_READ)
def shipment(number: str) -> str:
    """Show a shipment: the strip, the curve, what is aboard, the gates."""
    session, actor = endpoint.session(), endpoint.actor()
    row = shipments.one(session, actor, number)
    stops = gate.stops(session, row.id)
    excursions = cold_chain.excursions(session, row.id)
    points = cold_chain.points(session, row, row.arrived_at or clock.now())
    contents = cargo.contents(session, actor, row.id)
    return documents.render(
        _document(row, stops, actor, _stopped(session, row, contents)),
        "logistics/shipment.html",
        row=row,
        stops=stops,
        strip=pictures.strip(row, stops),
        curve=pictures.curve_of(row, points, excursions),
        finding=pictures.finding(row, excursions),
        excursions=excursions,
        excursion_columns=EXCURSION_COLUMNS,
        contents=contents,
        content_columns=CONTENT_COLUMNS,
        receipts=gate.receipt_lines(session, actor, row.id),
        receipt_columns=RECEIPT_COLUMNS,
        rides=cold_chain.rides(session, row.id),
        severities=SEVERITIES,
        may_upload=actor.may(READING_WRITE),
        may_arrive=actor.may(SHIPMENT_ARRIVE)
        and row.state in {ShipmentState.IN_TRANSIT, ShipmentState.ARRIVED},
        may_receive=actor.may(RECEIVE) and row.departed_at is not None,
        party_id=actor.party_id,
    )


@bp.post("/shipments/<number>/dispatch")
@endpoint.permit(SHIPMENT_PLAN)
def dispatch(number: str) -> ResponseReturnValue:
    """Let the lorry leave."""
    return documents.perform(
        partial(departure.dispatch, number=number),
        done=N_("The lorry is on the road."),
        to="shipments.shipment",
        number=number,
    )


@bp.post("/shipments/<number>/cancel")
@endpoint.permit(SHIPMENT_PLAN)
def cancel(number: str) -> ResponseReturnValue:
    """Give a planned shipment up."""
    return documents.perform(
        partial(services.cancel, number=number), done=N_("Cancelled."), to="shipments.shipment", number=number
    )


@bp.post("/shipments/<number>/arrive/<site>")
@endpoint.permit(SHIPMENT_ARRIVE)
def arrive(number: str, site: str) -> ResponseReturnValue:
    """Report the arrival at a gate."""
    return documents.perform(
        partial(services.arrive, number=number, site=site),
        done=N_("Arrival reported."),
        to="shipments.shipment",
        number=number,
    )


@bp.post("/shipments/<number>/readings")
@endpoint.permit(READING_WRITE)
def upload(number: str) -> ResponseReturnValue:
    """Take in a logger's file for this trip."""
    file = request.files.get("file")
    row = shipments.one(endpoint.session(), endpoint.actor(), number)
    rides = cold_chain.rides(endpoint.session(), row.id)
    serial = rides[0].serial if len(rides) == 1 else ""
    content = file.read() if file else b""
    name = PurePath(file.filename or "readings").name if file else "readings"
    try:
        with endpoint.unit_of_work() as uow:
            new = logger_file.take(uow, name, content, device=serial)
    except DomainError as error:
        flash(str(error), "problem")
    else:
        flash(gettext(N_("%(new)s new readings."), new=new), "done")
    return redirect(url_for("shipments.shipment", number=number), 303)


@bp.route("/shipments/<number>/receive/<site>", methods=["GET", "POST"])
@endpoint.permit(RECEIVE)
def receive(number: str, site: str) -> ResponseReturnValue:
    """Weigh in what came to a gate: shipped masses stand there, only what differs is typed."""
    session, actor = endpoint.session(), endpoint.actor()
    row = shipments.one(session, actor, number)
    stop = next((item for item in gate.stops(session, row.id) if item.site == site), None)
    if stop is None or actor.party_id not in {None, stop.party_id}:
        raise NotFound(N_("There is no shipment %(number)s."), number=number)
    aboard = [item for item in cargo.contents(session, actor, row.id) if item.site == site]
    due = _due(aboard)
    form = FormPage(
        title=N_("Receive goods"),
        shape=ReceiveIn,
        act=receipt.receive,
        then=lambda found: url_for("shipments.shipment", number=number),
        verb=N_("Receive"),
        defaults=lambda session, actor: _defaults(number, site, due, actor),
        hidden=("shipment", "site", "order_line_id", "batch_id"),
        template="logistics/receive.html",
    )
    return form.handle(row=row, stop=stop, due=due, held=_stopped(session, row, aboard))


@bp.get("/shipments/<number>/delivery-note.pdf")
@endpoint.permit(SHIPMENT_READ)
def delivery_note(number: str) -> Response:
    """Print the delivery note."""
    session, actor = endpoint.session(), endpoint.actor()
    row = shipments.one(session, actor, number)
    stops = gate.stops(session, row.id)
    link = endpoint.web().settings.base_url + url_for("shipments.shipment", number=number)
    content = papers.delivery_note(row, stops, cargo.contents(session, actor, row.id), link)
    return Response(content, mimetype="application/pdf")


@bp.get("/shipments/<number>/temperature.pdf")
@endpoint.permit(SHIPMENT_READ)
def temperature_report(number: str) -> Response:
    """Print the temperature report."""
    session, actor = endpoint.session(), endpoint.actor()
    row = shipments.one(session, actor, number)
    excursions = cold_chain.excursions(session, row.id)
    points = cold_chain.points(session, row, row.arrived_at or clock.now())
    link = endpoint.web().settings.base_url + url_for("shipments.shipment", number=number)
    return Response(papers.temperature_report(row, excursions, points, link), mimetype="application/pdf")


EXCURSION_COLUMNS = (
    Column("kind", N_("What"), labels=EXCURSION_KINDS, lead=True),
    Column("severity", N_("Severity"), labels=SEVERITIES),
    Column("started_at", N_("From"), "moment"),
    Column("minutes", N_("Lasted"), "duration"),
    Column("peak_centi", N_("Peak"), "celsius", unit="℃"),
    Column("degree_minutes", N_("Degree minutes"), "count", unit="℃·min"),
)
CONTENT_COLUMNS = (
    Column("item_name", N_("Trade item"), lead=True),
    Column("batch", N_("Batch")),
    Column("order", N_("Order")),
    Column("site", N_("Gate")),
    Column("boxes", N_("Boxes"), "count"),
    Column("grams", N_("Mass"), "kg", unit="kg"),
    Column("sscc", N_("SSCC")),
)
RECEIPT_COLUMNS = (
    Column("item_name", N_("Trade item"), lead=True),
    Column("batch", N_("Batch")),
    Column("shipped_grams", N_("Shipped"), "kg", unit="kg"),
    Column("accepted_grams", N_("Accepted"), "kg", unit="kg"),
    Column("loss_grams", N_("Lost on the way"), "kg", unit="kg"),
    Column("rejected_grams", N_("Rejected"), "kg", unit="kg"),
    Column(
        "reject_reason",
        N_("Reason"),
        value=lambda row: " ".join(
            filter(None, (gettext(REJECT_REASONS[row.reject_reason]) if row.reject_reason else "", row.note))
        ),
    ),
    Column("receipt", N_("Receipt")),
)


def _stopped(session: Session, row: ShipmentRow, contents: Sequence[ContentRow]) -> Sequence[Text]:
    """Return what aboard is on hold, as long as it is aboard."""
    is_over = row.state in {ShipmentState.RECEIVED, ShipmentState.CANCELLED}
    return () if is_over else stopped.among(session, contents)


def _document(row: ShipmentRow, stops: Sequence[StopRow], actor: Actor, held: Sequence[Text]) -> Document:
    planned = "" if row.state is ShipmentState.PLANNED else Text(N_("It has left or was given up."))
    warning = ""
    if row.departed_at is not None and row.verdict in {Severity.MAJOR, Severity.CRITICAL}:
        warning = gettext(SEVERITIES[row.verdict])
    warning = " · ".join(filter(None, (*map(str, held), warning)))
    return Document(
        kind="logistics.shipment",
        id=row.id,
        number=row.number,
        title=N_("Shipments"),
        list_endpoint="shipments.shipment_list",
        subtitle=f"{row.plate} · {row.carrier_name} · {row.route_name}",
        facts=_facts(row, stops),
        states=SHIPMENT,
        state=row.state,
        acts=(
            Act(
                N_("Dispatch"),
                url_for("shipments.dispatch", number=row.number),
                SHIPMENT_PLAN,
                why_not=planned,
                primary=True,
                icon="truck",
            ),
            Act(
                N_("Give up"),
                url_for("shipments.cancel", number=row.number),
                SHIPMENT_PLAN,
                why_not=planned,
                danger=True,
            ),
        )
        if row.state is ShipmentState.PLANNED and actor.party_id in {None, row.shipper_id}
        else (),
        papers=(
            Paper(N_("Delivery note"), url_for("shipments.delivery_note", number=row.number)),
            Paper(N_("Temperature report"), url_for("shipments.temperature_report", number=row.number)),
        ),
        warning=warning,
    )


def _facts(row: ShipmentRow, stops: Sequence[StopRow]) -> tuple[Fact, ...]:
    low, high = wording.celsius(row.band_min_centi), wording.celsius(row.band_max_centi)
    return (
        Fact(N_("Mass"), row.grams, "kg", "kg"),
        Fact(N_("Allowed"), f"{low} … {high}", unit="℃"),
        Fact(N_("Measured"), _measured(row), unit="℃" if row.highest_centi is not None else ""),
        Fact(N_("Cold chain"), _verdict(row), note=_witnessed(row)),
        Fact(N_("Departed"), row.departed_at or row.planned_departure_at, "moment", note=_late(row)),
        Fact(N_("Last gate"), max((stop.planned_at for stop in stops), default=None), "moment"),
        Fact(N_("Driver"), row.driver_name, note=row.driver_phone),
        Fact(N_("Waybill"), row.waybill),
    )


def _measured(row: ShipmentRow) -> str | None:
    if row.highest_centi is None:
        return None
    return f"{wording.celsius(row.lowest_centi)} … {wording.celsius(row.highest_centi)}"


def _witnessed(row: ShipmentRow) -> object:
    if row.departed_at is None:
        return ""
    return Text(N_("%(share)s %% witnessed"), {"share": wording.percent(row.coverage_bp)})


def _late(row: ShipmentRow) -> object:
    return Text(N_("planned")) if row.departed_at is None else ""


def _due(aboard: Sequence[ContentRow]) -> list[ContentRow]:
    """Return what is aboard by order line and batch, each once."""
    found: dict[tuple[int, int], ContentRow] = {}
    for item in aboard:
        key = (item.order_line_id, item.batch_id)
        known = found.get(key)
        if known is not None:
            item = replace(item, boxes=known.boxes + item.boxes, grams=known.grams + item.grams)  # noqa: PLW2901 - summed
        found[key] = item
    return list(found.values())


def _defaults(number: str, site: str, due: Sequence[ContentRow], actor: Actor) -> dict[str, Any]:
    return {
        "shipment": number,
        "site": site,
        "received_by": actor.name,
        "lines": [
            {
                "order_line_id": str(item.order_line_id),
                "batch_id": str(item.batch_id),
                "accepted_grams": KG.text(item.grams).rstrip("0").rstrip("."),
                "rejected_grams": "",
            }
            for item in due
        ],
    }
