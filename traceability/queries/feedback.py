"""Reading what consumers told: the cases of own goods, and the one that its sender comes back to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.code import Code
from traceability.models.feedback import Feedback
from traceability.queries.visibility import own
from traceability.rules.feedback import CaseState, FeedbackKind


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with the batch that it is about; `serial` is None when no item's code was scanned."""

    id: int
    number: str
    made_at: datetime
    state: CaseState
    kind: FeedbackKind
    batch: str
    item_name_zh: str
    item_name_en: str
    serial: str | None
    text: str
    contact: str
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseFilter(PageRequest):
    """Which cases: in a state, of a kind, of a batch, with a text in number, words or batch."""

    q: str = ""
    state: CaseState | None = None
    kind: FeedbackKind | None = None
    batch: str = ""


@dataclass(frozen=True, slots=True)
class OwnCase:
    """A case as its sender reads it."""

    number: str
    state: CaseState
    text: str
    answer: str
    gtin: str
    lot: str


def page(session: Session, actor: Actor, wanted: CaseFilter) -> Page[CaseRow]:
    """Return the cases of own goods that fit, newest first."""
    return paginate(
        session,
        _matching(actor, wanted),
        wanted,
        row=CaseRow,
        sorts={"made_at": Feedback.made_at, "number": Feedback.number, "batch": Batch.number},
        default="-made_at",
        key=Feedback.id,
    )


def every(session: Session, actor: Actor, wanted: CaseFilter) -> Iterator[CaseRow]:
    """Return all cases of own goods that fit, oldest first; for files."""
    found = _matching(actor, wanted).order_by(Feedback.id).execution_options(yield_per=1000)
    return (CaseRow(*row) for row in session.execute(found))


def one(session: Session, actor: Actor, number: str) -> CaseRow:
    """Return a case of own goods by its number; NotFound otherwise."""
    row = session.execute(_rows().where(own(actor), Feedback.number == number)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no case %(number)s."), number=number)
    return CaseRow(*row)


def of_sender(session: Session, token: str) -> OwnCase | None:
    """Return the case at an address that only its sender was given."""
    row = session.execute(
        select(Feedback.number, Feedback.state, Feedback.text, Feedback.answer, Batch.gtin, Batch.number)
        .join(Batch, Batch.id == Feedback.batch_id)
        .where(Feedback.token == token)
    ).one_or_none()
    return None if row is None else OwnCase(*row)


def waiting(session: Session, actor: Actor) -> int:
    """Return how many cases of own goods nobody has looked into yet."""
    found = select(func.count()).select_from(Feedback).join(Batch, Batch.id == Feedback.batch_id)
    return session.execute(found.where(own(actor), Feedback.state == CaseState.NEW)).scalar_one()


def _rows() -> Rows:
    found: Rows = (
        select(
            Feedback.id,
            Feedback.number,
            Feedback.made_at,
            Feedback.state,
            Feedback.kind,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            Code.serial,
            Feedback.text,
            Feedback.contact,
            Feedback.answer,
            Feedback.answered_at,
        )
        .join(Batch, Batch.id == Feedback.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .outerjoin(Code, Code.id == Feedback.code_id)
    )
    return found


def _matching(actor: Actor, wanted: CaseFilter) -> Rows:
    conditions: list[ColumnElement[bool]] = [own(actor)]
    if wanted.state:
        conditions.append(Feedback.state == wanted.state)
    if wanted.kind:
        conditions.append(Feedback.kind == wanted.kind)
    if wanted.batch:
        conditions.append(Batch.number == wanted.batch)
    if wanted.q:
        columns = (Feedback.number, Feedback.text, Batch.number)
        conditions.append(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return _rows().where(*conditions)
