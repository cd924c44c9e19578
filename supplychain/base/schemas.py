"""Shapes of parties, sites, trade items, users and the sign-in; for forms, JSON and spreadsheets alike."""

from __future__ import annotations

from supplychain.base.queries.audit import AuditFilter
from supplychain.base.queries.key import PrefixFilter, ReservationFilter
from supplychain.base.queries.party import PartyFilter, SiteFilter
from supplychain.base.queries.trade_item import ItemFilter
from supplychain.base.rules import (
    ITEM_UNITS,
    KEY_KINDS,
    PARTY_KINDS,
    RESERVATION,
    SITE_KINDS,
    ItemUnit,
    KeyKind,
    PartyKind,
    ReservationState,
    SiteKind,
)
from supplychain.base.services.key import SINCE, PutPrefix, Reserve
from supplychain.base.services.party import PutParty, PutSite
from supplychain.base.services.trade_item import PutItem
from supplychain.base.services.user import PutUser
from supplychain.kernel import units
from supplychain.kernel.i18n import DEFAULT_LOCALE, N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn

GLN = r"\d{13}"


class PartyIn(Shape):
    """A party as its registration papers name it."""

    command = PutParty

    code = fields.Code(N_("Party code"), required=True, pattern=r"[A-Z0-9][A-Z0-9-]{1,23}")
    name = fields.Words(N_("Registered name"), most=120, required=True)
    short_name = fields.Words(N_("Short name"), most=40, required=True)
    kind = fields.Choice(PartyKind, N_("Kind of party"), labels=PARTY_KINDS, required=True)
    uscc = fields.Code(N_("Unified social credit code"), pattern=r"[0-9A-Z]{18}", load_default=None)
    gln = fields.Code(N_("GLN"), pattern=GLN, load_default=None)
    gs1_prefix = fields.Code(N_("GS1 company prefix"), pattern=r"\d{6,12}", load_default=None)
    division_code = fields.Code(
        N_("Division code"), pattern=r"\d{2}(\d{2}(\d{2}(\d{3})?)?)?", load_default=None
    )
    address = fields.Words(N_("Address"), least=0, load_default="")
    contact_name = fields.Words(N_("Contact"), least=0, most=60, load_default="")
    contact_phone = fields.Words(N_("Phone"), least=0, most=30, load_default="")
    webhook_url = fields.Code(
        N_("Webhook address"),
        pattern=r"https?://[^\s]{3,280}",
        load_default=None,
        help=N_("Notices are sent there as JSON, besides being shown at home."),
    )
    is_demo = fields.Flag(N_("Demo"), load_default=False)
    is_active = fields.Flag(N_("In use"), load_default=True)


class PartyOut(PartyIn):
    """A party with the number of its places."""

    sites = fields.Count(N_("Places"))


class PartyFilterIn(PageIn):
    """Which parties to list."""

    command = PartyFilter
    kind = fields.Choice(PartyKind, N_("Kind of party"), labels=PARTY_KINDS, load_default=None)


class SiteIn(Shape):
    """A place of a party."""

    command = PutSite

    code = fields.Code(N_("Place code"), required=True, pattern=r"[A-Z0-9][A-Z0-9-]{1,23}")
    party = fields.Code(N_("Party code"), required=True)
    name = fields.Words(N_("Place name"), most=120, required=True)
    kind = fields.Choice(SiteKind, N_("Kind of place"), labels=SITE_KINDS, required=True)
    gln = fields.Code(N_("GLN"), pattern=GLN, load_default=None)
    division_code = fields.Code(
        N_("Division code"), pattern=r"\d{2}(\d{2}(\d{2}(\d{3})?)?)?", load_default=None
    )
    address = fields.Words(N_("Address"), least=0, load_default="")
    altitude_m = fields.Count(N_("Altitude"), unit="m", least=-100, most=9000, load_default=None)
    latitude_e6 = fields.Scaled(
        units.DEGREE, N_("Latitude"), least=-90_000_000, most=90_000_000, load_default=None
    )
    longitude_e6 = fields.Scaled(
        units.DEGREE, N_("Longitude"), least=-180_000_000, most=180_000_000, load_default=None
    )
    is_active = fields.Flag(N_("In use"), load_default=True)


class SiteOut(SiteIn):
    """A place with its owner's and its division's names."""

    party_name = fields.Words(N_("Party"))
    division_name = fields.Words(N_("Town"))


class SiteFilterIn(PageIn):
    """Which places to list."""

    command = SiteFilter
    kind = fields.Choice(SiteKind, N_("Kind of place"), labels=SITE_KINDS, load_default=None)
    party = fields.Code(N_("Party"), load_default="")


