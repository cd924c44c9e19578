"""Base's spreadsheets: parties, places, trade items and users, as co-operatives keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

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
    ItemIn,
    PartyIn,
    PrefixFilterIn,
    PrefixIn,
    ReservationFilterIn,
    ReservationOut,
    SiteIn,
    UserIn,
)
from supplychain.base.services import key as key_services
from supplychain.base.services import party as party_services
from supplychain.base.services import trade_item as item_services
from supplychain.base.services import user as user_services
from supplychain.kernel.i18n import N_
from supplychain.kernel.identity import directory
from supplychain.kernel.identity.permissions import USER_MANAGE
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema.base import filter_of
from supplychain.kernel.sheets.sheet import Sheet, each


@dataclass(frozen=True, slots=True)
class UserLine:
    """A line of the users' spreadsheet: a person in one role."""

    username: str
    display_name: str
    role: str
    party: str | None


def _users(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterable[UserLine]:
    codes = {row.id: row.code for row in _parties(session, actor, {})}
    for user in directory.users(session):
        for grant in user.grants:
            yield UserLine(user.username, user.display_name, grant.role, codes.get(grant.party_id or 0))


def _parties(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterable[parties.PartyRow]:
    return parties.every(session, filters.get("q", ""))


def _sites(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterable[parties.SiteRow]:
    return parties.every_site(session, filters.get("q", ""))


def _items(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterable[items.ItemRow]:
    return items.every(session, filters.get("q", ""))


def _prefixes(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterable[keys.PrefixRow]:
    return keys.every(session, actor, filter_of(PrefixFilterIn(), filters))


def _reservations(
    session: Session, actor: Actor, filters: Mapping[str, str]
) -> Iterable[keys.ReservationRow]:
    return keys.every_reservation(session, actor, filter_of(ReservationFilterIn(), filters))


SHEETS = (
    Sheet("parties", N_("Parties"), PartyIn, each(party_services.put), _parties, PARTY_WRITE, PARTY_READ),
    Sheet("sites", N_("Places"), SiteIn, each(party_services.put_site), _sites, PARTY_WRITE, PARTY_READ),
    Sheet("items", N_("Trade items"), ItemIn, each(item_services.put), _items, ITEM_WRITE, ITEM_READ),
    Sheet(
        "prefixes",
        N_("Company prefixes"),
        PrefixIn,
        each(key_services.put_prefix),
        _prefixes,
        PREFIX_WRITE,
        KEY_USE,
    ),
    Sheet("keys", N_("Keys taken"), ReservationOut, None, _reservations, KEY_USE, KEY_USE),
    Sheet("users", N_("Users"), UserIn, each(user_services.put), _users, USER_MANAGE, USER_MANAGE),
)
