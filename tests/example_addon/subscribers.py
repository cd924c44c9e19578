"""What visits do when traceability announces something."""

from __future__ import annotations

from datetime import timedelta

from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.events import Subscription
from tests.example_addon.queries import visit as visits
from tests.example_addon.services import visit as visit_services
from tests.example_addon.services.visit import PlanVisit
from traceability.events import BatchHeld


def _look(uow: UnitOfWork, event: BatchHeld) -> None:
    """Plan a look at the base that a held batch comes from, on the day after."""
    site = visits.base_of_batch(uow.session, event.batch_id)
    day = local_day(uow.now) + timedelta(days=1)
    visit_services.plan(uow, PlanVisit(site, uow.actor.name, day, note=event.reason[:200]))


SUBSCRIBERS = (Subscription(BatchHeld, _look),)
