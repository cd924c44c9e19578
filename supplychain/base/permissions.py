"""What may be done with parties, sites, items, files and notices."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Permission

HOME = Permission("base.home", N_("See the home page"))
PARTY_READ = Permission("base.party.read", N_("See parties and sites"))
PARTY_WRITE = Permission("base.party.write", N_("Change parties and sites"))
ITEM_READ = Permission("base.item.read", N_("See trade items"))
ITEM_WRITE = Permission("base.item.write", N_("Change trade items"))

KEY_USE = Permission("base.key.use", N_("See company prefixes and reserve keys"))
PREFIX_WRITE = Permission("base.prefix.write", N_("Keep company prefixes"))

ALL = (HOME, PARTY_READ, PARTY_WRITE, ITEM_READ, ITEM_WRITE, KEY_USE, PREFIX_WRITE)
