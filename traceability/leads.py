"""Ways to batches that traceability knows itself: their numbers, where they grew, who brought them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from supplychain.base.models.party import Site
from supplychain.kernel.clock import local_day
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.leads import Clue, Lead
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.queries import farm
from traceability.queries import inspection_figures as inspections
from traceability.queries.visibility import own
from traceability.services.batch import DOCUMENT


def _by_number(session: Session, actor: Actor, clue: Clue) -> Collection[int]:
    """Return the batches of these numbers; each must be there."""
    wanted = set(clue.text.replace(",", " ").replace("，", " ").replace("、", " ").split())
    found = session.execute(select(Batch.number, Batch.id).where(own(actor), Batch.number.in_(wanted))).all()
    missing = wanted - {number for number, _ in found}
    if missing:
        raise Invalid.at("clue", N_("There is no batch %(number)s."), number=min(missing))
    return [batch_id for _, batch_id in found]


def _by_plot(session: Session, actor: Actor, clue: Clue) -> Collection[int]:
    site, _, plot = clue.text.partition(" ")
    return _grown(session, actor, clue, Site.code == site, *([Batch.plot == plot.strip()] if plot else []))


def _by_household(session: Session, actor: Actor, clue: Clue) -> Collection[int]:
    site, _, member = clue.text.partition(" ")
    return _grown(session, actor, clue, Site.code == site, Batch.member_name == member.strip())


def _grown(session: Session, actor: Actor, clue: Clue, *conditions: Any) -> Collection[int]:
    """Return what was harvested at a place in the days of the clue."""
    wanted: Select[int] = select(Batch.id).join(Site, Site.id == Batch.site_id).where(own(actor), *conditions)
    if clue.since:
        wanted = wanted.where(Batch.harvested_on >= local_day(clue.since))
    if clue.until:
        wanted = wanted.where(Batch.harvested_on <= local_day(clue.until))
    return session.scalars(wanted).all()


def _by_input(session: Session, actor: Actor, clue: Clue) -> Collection[int]:
    since = local_day(clue.since) if clue.since else None
    until = local_day(clue.until) if clue.until else None
    return farm.batches_of_input(session, actor, clue.text, since, until)


def _by_inspection(session: Session, actor: Actor, clue: Clue) -> Collection[int]:
    """Return the batch of an inspection, or all that one laboratory report is about."""
    found = inspections.batches_of(session, actor, clue.text.strip())
    if not found:
        raise Invalid.at("clue", N_("There is no inspection %(number)s."), number=clue.text)
    return found


LEADS = (
    Lead(
        "batch",
        DOCUMENT,
        N_("Batches"),
        N_("Batch numbers, one or several."),
        _by_number,
        order=10,
    ),
    Lead(
        "plot",
        DOCUMENT,
        N_("Base and plot"),
        N_("The code of the base and the plot, as on the batches: DT-CHA-01 江山3号茶园."),
        _by_plot,
        order=20,
    ),
    Lead(
        "household",
        DOCUMENT,
        N_("Member household"),
        N_("The code of the base and the household's name."),
        _by_household,
        order=30,
    ),
    Lead(
        "input",
        DOCUMENT,
        N_("Farm input"),
        N_("The input's code or registration number: all that it was used on, up to a year before harvest."),
        _by_input,
        order=40,
    ),
    Lead(
        "inspection",
        DOCUMENT,
        N_("Inspection"),
        N_("The number of the inspection, or of the laboratory's report."),
        _by_inspection,
        order=50,
    ),
)
