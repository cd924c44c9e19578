"""Reading inspections and what they found: who may see them. What they come to stands beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Party
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel import clock
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.inspection import Inspection, InspectionFinding
from traceability.queries.visibility import visible
from traceability.rules.inspection import (
    Amount,
    AmountUnit,
    Bound,
    InspectionKind,
    InspectionResult,
    Limit,
    Reading,
    final,
    reach_percent,
)
from traceability.rules.retest import RetestState, state_of


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """An inspection as lists and its page show it, with what became of it."""

    id: int
    number: str
    kind: InspectionKind
    batch_id: int
    batch: str
    item_name_zh: str
    item_name_en: str
    producer_id: int
    producer: str
    producer_name: str
    party_id: int | None
    first: str | None
    """The number of the failed inspection that this one tests again."""
    retest: str | None
    retest_result: InspectionResult | None
    retest_due: datetime | None
    """Until when the re-test must report."""
    sample_number: str
    sampled_at: datetime
    sampled_by: str
    sampled_grams: int
    laboratory: str
    qualification: str
    method: str
    report_number: str
    result: InspectionResult
    known_at: datetime | None
    retest_until: datetime | None
    asked_at: datetime | None
    report_until: datetime | None
    entered_at: datetime
    entered_by: str
    voided_at: datetime | None
    voided_by: str | None
    void_reason: str

    @property
    def item_name(self) -> str:
        """Return the goods in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh

    @property
    def final(self) -> InspectionResult:
        """Return what counts, after a re-test if there was one."""
        return final(self.result, self.retest_result)

    @property
    def retest_state(self) -> RetestState | None:
        """Return where the right to a re-test stands now; None when there is none."""
        if self.voided_at is not None:
            return None
        return state_of(self.result, self.retest_until, self.retest_result, clock.now())

    @property
    def is_late(self) -> bool:
        """Tell whether a re-test's laboratory did not report in time."""
        return self.report_until is not None and self.report_until < (self.known_at or clock.now())


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What was found of one thing."""

    analyte: str
    reading: Reading
    amount_micro: int | None
    unit: AmountUnit | None
    bound: Bound | None
    limit_micro: int | None
    limit_unit: AmountUnit | None
    standard: str
    passed: bool

    @property
    def amount(self) -> Amount:
        """Return the reading as the rules know it."""
        return Amount(self.reading, self.amount_micro, self.unit)

    @property
    def limit(self) -> Limit | None:
        """Return the limit as the rules know it."""
        if self.bound is None:
            return None
        return Limit(self.bound, self.limit_micro, self.limit_unit, self.standard)

    @property
    def reach(self) -> int | None:
        """Return how far the amount reaches towards the limit, in percent; None where that says nothing."""
        if self.reading is not Reading.MEASURED or self.unit is not self.limit_unit:
            return None
        return reach_percent(self.amount_micro, self.limit_micro)


@dataclass(frozen=True, slots=True)
class DetailRow(InspectionRow):
    """An inspection with what it found."""

    findings: Sequence[FindingRow] = ()


@dataclass(frozen=True, slots=True)
class LineRow:
    """One finding with its inspection, as a line of a spreadsheet; without a finding while it is awaited."""

    number: str
    batch: str
    producer: str
    kind: InspectionKind
    sample_number: str
    sampled_at: datetime
    sampled_by: str
    sampled_grams: int
    laboratory: str
    qualification: str
    method: str
    report_number: str
    known_at: datetime | None
    retest_of: str | None
    asked_at: datetime | None
    result: InspectionResult
    analyte: str | None
    reading: Reading | None
    amount_micro: int | None
    unit: AmountUnit | None
    bound: Bound | None
    limit_micro: int | None
    limit_unit: AmountUnit | None
    standard: str | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class InspectionFilter(PageRequest):
    """Which inspections: of a kind, with a result, where a re-test stands; void or not."""

    q: str = ""
    kind: InspectionKind | None = None
    result: InspectionResult | None = None
    retest: RetestState | None = None
    voided: bool | None = None


_Retest = aliased(Inspection)
_First = aliased(Inspection)

_COUNTS = Inspection.voided_at.is_(None)
"""What was voided counts for nothing."""


def page(session: Session, actor: Actor, wanted: InspectionFilter) -> Page[InspectionRow]:
    """Return the inspections that fit of batches that the actor may see, newest sample first."""
    return paginate(
        session,
        _inspections().where(visible(actor), *_conditions(wanted)),
        wanted,
        row=InspectionRow,
        sorts={
            "number": Inspection.number,
            "sampled_at": Inspection.sampled_at,
            "known_at": Inspection.known_at,
            "batch": Batch.number,
        },
        default="-sampled_at",
        key=Inspection.id,
    )


def one(session: Session, actor: Actor, number: str) -> InspectionRow:
    """Return an inspection of a batch that the actor may see; NotFound otherwise."""
    found = session.execute(_inspections().where(Inspection.number == number, visible(actor))).one_or_none()
    if found is None:
        raise NotFound(N_("There is no inspection %(number)s."), number=number)
    return InspectionRow(*found)


def detail(session: Session, actor: Actor, number: str) -> DetailRow:
    """Return an inspection of a batch that the actor may see with what it found; NotFound otherwise."""
    row = one(session, actor, number)
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return DetailRow(**values, findings=findings(session, row.id))


def last(session: Session, actor: Actor) -> Mapping[str, str]:
    """Return how and where the actor's party tested last, and who took the sample; for the next form."""
    names = ("kind", "laboratory", "qualification", "method", "sampled_by")
    found = session.execute(
        select(*(getattr(Inspection, name) for name in names))
        .where(Inspection.party_id == actor.party_id, Inspection.first_id.is_(None), _COUNTS)
        .order_by(Inspection.id.desc())
        .limit(1)
    ).one_or_none()
    return {} if found is None else dict(zip(names, found, strict=True))


