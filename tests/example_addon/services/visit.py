"""Visits are planned, made or missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select

from supplychain.base.queries import party as parties
from supplychain.base.services import upkeep
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from tests.example_addon.events import VisitPlanned
from tests.example_addon.models.visit import Visit
from tests.example_addon.rules import VISIT, VisitState

DOCUMENT = "example.visit"


@dataclass(frozen=True, slots=True)
class PlanVisit:
    """Who comes to which place on which day."""

    site: str
    visitor: str
    visit_on: date
    people: int = 1
    note: str = ""


def plan(uow: UnitOfWork, command: PlanVisit) -> Visit:
    """Plan a visit; the same visitor, place and day again is the same visit. Announces VisitPlanned."""
    put(uow, command)
    return uow.session.scalars(_like(command, _own_site(uow, command.site))).one()


def put(uow: UnitOfWork, command: PlanVisit) -> Outcome:
    """Plan a visit or bring it up to date; Invalid at `site` for others' places."""
    site_id = _own_site(uow, command.site)
    existing = uow.session.scalar(_like(command, site_id))
    values = upkeep.values_of(command, without=("site",)) | {"site_id": site_id}
    if existing is not None:
        return upkeep.put(uow, DOCUMENT, Visit, existing, values)
    outcome = upkeep.put(uow, DOCUMENT, Visit, None, values | {"state": VISIT.initial})
    uow.publish(VisitPlanned(uow.session.scalars(_like(command, site_id)).one().id))
    return outcome


def close(uow: UnitOfWork, visit_id: int, state: VisitState) -> Visit:
    """Write down that a visit was made or missed; Refused when that cannot follow."""
    visit = uow.session.get(Visit, visit_id, with_for_update=True)
    if visit is None:
        raise NotFound(N_("There is no visit %(number)s."), number=visit_id)
    VISIT.check(visit.state, state)
    visit.state = state
    uow.flush()
    audit.record(uow, DOCUMENT, visit.id, VISIT.labels[state])
    return visit


def _like(command: PlanVisit, site_id: int) -> Select[Visit]:
    return select(Visit).where(
        Visit.site_id == site_id, Visit.visit_on == command.visit_on, Visit.visitor == command.visitor
    )


def _own_site(uow: UnitOfWork, code: str) -> int:
    site = parties.site_by_code(uow.session, code, field="site")
    if uow.actor.party_id not in (None, site.party_id):
        raise Invalid.at("site", N_("%(code)s is not one of your places."), code=code)
    return site.id
