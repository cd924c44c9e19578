"""Reading codes: how many stand where, and the codes themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from supplychain.base.models.party import Party
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.code import Code, CodeRun
from traceability.queries.visibility import own, visible
from traceability.rules.code import CodeState


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One item's code; `path` is the Digital Link's path that is printed on it."""

    gtin: str
    batch: str
    serial: str
    state: CodeState
    made_at: datetime
    run: str
    ordinal: int

    @property
    def path(self) -> str:
        """Return where the code leads: GTIN, lot and serial."""
        return f"/01/{self.gtin}/10/{self.batch}/21/{self.serial}"


@dataclass(frozen=True, slots=True)
class CodeFilter(PageRequest):
    """Which codes: of a batch or a run (by number), in a state, with a serial that begins so."""

    q: str = ""
    batch: str = ""
    run: str = ""
    state: CodeState | None = None


def page(session: Session, actor: Actor, wanted: CodeFilter) -> Page[CodeRow]:
    """Return the own codes that fit, the latest made first."""
    return paginate(
        session,
        _codes(actor, wanted),
        wanted,
        row=CodeRow,
        sorts={"made_at": Code.id, "serial": Code.serial, "ordinal": Code.ordinal},
        default="-made_at",
        key=Code.id,
    )


def every(session: Session, actor: Actor, wanted: CodeFilter) -> Iterator[CodeRow]:
    """Return all own codes that fit, run after run in the order in which they are printed."""
    in_order = _codes(actor, wanted).order_by(Code.run_id, Code.ordinal)
    found = session.execute(in_order.execution_options(yield_per=1000))
    return (CodeRow(*row) for row in found)


def of_item(session: Session, actor: Actor, gtin: str, serial: str) -> tuple[int, CodeRow]:
    """Return a code with its key, to whoever may see the batch; NotFound."""
    asked = _selected().add_columns(Code.id).where(Code.gtin == gtin, Code.serial == serial, visible(actor))
    found = session.execute(asked).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such code."))
    *row, code_id = found
    return code_id, CodeRow(*row)


def asked_for(session: Session, batch_id: int) -> int:
    """Return how many codes of a batch were asked for, those that wait to be made among them."""
    asked = select(func.coalesce(func.sum(CodeRun.count), 0)).where(CodeRun.batch_id == batch_id)
    return int(session.scalars(asked).one())


def counts(session: Session, batch_id: int) -> Mapping[CodeState, int]:
    """Return how many codes of a batch stand in each state, those in which there are any."""
    found = session.execute(select(*_COUNTS).where(CodeRun.batch_id == batch_id)).one()
    return {state: count for state, count in zip(CodeState, found, strict=True) if count}


@dataclass(frozen=True, slots=True)
class CodesRow:
    """How many codes a batch has, as a line of a spreadsheet."""

    batch: str
    producer: str
    count: int
    activated: bool


def by_batch(session: Session, actor: Actor) -> Iterator[CodesRow]:
    """Return how many codes each own batch has, and whether none of them waits to be activated."""
    found = session.execute(
        select(Batch.number, Party.code, func.sum(CodeRun.count), func.sum(CodeRun.printed))
        .select_from(CodeRun)
        .join(Batch, Batch.id == CodeRun.batch_id)
        .join(Party, Party.id == Batch.producer_id)
        .where(own(actor))
        .group_by(Batch.id, Batch.number, Party.code)
        .order_by(Batch.id)
    )
    return (CodesRow(number, producer, count, waiting == 0) for number, producer, count, waiting in found)


_COUNTS = tuple(func.coalesce(func.sum(getattr(CodeRun, state.value)), 0) for state in CodeState)


def _selected() -> Rows:
    return (
        select(
            Code.gtin, Batch.number, Code.serial, Code.state, CodeRun.made_at, CodeRun.number, Code.ordinal
        )
        .select_from(Code)
        .join(CodeRun, CodeRun.id == Code.run_id)
        .join(Batch, Batch.id == CodeRun.batch_id)
    )


def _codes(actor: Actor, wanted: CodeFilter) -> Rows:
    found: Rows = _selected().where(own(actor))
    if wanted.batch:
        found = found.where(Batch.number == wanted.batch)
    if wanted.run:
        found = found.where(CodeRun.number == wanted.run)
    if wanted.state is not None:
        found = found.where(Code.state == wanted.state)
    if wanted.q:
        found = found.where(Code.serial.startswith(wanted.q, autoescape=True))
    return found
