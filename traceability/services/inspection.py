"""Inspections are entered, get their results and reports, and are voided; re-tests lie elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from supplychain.base.models.party import Party
from supplychain.base.queries import attachment as attachments
from supplychain.base.rules import PartyKind
from supplychain.base.services import attachment
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Conflict, Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch
from traceability.models.inspection import Inspection, InspectionFinding
from traceability.queries import batch as batches
from traceability.queries.visibility import visible
from traceability.rules.inspection import OFFICIAL_KINDS, InspectionKind, InspectionResult
from traceability.services.judgement import BATCH, DOCUMENT, Found, conclude

MOST_FILES = 10


@dataclass(frozen=True, slots=True)
class EnterInspection:
    """A sample of a batch (by number or own number; by number for a spot test), its findings if known.

    `sample_number` empty: the inspection's own number; `known_at` None with findings: now.
    """

    kind: InspectionKind
    batch: str
    laboratory: str
    sampled_at: datetime
    sampled_by: str = ""
    sampled_grams: int = 0
    qualification: str = ""
    method: str = ""
    sample_number: str = ""
    report_number: str = ""
    known_at: datetime | None = None
    findings: Sequence[Found] = ()
    producer: str = ""


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What the laboratory found; `known_at` None is now."""

    findings: Sequence[Found]
    report_number: str = ""
    known_at: datetime | None = None


def enter(uow: UnitOfWork, command: EnterInspection) -> Inspection:
    """Put a sample on record, with its result if it is known; a failed one holds the batch at once.

    The same sample number of the same laboratory again is the same inspection: it may get its result.
    Raises Invalid at the field to blame, Conflict when it has another result on record.
    """
    return put(uow, command)[0]


def put(uow: UnitOfWork, command: EnterInspection) -> tuple[Inspection, Outcome]:
    """Put a sample on record, and tell whether it was there before."""
    batch, party_id = _subject(uow, command)
    _check_times(uow, command.sampled_at, command.known_at, has_findings=bool(command.findings))
    known = _known(uow, batch, command.laboratory, command.sample_number)
    if known is not None:
        return known, _again(uow, known, batch, command)
    row = new(uow, batch, command.sample_number, command.sampled_at)
    row.kind, row.party_id, row.laboratory = command.kind, party_id, command.laboratory
    row.sampled_by, row.sampled_grams = command.sampled_by, command.sampled_grams
    row.qualification, row.method = command.qualification, command.method
    row.report_number = command.report_number
    save(uow, row, batch)
    if command.findings:
        conclude(uow, row, batch, command.findings, command.known_at)
    return row, Outcome.CREATED


def report(uow: UnitOfWork, inspection_id: int, command: ReportResult) -> Inspection:
    """Put the result of an inspection on record; a failed one holds the batch at once.

    Raises NotFound for somebody else's, Refused when it has a result or is void, Invalid at a finding.
    """
    row = _own_locked(uow, inspection_id)
    batch = uow.session.get_one(Batch, row.batch_id)
    _check_times(uow, row.sampled_at, command.known_at, has_findings=bool(command.findings))
    row.report_number = command.report_number or row.report_number
    conclude(uow, row, batch, command.findings, command.known_at)
    return row


def void(uow: UnitOfWork, inspection_id: int, reason: str) -> Inspection:
    """Say that an inspection was entered wrongly: it stays to be read, and counts no more.

    What has a result is voided by the operator only: nobody makes a failed test of their own go away, and
    the hold it placed stays. Raises NotFound for somebody else's, Refused, Invalid at `reason`.
    """
    row = _own_locked(uow, inspection_id)
    if not reason.strip():
        raise Invalid.at("reason", N_("Say why."))
    if row.result is not InspectionResult.PENDING and not uow.actor.sees_all:
        raise Refused(N_("It has its result. Only the operator may void it."))
    act = N_("Voided: %(reason)s (sample %(sample)s)")
    audit.record(uow, DOCUMENT, row.id, act, reason=reason, sample=row.sample_number)
    if row.first_id is not None:
        audit.record(uow, DOCUMENT, row.first_id, N_("Re-test %(number)s voided"), number=row.number)
    row.voided_at, row.voided_by, row.void_reason = uow.now, uow.actor.name, reason
    row.sample_number, row.first_id = row.number, None
    audit.record(uow, BATCH, row.batch_id, N_("Inspection %(number)s voided"), number=row.number)
    uow.flush()
    return row


def attach(uow: UnitOfWork, inspection_id: int, filename: str, media_type: str, content: bytes) -> None:
    """Attach a report; the same file again changes nothing. Raises NotFound for somebody else's, Refused."""
    row = _own_locked(uow, inspection_id)
    there = attachments.of(uow.session, DOCUMENT, row.id)
    if any(file.sha256 == attachment.digest(content) for file in there):
        return
    if len(there) >= MOST_FILES:
        raise Refused(N_("There are %(count)s files already."), count=MOST_FILES)
    attachment.add(uow, DOCUMENT, row.id, filename, media_type, content)


