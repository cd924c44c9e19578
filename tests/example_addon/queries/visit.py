"""Reading visits: a party sees those to its own places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from supplychain.base.models.party import Site
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from tests.example_addon.models.visit import Visit
from tests.example_addon.rules import VisitState
from traceability.models.batch import Batch


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as a list shows it."""

    id: int
    site: str
    site_name: str
    visitor: str
    visit_on: date
    people: int
    note: str
    state: VisitState


@dataclass(frozen=True, slots=True)
class VisitFilter(PageRequest):
    """Which visits: in a state, with a text in visitor or place."""

    q: str = ""
    state: VisitState | None = None


def page(session: Session, actor: Actor, wanted: VisitFilter) -> Page[VisitRow]:
    """Return the visits that fit, newest first."""
    found = _visits(actor)
    if wanted.state is not None:
        found = found.where(Visit.state == wanted.state)
    if wanted.q:
        found = found.where(
            Visit.visitor.contains(wanted.q, autoescape=True) | Site.name.contains(wanted.q, autoescape=True)
        )
    return paginate(
        session,
        found,
        wanted,
        row=VisitRow,
        sorts={"visit_on": Visit.visit_on, "visitor": Visit.visitor},
        default="-visit_on",
        key=Visit.id,
        sums={"people": Visit.people},
    )


def every(session: Session, actor: Actor) -> Iterable[VisitRow]:
    """Return every visit that the actor may see, oldest first, for a spreadsheet."""
    return (VisitRow(*row) for row in session.execute(_visits(actor).order_by(Visit.visit_on, Visit.id)))


def one(session: Session, actor: Actor, visit_id: int) -> VisitRow:
    """Return a visit; NotFound when there is none that the actor may see."""
    row = session.execute(_visits(actor).where(Visit.id == visit_id)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no visit %(number)s."), number=visit_id)
    return VisitRow(*row)


def of_party(session: Session, actor: Actor, party_id: int) -> Sequence[VisitRow]:
    """Return the planned visits to a party's places, soonest first."""
    found = _visits(actor).where(Site.party_id == party_id, Visit.state == VisitState.PLANNED)
    return [VisitRow(*row) for row in session.execute(found.order_by(Visit.visit_on, Visit.id))]


def planned(session: Session, actor: Actor, until: date) -> int:
    """Return how many planned visits there are up to a day."""
    counted = (
        select(func.count())
        .select_from(Visit)
        .join(Site, Site.id == Visit.site_id)
        .where(_visible(actor), Visit.state == VisitState.PLANNED, Visit.visit_on <= until)
    )
    return session.scalars(counted).one()


def overdue(session: Session, today: date) -> Sequence[int]:
    """Return the ids of visits that were planned for a day before this one."""
    found = select(Visit.id).where(Visit.state == VisitState.PLANNED, Visit.visit_on < today)
    return session.scalars(found.order_by(Visit.id)).all()


def base_of_batch(session: Session, batch_id: int) -> str:
    """Return the code of the place that a batch comes from."""
    found = select(Site.code).join(Batch, Batch.site_id == Site.id).where(Batch.id == batch_id)
    return session.scalars(found).one()


def _visible(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.sees_all else Site.party_id == actor.party_id


def _visits(actor: Actor) -> Rows:
    return (
        select(
            Visit.id,
            Site.code,
            Site.name,
            Visit.visitor,
            Visit.visit_on,
            Visit.people,
            Visit.note,
            Visit.state,
        )
        .join(Site, Site.id == Visit.site_id)
        .where(_visible(actor))
    )
