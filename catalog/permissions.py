"""What may be done with products, seasons and supply bases."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Permission

CATALOG_READ = Permission("catalog.read", N_("See the catalogue"))
CATALOG_WRITE = Permission("catalog.write", N_("Change the catalogue"))
SUPPLY_WRITE = Permission("catalog.supply.write", N_("Change own supply bases and plans"))

ALL = (CATALOG_READ, CATALOG_WRITE, SUPPLY_WRITE)
