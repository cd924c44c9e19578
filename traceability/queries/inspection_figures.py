"""What inspections come to: what backs a promise, how many pass, what is urgent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from supplychain.kernel import clock
from supplychain.kernel.clock import local_day
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.genealogy import Edge
from traceability.models.inspection import Inspection
from traceability.queries.visibility import own, visible
from traceability.rules.inspection import InspectionResult, Test, final

_Retest = aliased(Inspection)
_COUNTS = Inspection.voided_at.is_(None)
"""What was voided counts for nothing."""


def batches_of(session: Session, actor: Actor, clue: str) -> Collection[int]:
    """Return the own batches of an inspection by its number, or by the number of the laboratory's report."""
    said = or_(
        Inspection.number == clue, and_(Inspection.report_number == clue, Inspection.report_number != "")
    )
    found = (
        select(Batch.id).join(Inspection, Inspection.batch_id == Batch.id).where(own(actor), said, _COUNTS)
    )
    return set(session.scalars(found))


def backing(session: Session, batch_id: int, day: date) -> list[Sequence[Test]]:
    """Return the tests whose results were known on a day, oldest first: those of the batch if it has any.

    Of a batch that was made of others and not tested itself, each parent's are returned: a promise needs all.
    """
    own_tests = _tests(session, [batch_id], day)
    if own_tests:
        return list(own_tests.values())
    parents = session.scalars(select(Edge.parent_id).where(Edge.child_id == batch_id).distinct()).all()
    known = _tests(session, parents, day) if parents else {}
    return [known.get(parent, []) for parent in parents] or [[]]


def urgent(session: Session, actor: Actor) -> tuple[int, int]:
    """Return of own batches how many failed tests may be tested again, and how many re-tests are awaited."""
    now = clock.now()
    may_ask = and_(
        Inspection.result == InspectionResult.FAIL, Inspection.retest_until >= now, _Retest.id.is_(None)
    )
    is_awaited = and_(Inspection.first_id.is_not(None), Inspection.result == InspectionResult.PENDING)
    counted = (
        select(func.count().filter(may_ask), func.count().filter(is_awaited))
        .select_from(Inspection)
        .join(Batch, Batch.id == Inspection.batch_id)
        .outerjoin(_Retest, _Retest.first_id == Inspection.id)
        .where(own(actor), _COUNTS, or_(Inspection.retest_until >= now, is_awaited))
    )
    found = session.execute(counted).one()
    return int(found[0]), int(found[1])


def pass_rate(session: Session, actor: Actor, since: datetime) -> tuple[int, int]:
    """Return how many tests of visible batches passed, and how many there were, known since an instant.

    A re-test is no test of its own: its result takes the place of the first one's.
    """
    passed = case(
        (_Retest.result.in_((InspectionResult.PASS, InspectionResult.FAIL)), _Retest.result),
        else_=Inspection.result,
    )
    counted = (
        select(func.count().filter(passed == InspectionResult.PASS), func.count())
        .select_from(Inspection)
        .join(Batch, Batch.id == Inspection.batch_id)
        .outerjoin(_Retest, _Retest.first_id == Inspection.id)
        .where(visible(actor), _COUNTS, Inspection.first_id.is_(None), Inspection.known_at >= since)
    )
    found = session.execute(counted).one()
    return int(found[0]), int(found[1])


def _tests(session: Session, batch_ids: Sequence[int], day: date) -> Mapping[int, Sequence[Test]]:
    found = session.execute(
        select(
            Inspection.batch_id,
            Inspection.number,
            Inspection.kind,
            Inspection.result,
            _Retest.result,
            Inspection.known_at,
        )
        .outerjoin(_Retest, _Retest.first_id == Inspection.id)
        .where(Inspection.batch_id.in_(batch_ids), _COUNTS, Inspection.known_at.is_not(None))
        .order_by(Inspection.known_at, Inspection.id)
    )
    tests: dict[int, list[Test]] = defaultdict(list)
    for batch_id, number, kind, result, retest, known_at in found:
        if known_at is not None and local_day(known_at) <= day:
            tests[batch_id].append(Test(number, kind, final(result, retest)))
    return tests
