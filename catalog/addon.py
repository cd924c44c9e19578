"""The manifest of the catalogue."""

from __future__ import annotations

from catalog import permissions as may
from catalog.api import blp
from catalog.models.product import GradeStandard, ItemProduct, Product, Season, StorageProfile
from catalog.models.supply import SupplyBase, SupplyPlan
from catalog.pages import bp
from catalog.sheets import SHEETS
from supplychain.kernel.addon import Addon, DemoFile, DocumentKind, NavGroup, NavItem
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Grant

ADDON = Addon(
    name="catalog",
    title=N_("Catalogue"),
    summary=N_("What grows where and when, and how it keeps."),
    package="catalog",
    depends=("base",),
    models=(GradeStandard, ItemProduct, Product, Season, StorageProfile, SupplyBase, SupplyPlan),
    permissions=may.ALL,
    grants=(
        Grant("coop_clerk", (may.CATALOG_READ, may.SUPPLY_WRITE)),
        Grant("coop_manager", (may.CATALOG_READ, may.SUPPLY_WRITE)),
        Grant("buyer", (may.CATALOG_READ,)),
        Grant("officer", (may.CATALOG_READ,)),
        Grant("operator", may.ALL),
    ),
    pages=(bp,),
    apis=(blp,),
    nav=(
        NavItem(NavGroup.GOODS, N_("Products"), "catalog_pages.product_list", "leaf", may.CATALOG_READ, 60),
        NavItem(
            NavGroup.GOODS,
            N_("Season calendar"),
            "catalog_pages.season_list",
            "calendar",
            may.CATALOG_READ,
            62,
        ),
        NavItem(NavGroup.GOODS, N_("Supply bases"), "catalog_pages.base_list", "plant", may.CATALOG_READ, 64),
    ),
    sheets=SHEETS,
    demo=(
        DemoFile("grade-standards", "grade-standards.xlsx", 20),
        DemoFile("products", "products.xlsx", 21),
        DemoFile("item-products", "item-products.xlsx", 22),
        DemoFile("seasons", "seasons.xlsx", 23),
        DemoFile("supply-bases", "supply-bases.xlsx", 24),
        DemoFile("supply-plans", "supply-plans.xlsx", 25),
    ),
    documents=(
        DocumentKind(
            "catalog.product", N_("Products"), (Product.id, Product.code), "catalog_pages.product", "code"
        ),
        DocumentKind("catalog.grade_standard", N_("Grade standards"), (GradeStandard.id, GradeStandard.code)),
        DocumentKind("catalog.season", N_("Seasons")),
        DocumentKind("catalog.storage_profile", N_("Storage conditions")),
        DocumentKind("catalog.supply_base", N_("Supply bases")),
        DocumentKind("catalog.supply_plan", N_("Supply plans")),
    ),
)
