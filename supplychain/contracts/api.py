"""Contracts' API: contracts and prices, orders and deliveries, settlements, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask.views import MethodView

from supplychain.contracts import permissions as may
from supplychain.contracts.queries import contract as contracts
from supplychain.contracts.queries import delivery as deliveries
from supplychain.contracts.queries import order as orders
from supplychain.contracts.queries import price as prices
from supplychain.contracts.queries import settlement as settlements
from supplychain.contracts.schemas.common import ReasonIn
from supplychain.contracts.schemas.contract import (
    ContractFilterIn,
    ContractFullOut,
    ContractOut,
    LineIn,
    TermsIn,
)
from supplychain.contracts.schemas.delivery import DeliveryFilterIn, DeliveryOut
from supplychain.contracts.schemas.order import OrderFilterIn, OrderFullOut, OrderIn, OrderOut
from supplychain.contracts.schemas.price import PriceFilterIn, PriceIn, PriceOut
from supplychain.contracts.schemas.settlement import (
    SettlementFilterIn,
    SettlementFullOut,
    SettlementIn,
    SettlementOut,
)
from supplychain.contracts.services import contract as contract_services
from supplychain.contracts.services import line as line_services
from supplychain.contracts.services import order as order_services
from supplychain.contracts.services import price as price_services
from supplychain.contracts.services import settlement as settlement_services
from supplychain.kernel import clock
from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of

blp = Blueprint(
    "contracts_api", __name__, url_prefix="/api/v1", description="Contracts, prices, orders and settlements"
)


@blp.route("/contracts")
class Contracts(MethodView):
    """The contracts that the caller sells or buys under."""

    @endpoint.permit(may.CONTRACT_READ)
    @blp.arguments(ContractFilterIn, location="query")
    @blp.response(200, page_of(ContractOut))
    def get(self, wanted: contracts.ContractFilter) -> Page[contracts.ContractRow]:
        """List contracts."""
        return contracts.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(may.CONTRACT_WRITE)
    @blp.arguments(TermsIn)
    @blp.response(201, ContractFullOut)
    def post(self, command: contract_services.DraftContract) -> Mapping[str, Any]:
        """Draft a contract; terms left out are the channel's."""
        with endpoint.unit_of_work() as uow:
            number = contract_services.draft(uow, command).number
        return _contract(number)


@blp.route("/contracts/<string:number>")
class Contract(MethodView):
    """One contract."""

    @endpoint.permit(may.CONTRACT_READ)
    @blp.response(200, ContractFullOut)
    def get(self, number: str) -> Mapping[str, Any]:
        """Return a contract with its lines and the prices of today."""
        return _contract(number)

    @endpoint.permit(may.CONTRACT_WRITE)
    @blp.arguments(TermsIn)
    @blp.response(200, ContractFullOut)
    def put(self, command: contract_services.DraftContract, number: str) -> Mapping[str, Any]:
        """Change the terms of a draft."""
        with endpoint.unit_of_work() as uow:
            contract_services.revise(uow, number, command)
        return _contract(number)


@blp.route("/contracts/<string:number>/activate")
class Activation(MethodView):
    """Taking orders."""

    @endpoint.permit(may.CONTRACT_DECIDE)
    @blp.response(200, ContractFullOut)
    def post(self, number: str) -> Mapping[str, Any]:
        """Activate a draft, or take orders again after a suspension."""
        with endpoint.unit_of_work() as uow:
            contract_services.activate(uow, number)
        return _contract(number)


@blp.route("/contracts/<string:number>/suspend")
class Suspension(MethodView):
    """Taking no orders for a while."""

    @endpoint.permit(may.CONTRACT_DECIDE)
    @blp.arguments(ReasonIn)
    @blp.response(200, ContractFullOut)
    def post(self, values: Mapping[str, str], number: str) -> Mapping[str, Any]:
        """Suspend a contract; what is ordered stays ordered."""
        with endpoint.unit_of_work() as uow:
            contract_services.suspend(uow, number, values["reason"])
        return _contract(number)


@blp.route("/contracts/<string:number>/end")
class End(MethodView):
    """Ending for good."""

    @endpoint.permit(may.CONTRACT_DECIDE)
    @blp.arguments(ReasonIn)
    @blp.response(200, ContractFullOut)
    def post(self, values: Mapping[str, str], number: str) -> Mapping[str, Any]:
        """End a contract; what is ordered stays ordered and is settled."""
        with endpoint.unit_of_work() as uow:
            contract_services.end(uow, number, values["reason"])
        return _contract(number)


@blp.route("/contracts/lines")
class ContractLines(MethodView):
    """Lines of contracts."""

    @endpoint.permit(may.CONTRACT_WRITE)
    @blp.arguments(LineIn)
    @blp.response(200, ContractFullOut)
    def put(self, command: line_services.PutLine) -> Mapping[str, Any]:
        """Put a line into a contract or change it, by contract and item number."""
        with endpoint.unit_of_work() as uow:
            line_services.put(uow, command)
        return _contract(command.contract)


@blp.route("/prices")
class Prices(MethodView):
    """Prices from a day on."""

    @endpoint.permit(may.CONTRACT_READ)
    @blp.arguments(PriceFilterIn, location="query")
    @blp.response(200, page_of(PriceOut))
    def get(self, wanted: prices.PriceFilter) -> Page[prices.PriceRow]:
        """List prices."""
        return prices.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(may.CONTRACT_WRITE)
    @blp.arguments(PriceIn)
    @blp.response(200, ContractFullOut)
    def put(self, command: price_services.SchedulePrice) -> Mapping[str, Any]:
        """Set the price of a contract's item from a day on."""
        with endpoint.unit_of_work() as uow:
            price_services.schedule(uow, command)
        return _contract(command.contract)