def of_batch(session: Session, batch_id: int) -> list[InspectionRow]:
    """Return the inspections of a batch that count, newest first."""
    found = _inspections().where(Inspection.batch_id == batch_id, _COUNTS)
    ordered = found.order_by(Inspection.sampled_at.desc(), Inspection.id.desc())
    return [InspectionRow(*row) for row in session.execute(ordered)]


def findings(session: Session, inspection_id: int) -> list[FindingRow]:
    """Return what an inspection found, what failed first."""
    found = (
        select(*_FINDING)
        .where(InspectionFinding.inspection_id == inspection_id)
        .order_by(InspectionFinding.passed, InspectionFinding.id)
    )
    return [FindingRow(*row) for row in session.execute(found)]


def lines(session: Session, actor: Actor, wanted: InspectionFilter) -> Iterator[LineRow]:
    """Return every finding of the inspections that fit and count, oldest first; for files."""
    found: Rows = (
        select(
            Inspection.number,
            Batch.number,
            Party.code,
            Inspection.kind,
            Inspection.sample_number,
            Inspection.sampled_at,
            Inspection.sampled_by,
            Inspection.sampled_grams,
            Inspection.laboratory,
            Inspection.qualification,
            Inspection.method,
            Inspection.report_number,
            Inspection.known_at,
            _First.number,
            Inspection.asked_at,
            Inspection.result,
            *_FINDING,
        )
        .select_from(Inspection)
        .join(Batch, Batch.id == Inspection.batch_id)
        .join(Party, Party.id == Batch.producer_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .outerjoin(_First, _First.id == Inspection.first_id)
        .outerjoin(_Retest, _Retest.first_id == Inspection.id)
        .outerjoin(InspectionFinding, InspectionFinding.inspection_id == Inspection.id)
        .where(visible(actor), _COUNTS, *_conditions(wanted))
        .order_by(Inspection.id, InspectionFinding.id)
    )
    streamed = session.execute(found.execution_options(yield_per=1000))
    return (LineRow(*row) for row in streamed)


def _conditions(wanted: InspectionFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(Inspection.kind == wanted.kind)
    if wanted.result is not None:
        found.append(Inspection.result == wanted.result)
    if wanted.retest is not None:
        found.append(_stands(wanted.retest))
    if wanted.voided is not None:
        found.append(~_COUNTS if wanted.voided else _COUNTS)
    if wanted.q:
        columns = (
            Inspection.number,
            Inspection.report_number,
            Inspection.sample_number,
            Inspection.laboratory,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
        )
        found.append(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _stands(state: RetestState) -> ColumnElement[bool]:
    """Return the condition that `rules.retest.state_of` is this one."""
    none, now = _Retest.id.is_(None), clock.now()
    stands = {
        RetestState.OPEN: and_(none, Inspection.retest_until >= now),
        RetestState.LAPSED: and_(none, Inspection.retest_until < now),
        RetestState.ASKED: _Retest.result == InspectionResult.PENDING,
        RetestState.OVERTURNED: _Retest.result == InspectionResult.PASS,
        RetestState.UPHELD: _Retest.result == InspectionResult.FAIL,
    }[state]
    return and_(_COUNTS, stands)


_FINDING = (
    InspectionFinding.analyte,
    InspectionFinding.reading,
    InspectionFinding.amount_micro,
    InspectionFinding.unit,
    InspectionFinding.bound,
    InspectionFinding.limit_micro,
    InspectionFinding.limit_unit,
    InspectionFinding.standard,
    InspectionFinding.passed,
)


def _inspections() -> Rows:
    return (
        select(
            Inspection.id,
            Inspection.number,
            Inspection.kind,
            Batch.id,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            Batch.producer_id,
            Party.code,
            Party.short_name,
            Inspection.party_id,
            _First.number,
            _Retest.number,
            _Retest.result,
            _Retest.report_until,
            Inspection.sample_number,
            Inspection.sampled_at,
            Inspection.sampled_by,
            Inspection.sampled_grams,
            Inspection.laboratory,
            Inspection.qualification,
            Inspection.method,
            Inspection.report_number,
            Inspection.result,
            Inspection.known_at,
            Inspection.retest_until,
            Inspection.asked_at,
            Inspection.report_until,
            Inspection.entered_at,
            Inspection.entered_by,
            Inspection.voided_at,
            Inspection.voided_by,
            Inspection.void_reason,
        )
        .select_from(Inspection)
        .join(Batch, Batch.id == Inspection.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .join(Party, Party.id == Batch.producer_id)
        .outerjoin(_First, _First.id == Inspection.first_id)
        .outerjoin(_Retest, _Retest.first_id == Inspection.id)
    )
