"""Scheduled work of contracts: monthly settlement, price lists by date, notice before a contract ends."""

from __future__ import annotations

from datetime import date, timedelta

from supplychain.base.services import notice
from supplychain.contracts.queries import contract as contracts
from supplychain.contracts.queries import settlement as settlements
from supplychain.contracts.rules import previous_month
from supplychain.contracts.services import price
from supplychain.contracts.services import settlement as settling
from supplychain.contracts.services.settlement import IssueSettlement
from supplychain.kernel import clock
from supplychain.kernel.addon import Job, JobResult
from supplychain.kernel.db.uow import Database
from supplychain.kernel.errors import DomainError
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import SYSTEM

WARN_DAYS = (30, 7)
"""How long before a contract's end both parties are told."""


def settle(database: Database) -> JobResult:
    """Settle every month that is over, one contract at a time; months missed earlier come first."""
    through = previous_month(clock.today())
    issued, failures = 0, dict[str, str]()
    while waiting := _waiting(database, through, failures):
        for number, month in waiting:
            error = _settle(database, number, month)
            issued += error is None
            if error is not None:
                failures[number] = f"{number} {month:%Y-%m}: {error}"
    return JobResult({N_("settlements issued"): issued}, list(failures.values()))


def bring_on_prices(database: Database) -> JobResult:
    """Bring on the prices whose day has come."""
    with database.unit_of_work(SYSTEM) as uow:
        return JobResult({N_("prices activated"): price.activate_due(uow, clock.local_day(uow.now))})


def warn_of_end(database: Database) -> JobResult:
    """Tell both parties of a contract, once each time, that it ends within 30 and within 7 days."""
    today = clock.today()
    told = 0
    with database.unit_of_work(SYSTEM) as uow:
        ending = contracts.ending(uow.session, today, today + timedelta(days=max(WARN_DAYS)))
        for contract_id, number, seller_id, buyer_id, last in ending:
            warning = min(days for days in WARN_DAYS if last <= today + timedelta(days=days))
            for party_id in (seller_id, buyer_id):
                told += notice.tell(
                    uow,
                    party_id,
                    f"contract:{contract_id}:ends:{warning}:{party_id}",
                    N_("The contract %(contract)s ends on %(day)s."),
                    f"/contracts/{number}",
                    contract=number,
                    day=last.isoformat(),
                )
    return JobResult({N_("notices"): told})


def _waiting(database: Database, through: date, failures: dict[str, str]) -> list[tuple[str, date]]:
    with database.reading() as session:
        return [pair for pair in settlements.due(session, through) if pair[0] not in failures]


def _settle(database: Database, number: str, month: date) -> DomainError | None:
    try:
        with database.unit_of_work(SYSTEM) as uow:
            settling.issue(uow, IssueSettlement(number, month))
    except DomainError as error:
        return error
    return None


JOBS = (
    Job("contracts.settlement", N_("Settle the month before"), "10 2 1 * *", settle),
    Job("contracts.prices", N_("Bring on the prices of the day"), "5 0 * * *", bring_on_prices),
    Job("contracts.expiry", N_("Tell of contracts that end"), "40 6 * * *", warn_of_end),
)
