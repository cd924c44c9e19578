"""The fleet: lorries, routes and loggers."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from logistics.permissions import DEVICE_READ, DEVICE_WRITE
from logistics.queries import fleet as fleets
from logistics.schemas import DeviceIn, FleetFilterIn, RouteIn, VehicleIn
from logistics.services import fleet
from supplychain.base.queries import party as parties
from supplychain.base.rules import PartyKind
from supplychain.kernel.i18n import N_, locale
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage

bp = Blueprint("fleet", __name__, template_folder="../templates")

VEHICLES = ListPage(
    title=N_("Lorries"),
    filter=FleetFilterIn,
    query=fleets.vehicles,
    columns=(
        Column("plate", N_("Plate"), sort="plate", lead=True),
        Column("carrier_name", N_("Carrier")),
        Column("refrigeration_class", N_("Refrigeration class")),
        Column("capacity_grams", N_("Capacity"), "kg", unit="kg", sort="capacity_grams"),
    ),
    empty=N_("Refrigerated lorries of the carriers stand here. Import them, or add the first."),
    actions=(Action(N_("Add lorry"), "fleet.vehicle_new", DEVICE_WRITE),),
    sheet="vehicles",
    search=N_("Plate or carrier"),
)
ROUTES = ListPage(
    title=N_("Routes"),
    filter=FleetFilterIn,
    query=fleets.routes,
    columns=(
        Column(
            "name", N_("Route"), value=lambda row: row.name_en if locale() == "en" else row.name_zh, lead=True
        ),
        Column("way_points", N_("Way points")),
        Column("checkpoint", N_("Shanghai checkpoint")),
        Column("kilometres", N_("Distance"), "count", unit="km"),
        Column("planned_minutes", N_("Planned time"), "duration"),
    ),
    empty=N_("The ways to Shanghai stand here. Import them, or add the first."),
    actions=(Action(N_("Add route"), "fleet.route_new", DEVICE_WRITE),),
    sheet="routes",
    search=N_("Name or code"),
)
DEVICES = ListPage(
    title=N_("Loggers"),
    filter=FleetFilterIn,
    query=fleets.devices,
    columns=(
        Column("serial", N_("Logger"), sort="serial", lead=True),
        Column("model", N_("Model")),
        Column("owner_name", N_("Owner")),
        Column("interval_minutes", N_("Interval"), "count", unit="min"),
        Column("calibrated_until", N_("Calibrated until"), "day", sort="calibrated_until"),
        Column("last_reading_at", N_("Last reading"), "ago"),
        Column("silent_since", N_("Silent since"), "moment"),
    ),
    empty=N_("Temperature loggers stand here. Import them, or add the first."),
    actions=(Action(N_("Add logger"), "fleet.device_new", DEVICE_WRITE),),
    sheet="devices",
    search=N_("Serial number or owner"),
)

ADD_VEHICLE = FormPage(
    title=N_("Add lorry"),
    shape=VehicleIn,
    act=fleet.put_vehicle,
    then=lambda outcome: url_for("fleet.vehicle_list"),
    verb=N_("Keep lorry"),
    options={"carrier": lambda session, actor: parties.choices(session, (PartyKind.CARRIER,))},
)
ADD_ROUTE = FormPage(
    title=N_("Add route"),
    shape=RouteIn,
    act=fleet.put_route,
    then=lambda outcome: url_for("fleet.route_list"),
    verb=N_("Keep route"),
)
ADD_DEVICE = FormPage(
    title=N_("Add logger"),
    shape=DeviceIn,
    act=fleet.put_device,
    then=lambda outcome: url_for("fleet.device_list"),
    verb=N_("Keep logger"),
    options={"owner": lambda session, actor: parties.choices(session)},
    defaults=lambda session, actor: {"interval_minutes": 5},
)


@bp.get("/vehicles")
@endpoint.permit(DEVICE_READ)
def vehicle_list() -> str:
    """List lorries."""
    return VEHICLES.render()


@bp.route("/vehicles/new", methods=["GET", "POST"])
@endpoint.permit(DEVICE_WRITE)
def vehicle_new() -> ResponseReturnValue:
    """Add a lorry."""
    return ADD_VEHICLE.handle()


@bp.get("/routes")
@endpoint.permit(DEVICE_READ)
def route_list() -> str:
    """List routes."""
    return ROUTES.render()


@bp.route("/routes/new", methods=["GET", "POST"])
@endpoint.permit(DEVICE_WRITE)
def route_new() -> ResponseReturnValue:
    """Add a route."""
    return ADD_ROUTE.handle()


@bp.get("/devices")
@endpoint.permit(DEVICE_READ)
def device_list() -> str:
    """List loggers."""
    return DEVICES.render()


@bp.route("/devices/new", methods=["GET", "POST"])
@endpoint.permit(DEVICE_WRITE)
def device_new() -> ResponseReturnValue:
    """Add a logger."""
    return ADD_DEVICE.handle()
