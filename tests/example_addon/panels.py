"""What visits put on other pages: a figure, what waits, the visits of a party, a link from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from supplychain.kernel import clock
from supplychain.kernel.addon import Figure, Kpi, Link, Panel, RecordLinks, Task, TaskSource
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.permissions import Actor
from tests.example_addon.permissions import VISIT_READ, VISIT_WRITE
from tests.example_addon.queries import visit as visits

SOON_DAYS = 7


def _soon(session: Session, actor: Actor) -> Figure | None:
    count = visits.planned(session, actor, clock.today() + timedelta(days=SOON_DAYS))
    return Figure(str(count)) if count else None


def _today(session: Session, actor: Actor) -> Sequence[Task]:
    count = visits.planned(session, actor, clock.today())
    values = {"state": "planned"}
    return [Task(Text(N_("visits today")), count, "example_pages.visit_list", values)] if count else ()


def _of_party(session: Session, actor: Actor, party_id: int) -> Mapping[str, Any] | None:
    rows = visits.of_party(session, actor, party_id)
    return {"visits": rows} if rows else None


def _links(session: Session, actor: Actor, party_id: int) -> Sequence[Link]:
    rows = visits.of_party(session, actor, party_id) if actor.may(VISIT_READ) else ()
    label = Text(N_("%(count)s planned"), {"count": len(rows)})
    return [Link(N_("Field visits"), str(label), "example_pages.visit_list", {})] if rows else ()


KPIS = (Kpi("example.soon", N_("Visits in seven days"), VISIT_READ, _soon, 80),)
TASKS = (TaskSource(VISIT_WRITE, _today),)
PANELS = (Panel("base.party", "example/visits.html", _of_party, VISIT_READ, 80),)
RECORD_LINKS = (RecordLinks("base.party", _links),)
