"""Inspections from a spreadsheet: lines with the same sample of the same laboratory are one inspection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.inspection import Inspection
from traceability.queries import batch as batches
from traceability.rules.inspection import AmountUnit, Bound, InspectionKind, InspectionResult, Reading
from traceability.services import inspection, retest
from traceability.services.inspection import EnterInspection, ReportResult
from traceability.services.judgement import Found
from traceability.services.retest import AskRetest

_HEAD = (
    "kind",
    "sampled_at",
    "sampled_by",
    "sampled_grams",
    "qualification",
    "method",
    "report_number",
    "known_at",
    "retest_of",
    "asked_at",
)


@dataclass(frozen=True, slots=True)
class InspectionLine:
    """A finding with its inspection; without an analyte while the result is awaited.

    `retest_of` is the number of the failed inspection, or of its sample, of the same batch.
    """

    batch: str
    sample_number: str
    kind: InspectionKind
    laboratory: str
    sampled_at: datetime
    producer: str = ""
    sampled_by: str = ""
    sampled_grams: int = 0
    qualification: str = ""
    method: str = ""
    report_number: str = ""
    known_at: datetime | None = None
    retest_of: str = ""
    asked_at: datetime | None = None
    analyte: str = ""
    reading: Reading | None = None
    amount_micro: int | None = None
    unit: AmountUnit | None = None
    bound: Bound | None = None
    limit_micro: int | None = None
    limit_unit: AmountUnit | None = None
    standard: str = ""


def key(line: InspectionLine) -> tuple[str, ...]:
    """Return what lines of one inspection share."""
    return line.producer, line.batch, line.laboratory, line.sample_number


def take(uow: UnitOfWork, lines: Sequence[InspectionLine]) -> Outcome:
    """Put an inspection with its findings on record; its lines must agree on what it is."""
    head = lines[0]
    for name in _HEAD:
        if len({getattr(line, name) for line in lines}) > 1:
            raise Invalid.at(name, N_("The lines of an inspection must agree on this."))
    found = [_found(line) for line in lines if line.analyte or line.reading is not None]
    try:
        return _retest(uow, head, found) if head.retest_of else _enter(uow, head, found)
    except Invalid as error:
        raise _at_columns(error) from None


def _enter(uow: UnitOfWork, head: InspectionLine, found: Sequence[Found]) -> Outcome:
    command = EnterInspection(
        head.kind,
        head.batch,
        head.laboratory,
        head.sampled_at,
        head.sampled_by,
        head.sampled_grams,
        head.qualification,
        head.method,
        head.sample_number,
        head.report_number,
        head.known_at,
        found,
        head.producer,
    )
    return inspection.put(uow, command)[1]


def _retest(uow: UnitOfWork, head: InspectionLine, found: Sequence[Found]) -> Outcome:
    batch_id = batches.named(uow.session, uow.actor, head.batch, head.producer)
    known = uow.session.scalar(
        select(Inspection).where(
            Inspection.batch_id == batch_id,
            Inspection.laboratory == head.laboratory,
            Inspection.sample_number == head.sample_number,
        )
    )
    if known is not None and (not found or known.result is not InspectionResult.PENDING):
        return Outcome.UNCHANGED
    row = known or retest.ask(uow, _first(uow, batch_id, head.retest_of), _asked(head))
    if found:
        inspection.report(uow, row.id, ReportResult(found, head.report_number, head.known_at))
    return Outcome.CREATED if known is None else Outcome.UPDATED


def _asked(head: InspectionLine) -> AskRetest:
    return AskRetest(
        head.laboratory,
        head.kind,
        head.sampled_at,
        head.sampled_by,
        head.sampled_grams,
        head.qualification,
        head.method,
        head.sample_number,
        head.asked_at,
    )


def _first(uow: UnitOfWork, batch_id: int, name: str) -> int:
    named = or_(Inspection.number == name, Inspection.sample_number == name)
    wanted = select(Inspection.id).where(
        Inspection.batch_id == batch_id, Inspection.first_id.is_(None), named
    )
    found = uow.session.scalars(wanted.limit(2)).all()
    if len(found) != 1:
        raise Invalid.at("retest_of", N_("There is no inspection %(number)s."), number=name)
    return found[0]


def _found(line: InspectionLine) -> Found:
    if not line.analyte:
        raise Invalid.at("analyte", N_("Of what?"))
    if line.reading is None:
        raise Invalid.at("reading", N_("What does the report say?"))
    return Found(
        line.analyte,
        line.reading,
        line.amount_micro,
        line.unit,
        line.limit_micro,
        line.standard,
        line.bound,
        line.limit_unit,
    )


def _at_columns(error: Invalid) -> Invalid:
    """Return an error about `findings.0.unit` as one about the column."""
    fields = {name.rsplit(".", 1)[-1]: texts for name, texts in error.fields.items()}
    moved = Invalid(error.text.msgid, fields=fields)
    moved.text = error.text
    return moved
