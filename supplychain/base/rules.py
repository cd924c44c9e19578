"""Kinds and codes of parties, sites and trade items; pure checks of public identifiers."""

from __future__ import annotations

from enum import StrEnum

from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

from supplychain.kernel.i18n import N_


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


def is_uscc(text: str) -> bool:
    """Tell whether a text is a valid 统一社会信用代码 (GB 32100-2015), check character included."""
    try:
        return bool(uscc_number.validate(text) == text)
    except ValidationError:
        return False
