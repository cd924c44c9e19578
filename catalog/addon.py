"""The manifest of the addon catalog."""

from __future__ import annotations

from catalog.models.product import GradeStandard, ItemProduct, Product, Season, StorageProfile
from catalog.models.supply import SupplyBase, SupplyPlan
from supplychain.kernel.addon import Addon
from supplychain.kernel.i18n import N_

ADDON = Addon(
    name="catalog",
    title=N_("Catalogue"),
    summary="",
    package="catalog",
    depends=("base",),
    models=(GradeStandard, ItemProduct, Product, Season, StorageProfile, SupplyBase, SupplyPlan),
)
