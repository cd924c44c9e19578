"""Kinds and codes of parties, sites and trade items; pure checks of public identifiers."""

from __future__ import annotations

from enum import StrEnum

from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

from supplychain.base.gs1 import keys
from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable


class PartyKind(StrEnum):
    """What a party is in this trade."""

    COOP = "coop"
    MARKET = "market"
    SUPERMARKET = "supermarket"
    COMMUNITY = "community"
    ENTERPRISE = "enterprise"
    CARRIER = "carrier"
    AUTHORITY = "authority"


PARTY_KINDS = {
    PartyKind.COOP: N_("Co-operative"),
    PartyKind.MARKET: N_("Wholesale market"),
    PartyKind.SUPERMARKET: N_("Supermarket"),
    PartyKind.COMMUNITY: N_("Community"),
    PartyKind.ENTERPRISE: N_("Enterprise"),
    PartyKind.CARRIER: N_("Carrier"),
    PartyKind.AUTHORITY: N_("Authority"),
}


class SiteKind(StrEnum):
    """What a place is used for."""

    BASE = "base"
    PACKHOUSE = "packhouse"
    SLAUGHTERHOUSE = "slaughterhouse"
    FACTORY = "factory"
    MARKET = "market"
    DEPOT = "depot"
    PICKUP = "pickup"
    CANTEEN = "canteen"


SITE_KINDS = {
    SiteKind.BASE: N_("Supply base"),
    SiteKind.PACKHOUSE: N_("Packhouse"),
    SiteKind.SLAUGHTERHOUSE: N_("Slaughterhouse"),
    SiteKind.FACTORY: N_("Tea factory"),
    SiteKind.MARKET: N_("Market gate"),
    SiteKind.DEPOT: N_("Distribution centre"),
    SiteKind.PICKUP: N_("Pick-up point"),
    SiteKind.CANTEEN: N_("Canteen"),
}


class ItemUnit(StrEnum):
    """What one trade item is handed over in."""

    BOX = "box"
    CRATE = "crate"
    BAG = "bag"
    TIN = "tin"
    TRAY = "tray"
    PIECE = "piece"


ITEM_UNITS = {
    ItemUnit.BOX: N_("box"),
    ItemUnit.CRATE: N_("crate"),
    ItemUnit.BAG: N_("bag"),
    ItemUnit.TIN: N_("tin"),
    ItemUnit.TRAY: N_("tray"),
    ItemUnit.PIECE: N_("piece"),
}


class KeyKind(StrEnum):
    """What a company prefix lets its party number."""

    ITEM = "item"
    LOCATION = "location"
    LOGISTIC = "logistic"


KEY_KINDS = {
    KeyKind.ITEM: N_("Trade items (GTIN)"),
    KeyKind.LOCATION: N_("Places and parties (GLN)"),
    KeyKind.LOGISTIC: N_("Boxes and pallets (SSCC)"),
}

KEY_DIGITS = {KeyKind.ITEM: 12, KeyKind.LOCATION: 12, KeyKind.LOGISTIC: 16}
"""Digits of prefix and number together, without extension and check digit (General Specifications, 3)."""

FIRST_NUMBER = 1
"""Pools begin here: by custom number 0 names the party itself."""


def pool_size(kind: KeyKind, prefix: str) -> int:
    """Return how many numbers a prefix has room for, 0 among them."""
    return int(10 ** (KEY_DIGITS[kind] - len(prefix)))


def pools_of(prefix: str) -> list[tuple[KeyKind, int]]:
    """Return the pools below a prefix as (kind, extension digit); a prefix that fills a key has none."""
    found = [(kind, 0) for kind in (KeyKind.ITEM, KeyKind.LOCATION) if pool_size(kind, prefix) > 1]
    return [*found, *((KeyKind.LOGISTIC, extension) for extension in range(10))]


def key_of(kind: KeyKind, prefix: str, extension: int, number: int) -> str:
    """Return a key in full, check digit included; a GTIN has thirteen digits."""
    if kind is KeyKind.LOGISTIC:
        return keys.make_sscc(prefix, number, extension)
    return keys.make_gtin13(prefix, number) if kind is KeyKind.ITEM else keys.make_gln(prefix, number)


def heads_of(kind: KeyKind, key: str) -> list[str]:
    """Return the prefixes that a key may be made from, of every length that GS1 allots."""
    body = key[-13:] if kind is KeyKind.ITEM else key[1:] if kind is KeyKind.LOGISTIC else key
    return [body[:length] for length in range(SHORTEST_PREFIX, KEY_DIGITS[KeyKind.ITEM])]


def number_of(kind: KeyKind, prefix: str, key: str) -> int:
    """Return the number that a key has below its prefix."""
    body = key[-13:] if kind is KeyKind.ITEM else key[1:] if kind is KeyKind.LOGISTIC else key
    return int(body[len(prefix) : -1])


SHORTEST_PREFIX = 6


class ReservationState(StrEnum):
    """What became of keys that were taken from a pool."""

    RESERVED = "reserved"
    COMMITTED = "committed"
    DROPPED = "dropped"


RESERVATION = StateTable(
    initial=ReservationState.RESERVED,
    flow=(ReservationState.RESERVED, ReservationState.COMMITTED),
    moves={
        ReservationState.RESERVED: frozenset({ReservationState.COMMITTED, ReservationState.DROPPED}),
        ReservationState.COMMITTED: frozenset(),
        ReservationState.DROPPED: frozenset(),
    },
    labels={
        ReservationState.RESERVED: N_("Key reserved"),
        ReservationState.COMMITTED: N_("Key in use"),
        ReservationState.DROPPED: N_("Given up for good"),
    },
)


def is_uscc(text: str) -> bool:
    """Tell whether a text is a valid 统一社会信用代码 (GB 32100-2015), check character included."""
    try:
        return bool(uscc_number.validate(text) == text)
    except ValidationError:
        return False
