"""The clocks of a re-test: until when it may be asked for, until when it must report, by whom; pure.

农产品质量安全法 art. 51 is about spot tests (监督抽查); the suite grants the same to every failed test.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from supplychain.kernel.clock import local_day
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_
from traceability.rules.inspection import QUICK_KINDS, InspectionKind, InspectionResult
from traceability.rules.workday import Calendar, end_of

ASK_WORKING_DAYS = 5
QUICK_ASK = timedelta(hours=4)
REPORT_WORKING_DAYS = 7

RETEST_KINDS = frozenset({InspectionKind.COMMISSIONED, InspectionKind.OFFICIAL})
"""A re-test may not be a quick test (art. 51), and nobody re-tests in their own cause."""


class RetestState(StrEnum):
    """Where the right to a re-test of a failed inspection stands."""

    OPEN = "open"
    ASKED = "asked"
    OVERTURNED = "overturned"
    UPHELD = "upheld"
    LAPSED = "lapsed"


RETEST_STATES = {
    RetestState.OPEN: N_("Re-test may be asked for"),
    RetestState.ASKED: N_("Re-test under way"),
    RetestState.OVERTURNED: N_("Overturned by re-test"),
    RetestState.UPHELD: N_("Upheld by re-test"),
    RetestState.LAPSED: N_("Time for a re-test is over"),
}


def ask_until(kind: InspectionKind, known_at: datetime, calendar: Calendar) -> datetime:
    """Return the last instant at which a re-test may be asked for (农产品质量安全法 51).

    Four hours from the result of a quick test; else to the end of the fifth working day after the day on
    which the result was known, by the Shanghai calendar.
    """
    if kind in QUICK_KINDS:
        return known_at + QUICK_ASK
    return end_of(calendar.after(local_day(known_at), ASK_WORKING_DAYS))


def report_until(handed_over_at: datetime, calendar: Calendar) -> datetime:
    """Return the last instant for a re-test's report: the seventh working day after it got the sample."""
    return end_of(calendar.after(local_day(handed_over_at), REPORT_WORKING_DAYS))


def check_asked(asked_at: datetime, until: datetime, told: str) -> None:
    """Raise Refused when a re-test is asked for too late; `told` is the deadline in words."""
    if asked_at > until:
        raise Refused(N_("A re-test could be asked for until %(until)s."), until=told)


def check_laboratory(kind: InspectionKind, laboratory: str, first: str) -> None:
    """Raise Invalid when a re-test would be a quick one, or by the laboratory whose finding is disputed."""
    if kind not in RETEST_KINDS:
        raise Invalid.at("kind", N_("A re-test is made by a laboratory; a quick or own test does not count."))
    if _plain(laboratory) == _plain(first):
        raise Invalid.at("laboratory", N_("Another laboratory must make the re-test than the first."))


def state_of(
    result: InspectionResult, until: datetime | None, retest: InspectionResult | None, now: datetime
) -> RetestState | None:
    """Return where a re-test stands; None for what did not fail, or is a re-test itself."""
    if result is not InspectionResult.FAIL or until is None:
        return None
    if retest is None:
        return RetestState.OPEN if now <= until else RetestState.LAPSED
    return _TOLD[retest]


_TOLD = {
    InspectionResult.PENDING: RetestState.ASKED,
    InspectionResult.PASS: RetestState.OVERTURNED,
    InspectionResult.FAIL: RetestState.UPHELD,
}


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
