"""Findings are judged, each against the limit that it brings or the table keeps, and have consequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from supplychain.base.services import notice
from supplychain.kernel import i18n
from supplychain.kernel.clock import SHANGHAI, local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_, Text
from traceability.models.batch import Batch
from traceability.models.inspection import Inspection, InspectionFinding
from traceability.queries import inspection_reference as references
from traceability.rules import retest as clocks
from traceability.rules.hold import HoldKind
from traceability.rules.inspection import (
    RESULT,
    Amount,
    AmountUnit,
    Bound,
    InspectionResult,
    Limit,
    Reading,
    bound_words,
    failure_words,
    is_laxer,
    limit_for,
    passes,
    verdict,
)
from traceability.services import hold

DOCUMENT = "traceability.inspection"
BATCH = "traceability.batch"
_MOST_REASON = 300
_GERMS = frozenset({AmountUnit.CFU_G, AmountUnit.MPN_G})


@dataclass(frozen=True, slots=True)
class Found:
    """What a report says of one thing. Amounts in 1/1 000 000 of their unit; limits only where it has one.

    `bound` None is "at most", `limit_unit` None is the amount's unit.
    """

    analyte: str
    reading: Reading
    amount_micro: int | None = None
    unit: AmountUnit | None = None
    limit_micro: int | None = None
    standard: str = ""
    bound: Bound | None = None
    limit_unit: AmountUnit | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with the limit that it was held against, and whether it passed."""

    found: Found
    limit: Limit | None
    passed: bool

    @property
    def amount(self) -> Amount:
        """Return what was read."""
        return amount_of(self.found)


def amount_of(found: Found) -> Amount:
    """Return what was read, as the rules know it."""
    return Amount(found.reading, found.amount_micro, found.unit)


def judge(session: Session, batch: Batch, day: date, findings: Sequence[Found]) -> list[Judged]:
    """Judge what was found in a sample of that day, in two statements.

    Raises Invalid with a message at every field that is to blame, as `findings.0.limit_micro`.
    """
    crop = references.crop_of(session, batch.trade_item_id)
    kept = references.kept(session, {found.analyte for found in findings})
    judged: list[Judged] = []
    wrong: dict[str, Sequence[Text | str]] = {}
    for place, found in enumerate(findings):
        table = None if crop is None else limit_for(found.analyte, crop, kept, day)
        try:
            _check_single(found, findings[:place])
            limit = _limit(found, table)
            judged.append(Judged(found, limit, passes(amount_of(found), limit)))
        except Invalid as error:
            wrong |= {f"findings.{place}.{name}": texts for name, texts in error.fields.items()}
    if wrong:
        raise Invalid(N_("Some fields need another look."), fields=wrong)
    return judged


def conclude(
    uow: UnitOfWork, row: Inspection, batch: Batch, findings: Sequence[Found], known_at: datetime | None
) -> None:
    """Judge the findings, keep them and draw the consequences: a failed inspection holds its batch at once.

    `known_at` None is now. Raises Refused when the inspection is void or has its result, Invalid at a field.
    """
    if row.voided_at is not None:
        raise Refused(N_("This inspection is void."))
    judged = judge(uow.session, batch, local_day(row.sampled_at), findings)
    result = verdict([one.passed for one in judged])
    RESULT.check(row.result, result)
    row.result, row.known_at = result, known_at or uow.now
    uow.session.add_all(_finding(row.id, one) for one in judged)
    if result is InspectionResult.FAIL and row.first_id is None:
        calendar = references.calendar(uow.session, local_day(row.known_at))
        row.retest_until = clocks.ask_until(row.kind, row.known_at, calendar)
    uow.flush()
    _tell(uow, row, batch)
    if result is InspectionResult.FAIL:
        _stop(uow, row, batch, judged)


def _check_single(found: Found, before: Sequence[Found]) -> None:
    if any(other.analyte == found.analyte for other in before):
        raise Invalid.at("analyte", N_("%(analyte)s stands there twice."), analyte=found.analyte)


def _limit(found: Found, kept: Limit | None) -> Limit | None:
    """Return the limit that counts: the report's own if it is as strict as the table's, else the table's."""
    if found.limit_micro is None and found.bound is not Bound.ABSENT:
        return kept
    typed = _typed(found)
    if kept is not None and is_laxer(typed, kept):
        raise Invalid.at(
            "limit_micro",
            N_("The limit on record is %(limit)s (%(source)s). A report may be stricter, not laxer."),
            limit=bound_words(kept),
            source=kept.source,
        )
    return typed


def _typed(found: Found) -> Limit:
    if not found.standard:
        raise Invalid.at("standard", N_("Where does this limit stand?"))
    if found.bound is Bound.ABSENT:
        return Limit(Bound.ABSENT, None, None, found.standard)
    unit = found.limit_unit or found.unit
    if unit is None:
        raise Invalid.at("unit", N_("In which unit?"))
    return Limit(found.bound or Bound.AT_MOST, found.limit_micro, unit, found.standard)


def _finding(inspection_id: int, judged: Judged) -> InspectionFinding:
    found, limit = judged.found, judged.limit
    return InspectionFinding(
        inspection_id=inspection_id,
        analyte=found.analyte,
        reading=found.reading,
        amount_micro=found.amount_micro,
        unit=found.unit,
        bound=limit.bound if limit else None,
        limit_micro=limit.micro if limit else None,
        limit_unit=limit.unit if limit else None,
        standard=limit.source if limit else "",
        passed=judged.passed,
    )


def _tell(uow: UnitOfWork, row: Inspection, batch: Batch) -> None:
    passed = row.result is InspectionResult.PASS
    audit.record(uow, DOCUMENT, row.id, N_("Passed") if passed else N_("Not passed"))
    act = N_("Inspection %(number)s passed") if passed else N_("Inspection %(number)s failed")
    audit.record(uow, BATCH, batch.id, act, number=row.number)
    if row.first_id is not None:
        act = N_("Overturned by re-test %(number)s") if passed else N_("Upheld by re-test %(number)s")
        audit.record(uow, DOCUMENT, row.first_id, act, number=row.number)


def _stop(uow: UnitOfWork, row: Inspection, batch: Batch, judged: Sequence[Judged]) -> None:
    """Hold a batch that failed (农产品质量安全法 34), and tell the producer if somebody else found it."""
    failed = [(one.found.analyte, one.amount, one.limit) for one in judged if not one.passed]
    with i18n.using(i18n.DEFAULT_LOCALE):
        reason = str(failure_words(row.number, failed))
    reason = reason if len(reason) <= _MOST_REASON else f"{reason[: _MOST_REASON - 1]}…"
    hold.place(uow, batch.id, reason, _kind([one for one in judged if not one.passed]))
    if uow.actor.party_id == batch.producer_id or row.retest_until is None:
        return
    notice.tell(
        uow,
        batch.producer_id,
        f"inspection:{row.number}:failed",
        N_("Inspection %(number)s of %(batch)s failed. A re-test may be asked for until %(until)s."),
        f"/inspections/{row.number}",
        number=row.number,
        batch=batch.number,
        until=shanghai(row.retest_until),
    )


def _kind(failed: Sequence[Judged]) -> HoldKind:
    """Return which of the law's reasons (农产品质量安全法 36) stands against goods, the strictest of them."""
    if any(one.limit is not None and one.limit.bound is Bound.ABSENT for one in failed):
        return HoldKind.BANNED
    if any(one.found.unit in _GERMS for one in failed):
        return HoldKind.PATHOGEN
    return HoldKind.RESIDUE


def shanghai(at: datetime) -> str:
    """Return an instant in words for a message that is kept."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
