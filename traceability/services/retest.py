"""Re-tests are asked for in time, of another laboratory; what they find decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_
from traceability.models.batch import Batch
from traceability.models.inspection import Inspection
from traceability.queries import inspection_reference as references
from traceability.rules import retest as clocks
from traceability.rules.inspection import InspectionKind, InspectionResult
from traceability.services.inspection import locked, new, save, unknown
from traceability.services.judgement import DOCUMENT, shanghai


@dataclass(frozen=True, slots=True)
class AskRetest:
    """Another laboratory for a failed test. `sampled_at`: when it got the sample, None is at the request.

    `asked_at` None is now; only who sees everything may enter a request afterwards.
    """

    laboratory: str
    kind: InspectionKind = InspectionKind.COMMISSIONED
    sampled_at: datetime | None = None
    sampled_by: str = ""
    sampled_grams: int = 0
    qualification: str = ""
    method: str = ""
    sample_number: str = ""
    asked_at: datetime | None = None


def ask(uow: UnitOfWork, inspection_id: int, command: AskRetest) -> Inspection:
    """Have another laboratory test again what failed (农产品质量安全法 51); its result decides.

    For the producer only. Raises NotFound for somebody else's goods, Refused when it is too late, was asked
    before or there is nothing to test again, Invalid at `laboratory`, `kind` or a time.
    """
    first = locked(uow, inspection_id)
    batch = uow.session.get_one(Batch, first.batch_id)
    if not (uow.actor.sees_all or uow.actor.party_id == batch.producer_id):
        raise unknown(first.number)
    _check_disputable(uow, first)
    asked_at = _asked_at(uow, first, command.asked_at)
    if first.retest_until is not None:
        clocks.check_asked(asked_at, first.retest_until, shanghai(first.retest_until))
    clocks.check_laboratory(command.kind, command.laboratory, first.laboratory)
    got_at = command.sampled_at or asked_at
    _check_handed_over(uow, got_at, asked_at)
    row = new(uow, batch, command.sample_number, got_at)
    row.kind, row.party_id, row.first_id = command.kind, batch.producer_id, first.id
    row.laboratory, row.qualification = command.laboratory, command.qualification
    row.method = command.method
    row.sampled_by, row.sampled_grams, row.asked_at = command.sampled_by, command.sampled_grams, asked_at
    row.report_until = clocks.report_until(got_at, references.calendar(uow.session, local_day(got_at)))
    save(uow, row, batch)
    audit.record(uow, DOCUMENT, first.id, N_("Re-test %(number)s asked for"), number=row.number)
    return row


def _check_disputable(uow: UnitOfWork, first: Inspection) -> None:
    if first.first_id is not None:
        raise Refused(N_("A re-test is final."))
    if first.voided_at is not None:
        raise Refused(N_("This inspection is void."))
    if first.result is not InspectionResult.FAIL:
        raise Refused(N_("Only what failed is tested again."))
    known = uow.session.scalar(select(Inspection.number).where(Inspection.first_id == first.id))
    if known is not None:
        raise Refused(N_("A re-test was asked for before: %(number)s."), number=known)


def _asked_at(uow: UnitOfWork, first: Inspection, given: datetime | None) -> datetime:
    if given is None:
        return uow.now
    if not uow.actor.sees_all:
        raise Invalid.at("asked_at", N_("Only the operator enters a request afterwards."))
    if given > uow.now:
        raise Invalid.at("asked_at", N_("This time lies in the future."))
    if first.known_at is not None and given < first.known_at:
        raise Invalid.at("asked_at", N_("The result was not known then."))
    return given


def _check_handed_over(uow: UnitOfWork, got_at: datetime, asked_at: datetime) -> None:
    if got_at > uow.now:
        raise Invalid.at("sampled_at", N_("This time lies in the future."))
    if got_at < asked_at.replace(second=0, microsecond=0):
        raise Invalid.at("sampled_at", N_("The sample is handed over after the request."))
