"""The catalogue's API: products, supply bases and plans, for programs."""

from __future__ import annotations

from flask.views import MethodView

from catalog.permissions import CATALOG_READ, CATALOG_WRITE, SUPPLY_WRITE
from catalog.queries import product as products
from catalog.queries import supply
from catalog.schemas import (
    ProductFilterIn,
    ProductIn,
    SupplyBaseIn,
    SupplyBaseOut,
    SupplyFilterIn,
    SupplyPlanIn,
)
from catalog.services import product as product_services
from catalog.services import supply as supply_services
from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of

blp = Blueprint("catalog_api", __name__, url_prefix="/api/v1", description="Products, seasons and supply")


@blp.route("/products")
class Products(MethodView):
    """What Datian grows and raises."""

    @endpoint.permit(CATALOG_READ)
    @blp.arguments(ProductFilterIn, location="query")
    @blp.response(200, page_of(ProductIn))
    def get(self, wanted: products.ProductFilter) -> Page[products.ProductRow]:
        """List products with the profile that counts today."""
        return products.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(CATALOG_WRITE)
    @blp.arguments(ProductIn)
    @blp.response(200, ProductIn)
    def put(self, command: product_services.PutProduct) -> product_services.PutProduct:
        """Register a product or bring it up to date, by its code."""
        with endpoint.unit_of_work() as uow:
            product_services.put(uow, command)
        return command


@blp.route("/supply-bases")
class SupplyBases(MethodView):
    """Where it grows."""

    @endpoint.permit(CATALOG_READ)
    @blp.arguments(SupplyFilterIn, location="query")
    @blp.response(200, page_of(SupplyBaseOut))
    def get(self, wanted: supply.SupplyFilter) -> Page[supply.SupplyBaseRow]:
        """List supply bases."""
        return supply.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(SUPPLY_WRITE)
    @blp.arguments(SupplyBaseIn)
    @blp.response(200, SupplyBaseIn)
    def put(self, command: supply_services.PutSupplyBase) -> supply_services.PutSupplyBase:
        """Register a supply base or bring it up to date, by place and product."""
        with endpoint.unit_of_work() as uow:
            supply_services.put_base(uow, command)
        return command


@blp.route("/supply-plans")
class SupplyPlans(MethodView):
    """What a base plans to bring."""

    @endpoint.permit(SUPPLY_WRITE)
    @blp.arguments(SupplyPlanIn)
    @blp.response(200, SupplyPlanIn)
    def put(self, command: supply_services.PutSupplyPlan) -> supply_services.PutSupplyPlan:
        """Plan a month of a base, or change the plan."""
        with endpoint.unit_of_work() as uow:
            supply_services.put_plan(uow, command)
        return command
