"""Traceability's jobs: papers that end soon are told once per threshold, the ledger is sealed each night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from supplychain.base.services import notice
from supplychain.kernel import clock
from supplychain.kernel.addon import Job, JobResult
from supplychain.kernel.db.uow import Database
from supplychain.kernel.errors import DomainError
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import SYSTEM
from traceability.queries import capture as captures
from traceability.queries import certificate as certificates
from traceability.queries import code_run as code_runs
from traceability.queries.certificate import EndingPaper
from traceability.rules.certificate import MAX_VALID_DAYS, NOTICE_DAYS
from traceability.services import code_run, fact_index, subscription
from traceability.services import seal as sealing

_DUE = N_("Certificate %(number)s counts only until %(day)s.")


@dataclass(slots=True)
class _Tally:
    told: int = 0
    known: int = 0


def notice_days_of(paper: EndingPaper, today: date) -> int | None:
    """Return the threshold that a paper has reached, in days; None when it is not time to say anything.

    A paper that never counts longer than a threshold is not told of at that threshold.
    """
    left = (paper.valid_until - today).days
    longest = MAX_VALID_DAYS.get(paper.kind)
    reached = [days for days in NOTICE_DAYS if left <= days and (longest is None or longest > days)]
    return min(reached, default=None)


def tell_of_ending(database: Database) -> JobResult:
    """Tell each party of its papers that end within the thresholds; safe to repeat."""
    today = clock.today()
    with database.reading() as session:
        found = certificates.ending_soon(session, today, max(NOTICE_DAYS))
    tally, failures = _Tally(), []
    for paper in found:
        days = notice_days_of(paper, today)
        if days is None:
            continue
        try:
            _tell(database, paper, days, tally)
        except DomainError as error:
            failures.append(f"{paper.number}: {error}")
    return JobResult({N_("notices"): tally.told, N_("told before"): tally.known}, failures)


def _tell(database: Database, paper: EndingPaper, days: int, tally: _Tally) -> None:
    with database.unit_of_work(SYSTEM) as uow:
        key = f"certificate:{paper.id}:ends:{days}"
        path = f"/certificates/{paper.id}"
        day = paper.valid_until.isoformat()
        is_new = notice.tell(uow, paper.party_id, key, _DUE, path, number=paper.number, day=day)
    tally.told += is_new
    tally.known += not is_new


def seal(database: Database) -> JobResult:
    """Seal what was written to the ledger since the last seal; safe to repeat."""
    with database.unit_of_work(SYSTEM) as uow:
        made = sealing.seal(uow)
        return JobResult({N_("entries sealed"): 0 if made is None else made.size})


def tell_subscribers(database: Database) -> JobResult:
    """Tell subscribers of EPCIS queries what is new; safe to repeat."""
    with database.reading() as session:
        ids = captures.subscriptions_due(session)
    told = 0
    for subscription_id in ids:
        with database.unit_of_work(SYSTEM) as uow:
            told += subscription.tell(uow, subscription_id)
    return JobResult({N_("events told to subscribers"): told})


def make_codes(database: Database) -> JobResult:
    """Make the codes of runs that are not whole, part by part; goes on where it was broken off."""
    with database.reading() as session:
        waiting = code_runs.unfinished(session)
    made = 0
    for run_id in waiting:
        while part := _make_part(database, run_id):
            made += part
    return JobResult({N_("codes made"): made})


def _make_part(database: Database, run_id: int) -> int:
    with database.unit_of_work(SYSTEM) as uow:
        return len(code_run.make_part(uow, run_id))


def index_facts(database: Database) -> JobResult:
    """Let queries find entries that are older than their index; goes on where it was broken off."""
    done = 0
    while part := _index_part(database):
        done += part
    return JobResult({N_("entries indexed anew"): done})


def _index_part(database: Database) -> int:
    with database.unit_of_work(SYSTEM) as uow:
        return fact_index.write_part(uow)


JOBS = (
    Job("traceability.facts", N_("Index what old entries say"), "*/10 * * * *", index_facts),
    Job("traceability.ending", N_("Tell of papers that end soon"), "30 6 * * *", tell_of_ending),
    Job("traceability.subscribers", N_("Tell subscribers what is new"), "* * * * *", tell_subscribers),
    Job("traceability.codes", N_("Make the codes of print runs"), "* * * * *", make_codes),
    Job("traceability.seal", N_("Seal the ledger"), "10 0 * * *", seal),
)
