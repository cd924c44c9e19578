"""Base's jobs: what the outbox holds is sent on."""

from __future__ import annotations

from supplychain.kernel.addon import Job, JobResult
from supplychain.kernel.db.uow import Database
from supplychain.kernel.i18n import N_
from supplychain.kernel.outbox.delivery import WebhookPort, deliver_due
from supplychain.kernel.settings import Settings


def _deliver(database: Database) -> JobResult:
    settings = Settings.from_environment()
    ports = {"webhook": WebhookPort(settings.signing_key())}
    return deliver_due(database, ports)


JOBS = (Job("base.outbox", N_("Send what waits in the outbox"), "* * * * *", _deliver),)
