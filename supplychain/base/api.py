"""Base's API: parties, places and trade items, for programs."""

from __future__ import annotations

from flask.views import MethodView

from supplychain.base.permissions import ITEM_READ, ITEM_WRITE, PARTY_READ, PARTY_WRITE
from supplychain.base.queries import party as parties
from supplychain.base.queries import trade_item as items
from supplychain.base.schemas import (
    ItemFilterIn,
    ItemIn,
    ItemOut,
    PartyFilterIn,
    PartyIn,
    PartyOut,
    SiteFilterIn,
    SiteIn,
    SiteOut,
)
from supplychain.base.services import party as party_services
from supplychain.base.services import trade_item as item_services
from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of

blp = Blueprint("masters_api", __name__, url_prefix="/api/v1", description="Parties, places and trade items")


@blp.route("/parties")
class Parties(MethodView):
    """The parties of the trade."""

    @endpoint.permit(PARTY_READ)
    @blp.arguments(PartyFilterIn, location="query")
    @blp.response(200, page_of(PartyOut))
    def get(self, wanted: parties.PartyFilter) -> Page[parties.PartyRow]:
        """List parties."""
        return parties.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(PARTY_WRITE)
    @blp.arguments(PartyIn)
    @blp.response(200, PartyOut)
    def put(self, command: party_services.PutParty) -> parties.PartyRow:
        """Register a party or bring it up to date, by its code."""
        with endpoint.unit_of_work() as uow:
            party_services.put(uow, command)
        return parties.one(endpoint.session(), endpoint.actor(), command.code)


@blp.route("/sites")
class Sites(MethodView):
    """The places where parties work."""

    @endpoint.permit(PARTY_READ)
    @blp.arguments(SiteFilterIn, location="query")
    @blp.response(200, page_of(SiteOut))
    def get(self, wanted: parties.SiteFilter) -> Page[parties.SiteRow]:
        """List places."""
        return parties.sites(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(PARTY_WRITE)
    @blp.arguments(SiteIn)
    @blp.response(200, SiteOut)
    def put(self, command: party_services.PutSite) -> parties.SiteRow:
        """Register a place or bring it up to date, by its code."""
        with endpoint.unit_of_work() as uow:
            party_services.put_site(uow, command)
        return parties.site(endpoint.session(), endpoint.actor(), command.code)


@blp.route("/items")
class Items(MethodView):
    """What is sold, one line per grade and pack."""

    @endpoint.permit(ITEM_READ)
    @blp.arguments(ItemFilterIn, location="query")
    @blp.response(200, page_of(ItemOut))
    def get(self, wanted: items.ItemFilter) -> Page[items.ItemRow]:
        """List trade items."""
        return items.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(ITEM_WRITE)
    @blp.arguments(ItemIn)
    @blp.response(200, ItemOut)
    def put(self, command: item_services.PutItem) -> items.ItemRow:
        """Register a trade item or bring it up to date, by its number."""
        with endpoint.unit_of_work() as uow:
            item_services.put(uow, command)
        return items.one(endpoint.session(), endpoint.actor(), command.sku)
