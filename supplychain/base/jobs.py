"""Base's jobs: what the outbox holds is sent on, what is no longer needed is forgotten."""

from __future__ import annotations

from datetime import timedelta

from supplychain.kernel.addon import Job, JobResult
from supplychain.kernel.db.uow import Database
from supplychain.kernel.documents import form_token
from supplychain.kernel.i18n import N_
from supplychain.kernel.outbox.delivery import WebhookPort, deliver_due
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings

FORMS_KEPT = timedelta(days=7)
"""How long the same form sent again is recognised."""


def _deliver(database: Database) -> JobResult:
    settings = Settings.from_environment()
    ports = {"webhook": WebhookPort(settings.signing_key())}
    return deliver_due(database, ports)


def _forget(database: Database) -> JobResult:
    with database.unit_of_work(SYSTEM) as uow:
        form_token.forget(uow, uow.now - FORMS_KEPT)
    return JobResult()


JOBS = (
    Job("base.outbox", N_("Send what waits in the outbox"), "* * * * *", _deliver),
    Job("base.upkeep", N_("Forget forms that were sent long ago"), "40 3 * * *", _forget),
)
