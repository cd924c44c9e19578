"""Cases that consumers open, and what the producer does about them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from supplychain.base.services import notice
from supplychain.kernel import clock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import NotFound, TooMany
from supplychain.kernel.i18n import N_
from traceability.models.batch import Batch
from traceability.models.feedback import Feedback
from traceability.rules.feedback import CASE, DAILY_CASES, CaseState, FeedbackKind

DOCUMENT = "traceability.feedback"


@dataclass(frozen=True, slots=True)
class Told:
    """What a consumer writes; `contact` is empty when they want no call."""

    kind: FeedbackKind
    text: str
    contact: str = ""


def open_case(uow: UnitOfWork, batch_id: int, code_id: int | None, visitor: str, told: Told) -> Feedback:
    """Open a case about a batch and tell its producer; the same words from the same visitor stay one case.

    `visitor` is of the day, as in `rules.visitor_of`. Raises TooMany after DAILY_CASES of them.
    """
    said = select(Feedback).where(
        Feedback.visitor == visitor, Feedback.batch_id == batch_id, Feedback.text == told.text
    )
    again = uow.session.scalars(said).first()
    if again is not None:
        return again
    _refuse_flood(uow, visitor)
    row = Feedback(
        number=sequence.next_number(uow, "FB", clock.local_day(uow.now)),
        token=secrets.token_urlsafe(18),
        batch_id=batch_id,
        code_id=code_id,
        kind=told.kind,
        text=told.text,
        contact=told.contact,
        visitor=visitor,
        state=CASE.initial,
        made_at=uow.now,
    )
    uow.session.add(row)
    uow.flush()
    audit.record(uow, DOCUMENT, row.id, N_("Told by a consumer"))
    _tell_producer(uow, row)
    return row


def look_into(uow: UnitOfWork, number: str) -> Feedback:
    """Say that somebody is at it."""
    row = _moved(uow, number, CaseState.LOOKING)
    audit.record(uow, DOCUMENT, row.id, N_("Being looked into"))
    return row


def answer(uow: UnitOfWork, number: str, text: str) -> Feedback:
    """Answer the consumer, who reads it at the case's own address."""
    row = _moved(uow, number, CaseState.ANSWERED)
    row.answer, row.answered_at = text, uow.now
    audit.record(uow, DOCUMENT, row.id, N_("Answered: %(text)s"), text=text)
    return row


def close(uow: UnitOfWork, number: str) -> Feedback:
    """Close a case."""
    row = _moved(uow, number, CaseState.CLOSED)
    audit.record(uow, DOCUMENT, row.id, N_("Case closed"))
    return row


def _moved(uow: UnitOfWork, number: str, state: CaseState) -> Feedback:
    row = uow.session.scalar(select(Feedback).where(Feedback.number == number).with_for_update())
    if row is None:
        raise NotFound(N_("There is no case %(number)s."), number=number)
    CASE.check(row.state, state)
    row.state = state
    return row


def _refuse_flood(uow: UnitOfWork, visitor: str) -> None:
    count = select(func.count()).select_from(Feedback).where(Feedback.visitor == visitor)
    if uow.session.execute(count).scalar_one() >= DAILY_CASES:
        midnight = clock.day_start(clock.local_day(uow.now) + timedelta(days=1))
        wait = int((midnight - uow.now).total_seconds()) + 1
        raise TooMany(N_("You have told us much today. Call, please, if there is more."), retry_after=wait)


def _tell_producer(uow: UnitOfWork, row: Feedback) -> None:
    number, producer_id = uow.session.execute(
        select(Batch.number, Batch.producer_id).where(Batch.id == row.batch_id)
    ).one()
    message = N_("A consumer wrote about batch %(batch)s: case %(number)s.")
    path = f"/feedback/{row.number}"
    notice.tell(uow, producer_id, f"feedback:{row.number}", message, path, batch=number, number=row.number)
