"""Logistics' API: allocation, packing, shipments, readings and receipts, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask.views import MethodView

from logistics.permissions import (
    ALLOCATE,
    PACK,
    READING_WRITE,
    RECEIVE,
    SHIPMENT_ARRIVE,
    SHIPMENT_PLAN,
    SHIPMENT_READ,
)
from logistics.queries import cold_chain
from logistics.queries import packing as packings
from logistics.queries import shipment as shipments
from logistics.queries.cold_chain import ExcursionRow
from logistics.schemas import (
    AllocationOut,
    ArriveIn,
    ExcursionOut,
    MomentIn,
    PackIn,
    PlanIn,
    ReadingsIn,
    ReceiptOut,
    ReceiveIn,
    ShipmentFilterIn,
    ShipmentOut,
    StoredOut,
    UnitFilterIn,
    UnitOut,
)
from logistics.services import allocation, departure, packing, planning, receipt, telemetry
from logistics.services import shipment as services
from logistics.services.packing import Pack
from logistics.services.planning import PlanShipment
from logistics.services.receipt import Receive
from logistics.services.telemetry import Readings
from supplychain.contracts.queries import order as orders
from supplychain.kernel.db.paging import Page
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of

blp = Blueprint("logistics_api", __name__, url_prefix="/api/v1", description="Goods on the way")


@blp.route("/orders/<string:order>/allocations")
class Allocations(MethodView):
    """What is promised to an order."""

    @endpoint.permit(SHIPMENT_READ)
    @blp.response(200, AllocationOut(many=True))
    def get(self, order: str) -> Sequence[packings.AllocationRow]:
        """List the promises to an order, each with its reasons."""
        return _allocations(order)

    @endpoint.permit(ALLOCATE)
    @blp.response(200, AllocationOut(many=True))
    def post(self, order: str) -> Sequence[packings.AllocationRow]:
        """Promise batches to an order, first expired first out."""
        with endpoint.unit_of_work() as uow:
            allocation.promise_order(uow, order)
        return _allocations(order)


@blp.route("/units")
class Units(MethodView):
    """Boxes and pallets."""

    @endpoint.permit(PACK)
    @blp.arguments(UnitFilterIn, location="query")
    @blp.response(200, page_of(UnitOut))
    def get(self, wanted: packings.UnitFilter) -> Page[packings.UnitRow]:
        """List units."""
        return packings.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(PACK)
    @blp.arguments(PackIn)
    @blp.response(201, UnitOut)
    def post(self, command: Pack) -> packings.UnitRow:
        """Pack promised goods into a unit with an SSCC."""
        with endpoint.unit_of_work() as uow:
            sscc = packing.pack(uow, command).sscc
        return packings.one(endpoint.session(), endpoint.actor(), sscc)


@blp.route("/units/<string:sscc>")
class Unit(MethodView):
    """One box or pallet."""

    @endpoint.permit(PACK)
    @blp.response(200, UnitOut)
    def get(self, sscc: str) -> packings.UnitRow:
        """Show a unit."""
        return packings.one(endpoint.session(), endpoint.actor(), sscc)

    @endpoint.permit(PACK)
    @blp.response(204)
    def delete(self, sscc: str) -> None:
        """Take everything out of a unit that has not left."""
        with endpoint.unit_of_work() as uow:
            packing.unpack(uow, sscc)


@blp.route("/shipments")
class Shipments(MethodView):
    """Lorries on their way."""

    @endpoint.permit(SHIPMENT_READ)
    @blp.arguments(ShipmentFilterIn, location="query")
    @blp.response(200, page_of(ShipmentOut))
    def get(self, wanted: shipments.ShipmentFilter) -> Page[shipments.ShipmentRow]:
        """List shipments."""
        return shipments.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(SHIPMENT_PLAN)
    @blp.arguments(PlanIn)
    @blp.response(201, ShipmentOut)
    def post(self, command: PlanShipment) -> shipments.ShipmentRow:
        """Plan a shipment of packed units."""
        with endpoint.unit_of_work() as uow:
            number = planning.plan(uow, command).number
        return _shipment(number)


@blp.route("/shipments/<string:number>")
class Shipment(MethodView):
    """One shipment."""

    @endpoint.permit(SHIPMENT_READ)
    @blp.response(200, ShipmentOut)
    def get(self, number: str) -> shipments.ShipmentRow:
        """Show a shipment with the verdict on its cold chain."""
        return _shipment(number)


@blp.route("/shipments/<string:number>/excursions")
class Excursions(MethodView):
    """What went wrong on a trip."""

    @endpoint.permit(SHIPMENT_READ)
    @blp.response(200, ExcursionOut(many=True))
    def get(self, number: str) -> Sequence[ExcursionRow]:
        """List excursions and gaps in order."""
        return cold_chain.excursions(endpoint.session(), _shipment(number).id)


@blp.route("/shipments/<string:number>/dispatch")
class Dispatch(MethodView):
    """The lorry leaves."""

    @endpoint.permit(SHIPMENT_PLAN)
    @blp.arguments(MomentIn)
    @blp.response(200, ShipmentOut)
    def post(self, values: Mapping[str, Any], number: str) -> shipments.ShipmentRow:
        """Let a planned shipment leave."""
        with endpoint.unit_of_work() as uow:
            departure.dispatch(uow, number, values["at"])
        return _shipment(number)


@blp.route("/shipments/<string:number>/arrivals")
class Arrivals(MethodView):
    """The lorry stands at a gate."""

    @endpoint.permit(SHIPMENT_ARRIVE)
    @blp.arguments(ArriveIn)
    @blp.response(200, ShipmentOut)
    def post(self, values: Mapping[str, Any], number: str) -> shipments.ShipmentRow:
        """Report an arrival."""
        with endpoint.unit_of_work() as uow:
            services.arrive(uow, number, values["site"], values["at"])
        return _shipment(number)


@blp.route("/shipments/<string:number>/receipts")
class Receipts(MethodView):
    """What gates took in."""

    @endpoint.permit(RECEIVE)
    @blp.arguments(ReceiveIn)
    @blp.response(201, ReceiptOut)
    def post(self, command: Receive, number: str) -> Any:
        """Receive a shipment's goods at one gate."""
        if command.shipment != number:
            raise Invalid.at("shipment", N_("The body names another shipment than the address."))
        with endpoint.unit_of_work() as uow:
            return receipt.receive(uow, command)


@blp.route("/readings")
class ReadingsResource(MethodView):
    """What loggers measured."""

    @endpoint.permit(READING_WRITE)
    @blp.arguments(ReadingsIn)
    @blp.response(200, StoredOut)
    def post(self, command: Readings) -> Mapping[str, int]:
        """Store readings; the same fact again changes nothing, so a repeat is harmless."""
        with endpoint.unit_of_work() as uow:
            return {"stored": telemetry.record(uow, command)}


def _allocations(order: str) -> Sequence[packings.AllocationRow]:
    session, actor = endpoint.session(), endpoint.actor()
    return packings.of_order(session, orders.one(session, actor, order).id)


def _shipment(number: str) -> shipments.ShipmentRow:
    return shipments.one(endpoint.session(), endpoint.actor(), number)
