"""The ticker: asks every few seconds what is due; the tables decide, so any number of tickers may run."""

from __future__ import annotations

from apscheduler.schedulers.background import BackgroundScheduler

from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.db.uow import Database
from supplychain.kernel.jobs import runner
from supplychain.kernel.loader import Suite

TICK_SECONDS = 5


def start(database: Database, suite: Suite) -> BackgroundScheduler:
    """Start ticking in a thread of this process; `shutdown(wait=True)` lets the present run end."""
    runner.register(database, suite)
    scheduler = BackgroundScheduler(timezone=SHANGHAI)
    scheduler.add_job(
        runner.run_due,
        "interval",
        seconds=TICK_SECONDS,
        args=(database, suite),
        coalesce=True,
        max_instances=1,
        id="tick",
    )
    scheduler.start()
    return scheduler
