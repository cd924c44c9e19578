"""Reading runs of codes: where each stands, and its codes as a printing house gets them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import Session

from supplychain.base.models.party import Party
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.code import Code, CodeRun
from traceability.queries.visibility import of_own, own
from traceability.rules.batch import BatchState
from traceability.rules.code import CodeState

STEP = 5_000
"""Codes read at once where all of a run are read."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run of codes with how many of them stand where."""

    id: int
    number: str
    batch: str
    batch_state: BatchState
    producer: str
    item_name_zh: str
    item_name_en: str
    gtin: str
    note: str
    made_at: datetime
    made_by: str
    count: int
    printed: int
    activated: int
    shipped: int
    sold: int
    frozen: int
    void: int

    @property
    def states(self) -> Mapping[CodeState, int]:
        """Return how many codes stand in each state."""
        return {state: getattr(self, state.value) for state in CodeState}

    @property
    def made(self) -> int:
        """Return how many codes are made so far."""
        return sum(self.states.values())

    @property
    def is_whole(self) -> bool:
        """Tell whether all codes are made."""
        return self.made >= self.count


@dataclass(frozen=True, slots=True)
class RunFilter(PageRequest):
    """Which runs: of a batch (by number), with a text in number, batch or note."""

    q: str = ""
    batch: str = ""


def page(session: Session, actor: Actor, wanted: RunFilter) -> Page[RunRow]:
    """Return the own runs that fit, newest first."""
    return paginate(
        session,
        _matching(actor, wanted),
        wanted,
        row=RunRow,
        sorts={"made_at": CodeRun.made_at, "batch": Batch.number, "count": CodeRun.count},
        default="-made_at",
        key=CodeRun.id,
        sums={"count": CodeRun.count, "activated": CodeRun.activated, "sold": CodeRun.sold},
    )


def every(session: Session, actor: Actor, wanted: RunFilter) -> Iterator[RunRow]:
    """Return all own runs that fit, oldest first; for a spreadsheet."""
    return (RunRow(*row) for row in session.execute(_matching(actor, wanted).order_by(CodeRun.id)))


def one(session: Session, actor: Actor, number: str) -> RunRow:
    """Return one own run; NotFound."""
    found = session.execute(_runs(own(actor)).where(CodeRun.number == number)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such print run."))
    return RunRow(*found)


def unfinished(session: Session) -> Sequence[int]:
    """Return the runs of which not all codes are made, those that ask for the least first."""
    made = sum((getattr(CodeRun, state.value) for state in CodeState), start=0)
    asked = select(CodeRun.id).where(CodeRun.count > made).order_by(CodeRun.count, CodeRun.id)
    return list(session.scalars(asked))


def serials(session: Session, run_id: int) -> Iterator[tuple[int, str]]:
    """Return a run's ordinals and serials in the order of printing, some at a time whatever their number."""
    last = 0
    while True:
        rows = session.execute(_SERIALS, {"run_id": run_id, "last": last}).all()
        yield from ((ordinal, serial) for ordinal, serial in rows)
        if len(rows) < STEP:
            return
        last = rows[-1].ordinal


_SERIALS = (
    select(Code.ordinal, Code.serial)
    .where(Code.run_id == bindparam("run_id"), Code.ordinal > bindparam("last"))
    .order_by(Code.ordinal)
    .limit(STEP)
)


def _matching(actor: Actor, wanted: RunFilter) -> Rows:
    found = _runs(of_own(actor, CodeRun.batch_id))
    if wanted.batch:
        found = found.where(Batch.number == wanted.batch)
    if wanted.q:
        named = (CodeRun.number, Batch.number, CodeRun.note, TradeItem.name_zh)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in named)))
    return found


def _runs(condition: ColumnElement[bool]) -> Rows:
    return (
        select(
            CodeRun.id,
            CodeRun.number,
            Batch.number,
            Batch.state,
            Party.code,
            TradeItem.name_zh,
            TradeItem.name_en,
            CodeRun.gtin,
            CodeRun.note,
            CodeRun.made_at,
            CodeRun.made_by,
            CodeRun.count,
            *(getattr(CodeRun, state.value) for state in CodeState),
        )
        .select_from(CodeRun)
        .join(Batch, Batch.id == CodeRun.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .join(Party, Party.id == Batch.producer_id)
        .where(condition)
    )
