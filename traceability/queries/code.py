"""Reading codes: how many stand where, and the codes themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import SQLColumnExpression, func, literal, select
from sqlalchemy.orm import Session

from supplychain.base.models.party import Party
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.code import Code, CodeRun
from traceability.queries.visibility import of_own, own, visible
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
    """Return the own codes that fit, the latest made first; how many is known from their runs."""
    return paginate(
        session,
        _codes(actor, wanted),
        wanted,
        row=CodeRow,
        sorts={"made_at": Code.run_id, "serial": Code.gtin, "ordinal": Code.ordinal},
        default="-made_at",
        key=_KEYS.get(wanted.sort.removeprefix("-"), Code.ordinal),
        total=None if wanted.q else _total(session, actor, wanted),
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
    """Return the codes of own runs that fit, so that they can be walked in the order of runs and ordinals."""
    runs = _runs(actor, wanted)
    first, last = (runs.with_only_columns(end(CodeRun.id)).scalar_subquery() for end in (func.min, func.max))
    same = runs.where(CodeRun.id == Code.run_id).correlate(Code).exists()
    found: Rows = _selected().where(same)
    if wanted.sort.removeprefix("-") in {"", "made_at"}:
        found = found.where(Code.run_id.between(first, last))
    if wanted.run:
        found = found.where(Code.run_id == runs.scalar_subquery())
    if wanted.state is not None:
        found = found.where(Code.state == wanted.state)
    if wanted.q:
        begun = wanted.q.upper()
        gtins = Code.gtin.in_(runs.with_only_columns(CodeRun.gtin))
        found = found.where(gtins, Code.serial >= begun, Code.serial <= begun + _LAST)
    return found


def _runs(actor: Actor, wanted: CodeFilter) -> Rows:
    """Return the own runs that fit; a text of columns is put in by whoever asks."""
    found: Rows = (
        select(CodeRun.id).join(Batch, Batch.id == CodeRun.batch_id).where(of_own(actor, CodeRun.batch_id))
    )
    if wanted.batch:
        found = found.where(Batch.number == wanted.batch)
    if wanted.run:
        found = found.where(CodeRun.number == wanted.run)
    return found


def _total(session: Session, actor: Actor, wanted: CodeFilter) -> int:
    """Return how many codes the runs that fit have, in the state that is wanted if there is one."""
    states = list(CodeState) if wanted.state is None else [wanted.state]
    made = sum((getattr(CodeRun, state.value) for state in states), start=literal(0))
    asked = _runs(actor, wanted).with_only_columns(func.coalesce(func.sum(made), 0))
    return int(session.execute(asked).scalar_one())


_KEYS: Mapping[str, SQLColumnExpression[Any]] = {"serial": Code.serial, "ordinal": Code.id}
"""What comes after the sort, so that an index has the order of an item's serials, a run's ordinals."""
_LAST = "Z" * 20
"""Behind the last serial that begins in some way, in whatever order a database has letters."""
