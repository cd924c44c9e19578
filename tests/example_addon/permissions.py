"""What may be done with visits."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Permission

VISIT_READ = Permission("example.visit.read", N_("See visits"))
VISIT_WRITE = Permission("example.visit.write", N_("Plan visits"))

ALL = (VISIT_READ, VISIT_WRITE)
