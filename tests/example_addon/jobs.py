"""Scheduled work: visits whose day is over were missed, unless somebody said otherwise."""

from __future__ import annotations

from supplychain.kernel import clock
from supplychain.kernel.addon import Job, JobResult
from supplychain.kernel.db.uow import Database
from supplychain.kernel.errors import DomainError
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import SYSTEM
from tests.example_addon.queries import visit as visits
from tests.example_addon.rules import VisitState
from tests.example_addon.services import visit as visit_services


def lapse(database: Database) -> JobResult:
    """Write down which visits were missed, each in a unit of work of its own; safe to repeat."""
    with database.reading() as session:
        found = visits.overdue(session, clock.today())
    missed, failures = 0, []
    for visit_id in found:
        try:
            with database.unit_of_work(SYSTEM) as uow:
                visit_services.close(uow, visit_id, VisitState.MISSED)
        except DomainError as error:
            failures.append(f"{visit_id}: {error}")
        else:
            missed += 1
    return JobResult({"missed": missed}, failures)


JOBS = (Job("example.lapse", N_("Note missed visits"), "20 1 * * *", lapse),)
