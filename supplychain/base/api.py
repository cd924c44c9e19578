"""Base's API: parties, places and trade items, for programs."""

from __future__ import annotations

from dataclasses import replace

from flask.views import MethodView

from supplychain.base.permissions import (
    ITEM_READ,
    ITEM_WRITE,
    KEY_USE,
    PARTY_READ,
    PARTY_WRITE,
    PREFIX_WRITE,
)
from supplychain.base.queries import key as keys
from supplychain.base.queries import party as parties
from supplychain.base.queries import trade_item as items
from supplychain.base.schemas import (
    ItemFilterIn,
    ItemIn,
    ItemOut,
    KeysOut,
    PartyFilterIn,
    PartyIn,
    PartyOut,
    PrefixFilterIn,
    PrefixIn,
    PrefixOut,
    ReservationFilterIn,
    ReservationOut,
    ReserveIn,
    SiteFilterIn,
    SiteIn,
    SiteOut,
)
from supplychain.base.services import key as key_services
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


@blp.route("/prefixes")
class Prefixes(MethodView):
    """Company prefixes."""

    @endpoint.permit(KEY_USE)
    @blp.arguments(PrefixFilterIn, location="query")
    @blp.response(200, page_of(PrefixOut))
    def get(self, wanted: keys.PrefixFilter) -> Page[keys.PrefixRow]:
        """List the own company prefixes with what is left below them."""
        return keys.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(PREFIX_WRITE)
    @blp.arguments(PrefixIn)
    @blp.response(200, PrefixOut)
    def put(self, command: key_services.PutPrefix) -> keys.PrefixRow:
        """Put a company prefix on record or bring its days up to date."""
        with endpoint.unit_of_work() as uow:
            key_services.put_prefix(uow, command)
        return keys.one(endpoint.session(), endpoint.actor(), command.digits)


@blp.route("/prefixes/<string:digits>/keys")
class Keys(MethodView):
    """Keys below a company prefix."""

    @endpoint.permit(KEY_USE)
    @blp.arguments(ReservationFilterIn, location="query")
    @blp.response(200, page_of(ReservationOut))
    def get(self, wanted: keys.ReservationFilter, digits: str) -> Page[keys.ReservationRow]:
        """List the keys that were taken."""
        keys.one(endpoint.session(), endpoint.actor(), digits)
        return keys.reservations(endpoint.session(), endpoint.actor(), replace(wanted, prefix=digits))

    @endpoint.permit(KEY_USE)
    @blp.arguments(ReserveIn)
    @blp.response(201, KeysOut)
    def post(self, command: key_services.Reserve, digits: str) -> keys.ReservationRow:
        """Reserve keys in a row; commit or drop them later."""
        row = keys.one(endpoint.session(), endpoint.actor(), digits)
        with endpoint.unit_of_work() as uow:
            reserved = key_services.reserve(uow, row.party_id, replace(command, prefix=digits))
        return keys.reservation(endpoint.session(), endpoint.actor(), reserved.id)


@blp.route("/keys/<int(max=9223372036854775807):reservation_id>/commit")
class CommitKeys(MethodView):
    """Reserved keys that are taken into use."""

    @endpoint.permit(KEY_USE)
    @blp.response(200, KeysOut)
    def post(self, reservation_id: int) -> keys.ReservationRow:
        """Take reserved keys into use."""
        return _settled(reservation_id, key_services.commit)


@blp.route("/keys/<int(max=9223372036854775807):reservation_id>/drop")
class DropKeys(MethodView):
    """Reserved keys that are given up."""

    @endpoint.permit(KEY_USE)
    @blp.response(200, KeysOut)
    def post(self, reservation_id: int) -> keys.ReservationRow:
        """Give reserved keys up: nobody gets them again."""
        return _settled(reservation_id, key_services.drop)


def _settled(reservation_id: int, act: key_services.Settle) -> keys.ReservationRow:
    keys.reservation(endpoint.session(), endpoint.actor(), reservation_id)
    with endpoint.unit_of_work() as uow:
        act(uow, reservation_id)
    return keys.reservation(endpoint.session(), endpoint.actor(), reservation_id)


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