def _subject(uow: UnitOfWork, command: EnterInspection) -> tuple[Batch, int | None]:
    """Return the batch that a sample is of, and whose inspection it is."""
    if command.kind not in OFFICIAL_KINDS:
        batch_id = batches.named(uow.session, uow.actor, command.batch, command.producer)
        batch = uow.session.get_one(Batch, batch_id)
        return batch, batch.producer_id
    if uow.actor.sees_all:
        batch_id = batches.named(uow.session, uow.actor, command.batch, command.producer)
        return uow.session.get_one(Batch, batch_id), None
    party = uow.session.get(Party, uow.actor.party_id) if uow.actor.party_id else None
    if party is None or party.kind is not PartyKind.MARKET:
        raise Invalid.at("kind", N_("A spot test is entered by the market that made it, or by the operator."))
    seen = select(Batch).where(Batch.number == command.batch, visible(uow.actor))
    found = uow.session.scalar(seen)
    if found is None:
        raise Invalid.at("batch", N_("There is no batch %(number)s."), number=command.batch)
    return found, party.id


def _check_times(
    uow: UnitOfWork, sampled_at: datetime, known_at: datetime | None, *, has_findings: bool
) -> None:
    if sampled_at > uow.now:
        raise Invalid.at("sampled_at", N_("This time lies in the future."))
    if known_at is None:
        return
    if not has_findings:
        raise Invalid.at("known_at", N_("There is no result without findings."))
    if known_at > uow.now:
        raise Invalid.at("known_at", N_("This time lies in the future."))
    if known_at < sampled_at:
        raise Invalid.at("known_at", N_("No result is known before its sample is taken."))


def _known(uow: UnitOfWork, batch: Batch, laboratory: str, sample_number: str) -> Inspection | None:
    if not sample_number:
        return None
    return uow.session.scalar(
        select(Inspection)
        .where(
            Inspection.batch_id == batch.id,
            Inspection.laboratory == laboratory,
            Inspection.sample_number == sample_number,
        )
        .with_for_update()
    )


def _again(uow: UnitOfWork, row: Inspection, batch: Batch, command: EnterInspection) -> Outcome:
    """Give a sample that is on record its result; the same result again changes nothing."""
    if row.kind is not command.kind:
        raise Conflict(
            N_("Sample %(number)s is on record as another kind of test."), number=row.sample_number
        )
    if not command.findings:
        return Outcome.UNCHANGED
    if row.result is InspectionResult.PENDING:
        row.report_number = command.report_number or row.report_number
        conclude(uow, row, batch, command.findings, command.known_at)
        return Outcome.UPDATED
    if _said(uow, row) != {_key(found) for found in command.findings}:
        raise Conflict(
            N_("Sample %(number)s has another result on record (%(inspection)s)."),
            number=row.sample_number,
            inspection=row.number,
        )
    return Outcome.UNCHANGED


def _said(uow: UnitOfWork, row: Inspection) -> set[tuple[object, ...]]:
    found = select(
        InspectionFinding.analyte,
        InspectionFinding.reading,
        InspectionFinding.amount_micro,
        InspectionFinding.unit,
    ).where(InspectionFinding.inspection_id == row.id)
    return {tuple(line) for line in uow.session.execute(found)}


def _key(found: Found) -> tuple[object, ...]:
    return found.analyte, found.reading, found.amount_micro, found.unit


def new(uow: UnitOfWork, batch: Batch, sample_number: str, sampled_at: datetime) -> Inspection:
    """Return a sample of a batch under a fresh number, not saved yet."""
    number = sequence.next_number(uow, "JC", local_day(sampled_at))
    return Inspection(
        number=number,
        batch_id=batch.id,
        sample_number=sample_number or number,
        sampled_at=sampled_at,
        result=InspectionResult.PENDING,
        entered_at=uow.now,
        entered_by=uow.actor.name,
    )


def save(uow: UnitOfWork, row: Inspection, batch: Batch) -> None:
    """Put a sample on record and write it down."""
    uow.session.add(row)
    uow.flush()
    audit.record(uow, DOCUMENT, row.id, N_("Put on record"))
    audit.record(uow, BATCH, batch.id, N_("Inspection %(number)s put on record"), number=row.number)


def _own_locked(uow: UnitOfWork, inspection_id: int) -> Inspection:
    """Return an inspection that the actor may write on: the own party's, or any for who sees everything."""
    row = locked(uow, inspection_id)
    if uow.actor.sees_all or (row.party_id is not None and row.party_id == uow.actor.party_id):
        if row.voided_at is not None:
            raise Refused(N_("This inspection is void."))
        return row
    raise unknown(row.number)


def locked(uow: UnitOfWork, inspection_id: int) -> Inspection:
    """Return an inspection, whosever, until the act is over; NotFound when there is none."""
    row = uow.session.scalar(select(Inspection).where(Inspection.id == inspection_id).with_for_update())
    if row is None:
        raise unknown(inspection_id)
    return row


def unknown(number: object) -> NotFound:
    """Return the error for what is not there or somebody else's."""
    return NotFound(N_("There is no inspection %(number)s."), number=number)
