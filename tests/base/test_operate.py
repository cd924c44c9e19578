"""The operator's room by page: who may what, which programs come in, what the jobs did."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from supplychain.kernel.db.uow import Database
from supplychain.kernel.jobs import runner
from supplychain.kernel.jobs.models import JobRun, RunOutcome
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW
from tests.make.orchard import make_user, signed_in


@pytest.fixture
def operator(app: Flask, client: FlaskClient, db: Database) -> FlaskClient:
    """An operator's browser."""
    return signed_in(app, db, make_user(db))


def test_a_job_that_was_given_up_says_so_to_its_operator(
    operator: FlaskClient, db: Database, suite: Suite
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            JobRun(
                job="base.upkeep",
                slot_at=NOW,
                started_by="system",
                started_at=NOW,
                lease_until=NOW,
                attempt=runner.LAST_ATTEMPT,
                outcome=RunOutcome.RUNNING,
                counts={},
                failures={},
            )
        )
    runner.run_due(db, suite)
    assert "It is not tried again" in operator.get("/jobs/base.upkeep").text
    assert "本次不再重试" in operator.get("/jobs/base.upkeep?lang=zh").text