@blp.route("/orders")
class Orders(MethodView):
    """Orders under contracts."""

    @endpoint.permit(may.ORDER_READ)
    @blp.arguments(OrderFilterIn, location="query")
    @blp.response(200, page_of(OrderOut))
    def get(self, wanted: orders.OrderFilter) -> Page[orders.OrderRow]:
        """List orders; the totals are over all that fit."""
        return orders.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(may.ORDER_PLACE)
    @blp.arguments(OrderIn)
    @blp.response(200, OrderFullOut, description="The order that this buyer's number placed before")
    @blp.response(201, OrderFullOut)
    def post(self, command: order_services.PlaceOrder) -> tuple[Mapping[str, Any], int]:
        """Place an order. The same buyer's number with the same content returns the first order."""
        with endpoint.unit_of_work() as uow:
            placed = order_services.place(uow, command)
            number = placed.order.number
        return _order(number), 201 if placed.is_new else 200


@blp.route("/orders/<string:number>")
class Order(MethodView):
    """One order."""

    @endpoint.permit(may.ORDER_READ)
    @blp.response(200, OrderFullOut)
    def get(self, number: str) -> Mapping[str, Any]:
        """Return an order with its lines."""
        return _order(number)


@blp.route("/orders/<string:number>/confirm")
class Confirmation(MethodView):
    """The co-operative's word."""

    @endpoint.permit(may.ORDER_CONFIRM)
    @blp.response(200, OrderFullOut)
    def post(self, number: str) -> Mapping[str, Any]:
        """Confirm an order that came after the cut-off."""
        with endpoint.unit_of_work() as uow:
            order_services.confirm(uow, number)
        return _order(number)


@blp.route("/orders/<string:number>/cancel")
class Cancellation(MethodView):
    """Taking an order back."""

    @endpoint.permit(may.ORDER_CANCEL)
    @blp.arguments(ReasonIn)
    @blp.response(200, OrderFullOut)
    def post(self, values: Mapping[str, str], number: str) -> Mapping[str, Any]:
        """Cancel an order; the contract gets its quantity back."""
        with endpoint.unit_of_work() as uow:
            order_services.cancel(uow, number, values["reason"])
        return _order(number)


@blp.route("/deliveries")
class Deliveries(MethodView):
    """What gates took in."""

    @endpoint.permit(may.ORDER_READ)
    @blp.arguments(DeliveryFilterIn, location="query")
    @blp.response(200, page_of(DeliveryOut))
    def get(self, wanted: deliveries.DeliveryFilter) -> Page[deliveries.DeliveryRow]:
        """List delivered lines; the totals are over all that fit."""
        return deliveries.page(endpoint.session(), endpoint.actor(), wanted)


@blp.route("/settlements")
class Settlements(MethodView):
    """Contracts' months."""

    @endpoint.permit(may.SETTLEMENT_READ)
    @blp.arguments(SettlementFilterIn, location="query")
    @blp.response(200, page_of(SettlementOut))
    def get(self, wanted: settlements.SettlementFilter) -> Page[settlements.SettlementRow]:
        """List settlements; the totals are over all that fit."""
        return settlements.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(may.SETTLEMENT_ISSUE)
    @blp.arguments(SettlementIn)
    @blp.response(200, SettlementFullOut)
    def post(self, command: settlement_services.IssueSettlement) -> Mapping[str, Any]:
        """Settle a month of a contract; a month that is settled returns its settlement."""
        with endpoint.unit_of_work() as uow:
            number = settlement_services.issue(uow, command).number
        return _settlement(number)


@blp.route("/settlements/<string:number>")
class Settlement(MethodView):
    """One settlement."""

    @endpoint.permit(may.SETTLEMENT_READ)
    @blp.response(200, SettlementFullOut)
    def get(self, number: str) -> Mapping[str, Any]:
        """Return a settlement with each amount explained."""
        return _settlement(number)


@blp.route("/settlements/<string:number>/confirm")
class Agreement(MethodView):
    """The buyer's word."""

    @endpoint.permit(may.SETTLEMENT_CONFIRM)
    @blp.response(200, SettlementFullOut)
    def post(self, number: str) -> Mapping[str, Any]:
        """Agree to a settlement."""
        with endpoint.unit_of_work() as uow:
            settlement_services.confirm(uow, number)
        return _settlement(number)


@blp.route("/settlements/<string:number>/paid")
class Payment(MethodView):
    """The seller's word."""

    @endpoint.permit(may.SETTLEMENT_ISSUE)
    @blp.response(200, SettlementFullOut)
    def post(self, number: str) -> Mapping[str, Any]:
        """Write down that the money came."""
        with endpoint.unit_of_work() as uow:
            settlement_services.mark_paid(uow, number)
        return _settlement(number)


def _contract(number: str) -> Mapping[str, Any]:
    session = endpoint.session()
    row = contracts.one(session, endpoint.actor(), number)
    return asdict(row) | {"lines": contracts.lines(session, row.id, clock.today())}


def _order(number: str) -> Mapping[str, Any]:
    session = endpoint.session()
    row = orders.one(session, endpoint.actor(), number)
    return asdict(row) | {"lines": orders.lines_of(session, row.id)}


def _settlement(number: str) -> Mapping[str, Any]:
    session = endpoint.session()
    row = settlements.one(session, endpoint.actor(), number)
    return asdict(row) | {"month": row.month, "lines": settlements.lines(session, row.id)}