class ItemIn(Shape):
    """A trade item: one thing that is sold, in one grade and pack."""

    command = PutItem

    sku = fields.Code(N_("Item number"), required=True, pattern=r"[A-Z0-9][A-Z0-9-]{1,23}")
    gtin = fields.Code(N_("GTIN"), pattern=r"\d{8}|\d{12,14}", required=True)
    brand = fields.Code(N_("Brand owner"), required=True)
    name_zh = fields.Words(N_("Name in Chinese"), most=80, required=True)
    name_en = fields.Words(N_("Name in English"), most=80, required=True)
    grade = fields.Words(N_("Grade"), least=0, most=20, load_default="")
    grade_standard = fields.Words(
        N_("Grade standard"),
        least=0,
        most=40,
        load_default="",
        help=N_("GB 7718: no grade without the standard that defines it."),
    )
    unit = fields.Choice(ItemUnit, N_("Unit of pack"), labels=ITEM_UNITS, required=True)
    net_grams = fields.Scaled(units.KG, N_("Net mass of one"), least=1, required=True)
    is_catch_weight = fields.Flag(N_("Weighed each"), load_default=False)
    is_active = fields.Flag(N_("In use"), load_default=True)


class ItemOut(ItemIn):
    """A trade item with its brand owner's name."""

    brand_name = fields.Words(N_("Brand"))


class ItemFilterIn(PageIn):
    """Which trade items to list."""

    command = ItemFilter
    brand = fields.Code(N_("Brand"), load_default="")


class PrefixIn(Shape):
    """A company prefix as GS1's letter of allotment names it."""

    command = PutPrefix

    digits = fields.Code(N_("Company prefix"), pattern=r"\d{6,12}", required=True)
    party = fields.Code(N_("Party code"), required=True)
    valid_from = fields.Day(N_("Valid from"), load_default=SINCE)
    valid_until = fields.Day(
        N_("Valid until"), load_default=None, help=N_("Empty while the allotment is renewed each year.")
    )


class PrefixOut(PrefixIn):
    """A company prefix with what is left below it."""

    party_name = fields.Words(N_("Party"))
    items_left = fields.Count(N_("GTINs left"))
    locations_left = fields.Count(N_("GLNs left"))
    units_left = fields.Count(N_("SSCCs left"))


class PrefixFilterIn(PageIn):
    """Which company prefixes to list."""

    command = PrefixFilter
    party = fields.Code(N_("Party"), load_default="")


class ReserveIn(Shape):
    """Keys to be reserved, in a row."""

    command = Reserve

    kind = fields.Choice(KeyKind, N_("What for"), labels=KEY_KINDS, required=True)
    count = fields.Count(N_("Number of keys"), least=1, most=1_000, load_default=1)
    purpose = fields.Words(N_("Purpose"), least=0, most=120, load_default="")


class ReservationOut(Shape):
    """Keys that were taken together."""

    id = fields.Count(N_("Reservation"), most=10**18)
    prefix = fields.Code(N_("Company prefix"))
    kind = fields.Choice(KeyKind, N_("What for"), labels=KEY_KINDS)
    first_key = fields.Code(N_("First key"))
    last_key = fields.Code(N_("Last key"))
    count = fields.Count(N_("Number of keys"))
    state = fields.Choice(ReservationState, N_("State"), labels=RESERVATION.labels)
    purpose = fields.Words(N_("Purpose"))
    reserved_at = fields.Moment(N_("Taken at"))
    reserved_by = fields.Words(N_("Taken by"))
    settled_at = fields.Moment(N_("Settled at"), allow_none=True)


class KeysOut(ReservationOut):
    """Keys that were taken together, each in full."""

    keys = fields.Texts(N_("The keys in full"), most=1_000)


class ReservationFilterIn(PageIn):
    """Which keys that were taken."""

    command = ReservationFilter
    prefix = fields.Code(N_("Company prefix"), load_default="")
    kind = fields.Choice(KeyKind, N_("What for"), labels=KEY_KINDS, load_default=None)
    state = fields.Choice(ReservationState, N_("State"), labels=RESERVATION.labels, load_default=None)


class UserIn(Shape):
    """A user with one role, for a party or for none."""

    command = PutUser

    username = fields.Code(N_("Sign-in name"), required=True, pattern=r"[a-z0-9][a-z0-9._-]{2,39}")
    display_name = fields.Words(N_("Person's name"), most=60, required=True)
    role = fields.Code(N_("Role"), required=True)
    party = fields.Code(N_("Party code"), load_default=None)
    password = fields.Words(
        N_("Password"), least=10, most=200, widget="password", required=True, load_only=True
    )
    locale = fields.Code(N_("Language"), pattern=r"zh_Hans_CN|en", load_default=DEFAULT_LOCALE)


class SignInIn(Shape):
    """A name and a password."""

    username = fields.Words(N_("Sign-in name"), most=40, required=True)
    password = fields.Words(N_("Password"), most=200, widget="password", required=True)


class PasswordIn(Shape):
    """The present password and a new one."""

    old = fields.Words(N_("Present password"), most=200, widget="password", required=True)
    new = fields.Words(N_("New password"), least=10, most=200, widget="password", required=True)


class AuditFilterIn(PageIn):
    """Which lines of the audit trail to list."""

    command = AuditFilter
    document = fields.Code(N_("Document"), load_default=None)


class TokenIn(Shape):
    """A token for another system."""

    grant = fields.Code(N_("Acts as"), required=True, pattern=r"[0-9]{1,18}")
    name = fields.Words(N_("What it is for"), most=60, required=True)
