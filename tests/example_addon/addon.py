"""The manifest of visits: every room of an addon, each as small as it can be."""

from __future__ import annotations

from supplychain.kernel.addon import Addon, NavGroup, NavItem
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Grant
from tests.example_addon import permissions as may
from tests.example_addon.api import blp
from tests.example_addon.jobs import JOBS
from tests.example_addon.models.visit import Visit
from tests.example_addon.pages import bp
from tests.example_addon.panels import KPIS, PANELS, RECORD_LINKS, TASKS
from tests.example_addon.sheets import SHEETS
from tests.example_addon.subscribers import SUBSCRIBERS

ADDON = Addon(
    name="example",
    title=N_("Field visits"),
    summary=N_("Who comes to see the fields, and when."),
    package="tests.example_addon",
    depends=("base", "traceability"),
    models=(Visit,),
    permissions=may.ALL,
    grants=(
        Grant("coop_clerk", may.ALL),
        Grant("coop_manager", may.ALL),
        Grant("officer", (may.VISIT_READ,)),
        Grant("operator", may.ALL),
    ),
    pages=(bp,),
    apis=(blp,),
    nav=(
        NavItem(
            NavGroup.RECORDS, N_("Field visits"), "example_pages.visit_list", "calendar", may.VISIT_READ, 80
        ),
    ),
    sheets=SHEETS,
    jobs=JOBS,
    subscribers=SUBSCRIBERS,
    record_links=RECORD_LINKS,
    panels=PANELS,
    kpis=KPIS,
    tasks=TASKS,
)
