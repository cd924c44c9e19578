"""Base's jobs: what the outbox holds is sent on, what is no longer needed is forgotten."""

from __future__ import annotations

import hmac
from datetime import timedelta
from hashlib import sha256

from supplychain.kernel.addon import ConfiguredJob, Job, JobResult
from supplychain.kernel.db.uow import Database
from supplychain.kernel.documents import form_token
from supplychain.kernel.i18n import N_
from supplychain.kernel.identity import services as identity
from supplychain.kernel.outbox.delivery import Port, SignedPort, WebhookPort, deliver_due
from supplychain.kernel.outbox.reach import Reach
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings

FORMS_KEPT = timedelta(days=7)
"""How long the same form sent again is recognised."""


def _deliver(database: Database, settings: Settings) -> JobResult:
    reach = Reach.of(settings.webhook_hosts)
    ports: dict[str, Port] = {
        "webhook": WebhookPort(_webhook_secret(settings.signing_key()), reach),
        "epcis": SignedPort("GS1-Signature", reach),
    }
    return deliver_due(database, ports)


def _webhook_secret(key: str) -> str:
    """Return what webhooks are signed with: made from the session key, which cannot be told from it."""
    return hmac.new(key.encode(), b"webhook", sha256).hexdigest()


def _forget(database: Database) -> JobResult:
    with database.unit_of_work(SYSTEM) as uow:
        forms = form_token.forget(uow, uow.now - FORMS_KEPT)
        failures = identity.forget_failures(uow)
    return JobResult({N_("old forms"): forms, N_("failed sign-ins"): failures})


JOBS = (
    ConfiguredJob("base.outbox", N_("Send what waits in the outbox"), "* * * * *", _deliver),
    Job("base.upkeep", N_("Forget old forms and failed sign-ins"), "40 3 * * *", _forget),
)
