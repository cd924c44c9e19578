"""The spreadsheet of visits."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Sheet, each
from tests.example_addon.permissions import VISIT_READ, VISIT_WRITE
from tests.example_addon.queries import visit as visits
from tests.example_addon.schemas import VisitOut
from tests.example_addon.services import visit as visit_services

SHEETS = (
    Sheet(
        "visits",
        N_("Field visits"),
        VisitOut,
        each(visit_services.put),
        lambda session, actor, filters: visits.every(session, actor),
        VISIT_WRITE,
        VISIT_READ,
    ),
)
