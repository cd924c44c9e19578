"""The manifest of base: roles, master data, the desk and the operator's room."""

from __future__ import annotations

import csv
from importlib import resources

from sqlalchemy import insert, select

from supplychain.base import permissions as may
from supplychain.base.api import blp
from supplychain.base.cli import gs1
from supplychain.base.jobs import JOBS
from supplychain.base.models.attachment import Attachment
from supplychain.base.models.key import CompanyPrefix, KeyPool, KeyReservation
from supplychain.base.models.notice import Notice
from supplychain.base.models.party import Division, Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.pages import desk, keys, masters, operate
from supplychain.base.sheets import SHEETS
from supplychain.kernel.addon import Addon, DemoFile, DocumentKind, NavGroup, NavItem
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_
from supplychain.kernel.identity import permissions as kernel
from supplychain.kernel.identity.models import User
from supplychain.kernel.permissions import Grant, Role

READER = (may.HOME, may.PARTY_READ, may.ITEM_READ)


def install(uow: UnitOfWork) -> None:
    """Put in the administrative divisions that are not there yet; those that are stay as they are."""
    known = set(uow.session.scalars(select(Division.code)))
    source = resources.files("supplychain.base") / "data" / "divisions.csv"
    with source.open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["code"] not in known]
    for row in sorted(rows, key=lambda row: len(row["code"])):
        uow.session.execute(
            insert(Division).values(
                code=row["code"], name=row["name"], parent_code=row["parent_code"] or None
            )
        )


ADDON = Addon(
    name="base",
    title=N_("Base"),
    summary=N_("Parties, places, trade items, and the desk where everybody begins."),
    package="supplychain.base",
    models=(
        Attachment,
        CompanyPrefix,
        Division,
        KeyPool,
        KeyReservation,
        Notice,
        Party,
        Site,
        TradeItem,
    ),
    permissions=(*kernel.ALL, *may.ALL),
    roles=(
        Role("coop_clerk", N_("Co-operative clerk")),
        Role("coop_manager", N_("Co-operative manager")),
        Role("buyer", N_("Buyer")),
        Role("carrier", N_("Carrier")),
        Role("officer", N_("Officer")),
        Role("operator", N_("Operator")),
    ),
    grants=(
        Grant("coop_clerk", READER),
        Grant("coop_manager", (*READER, may.KEY_USE)),
        Grant("buyer", READER),
        Grant("carrier", READER),
        Grant("officer", (*READER, kernel.SEE_ALL)),
        Grant("operator", (*kernel.ALL, *may.ALL)),
    ),
    pages=(desk.bp, operate.bp, masters.bp, keys.bp),
    apis=(blp,),
    nav=(
        NavItem(NavGroup.GOODS, N_("Trade items"), "masters.item_list", "package", may.ITEM_READ, 61),
        NavItem(NavGroup.RECORDS, N_("Parties"), "masters.party_list", "users", may.PARTY_READ, 72),
        NavItem(NavGroup.RECORDS, N_("Places"), "masters.site_list", "map-pin", may.PARTY_READ, 74),
        NavItem(NavGroup.RECORDS, N_("Company prefixes"), "keys.prefix_list", "barcode", may.KEY_USE, 76),
        NavItem(NavGroup.ADMIN, N_("Users"), "operate.user_list", "user", kernel.USER_MANAGE, 90),
        NavItem(NavGroup.ADMIN, N_("Jobs"), "operate.job_list", "clock", kernel.JOB_OPERATE, 92),
        NavItem(NavGroup.ADMIN, N_("Audit trail"), "operate.audit", "shield-check", kernel.AUDIT_READ, 94),
    ),
    sheets=SHEETS,
    jobs=JOBS,
    cli=(gs1,),
    demo=(
        DemoFile("parties", "parties.xlsx", 10),
        DemoFile("sites", "sites.xlsx", 11),
        DemoFile("items", "items.xlsx", 12),
        DemoFile("users", "users.xlsx", 13),
    ),
    install=install,
    documents=(
        DocumentKind("kernel.user", N_("Users"), (User.id, User.username)),
        DocumentKind("base.party", N_("Parties"), (Party.id, Party.code), "masters.party", "code"),
        DocumentKind(
            "base.company_prefix",
            N_("Company prefixes"),
            (CompanyPrefix.id, CompanyPrefix.digits),
            "keys.prefix",
            "digits",
        ),
        DocumentKind("base.site", N_("Place"), (Site.id, Site.code)),
        DocumentKind("base.trade_item", N_("Trade items"), (TradeItem.id, TradeItem.sku)),
    ),
)
