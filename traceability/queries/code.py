"""Reading codes: how many stand where, and the codes themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from supplychain.base.models.party import Party
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.code import Code
from traceability.queries.visibility import own
from traceability.rules.code import CodeState


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One item's code; `path` is the Digital Link's path that is printed on it."""

    gtin: str
    batch: str
    serial: str
    state: CodeState
    made_at: datetime

    @property
    def path(self) -> str:
        """Return where the code leads: GTIN, lot and serial."""
        return f"/01/{self.gtin}/10/{self.batch}/21/{self.serial}"


@dataclass(frozen=True, slots=True)
class CodeFilter(PageRequest):
    """Which codes: of a batch (by number), in a state, with a serial that begins so."""

    q: str = ""
    batch: str = ""
    state: CodeState | None = None


def page(session: Session, actor: Actor, wanted: CodeFilter) -> Page[CodeRow]:
    """Return the own codes that fit, newest first."""
    return paginate(
        session,
        _codes(actor, wanted),
        wanted,
        row=CodeRow,
        sorts={"made_at": Code.made_at, "serial": Code.serial},
        default="-made_at",
        key=Code.id,
    )


def every(session: Session, actor: Actor, wanted: CodeFilter) -> Iterator[CodeRow]:
    """Return all own codes that fit, in the order in which they were made; for files and labels."""
    found = session.execute(_codes(actor, wanted).order_by(Code.id).execution_options(yield_per=1000))
    return (CodeRow(*row) for row in found)


def counts(session: Session, batch_id: int) -> Mapping[CodeState, int]:
    """Return how many codes of a batch stand in each state."""
    found = session.execute(
        select(Code.state, func.count()).where(Code.batch_id == batch_id).group_by(Code.state)
    )
    return dict(found.all())


@dataclass(frozen=True, slots=True)
class CodesRow:
    """How many codes a batch has, as a line of a spreadsheet."""

    batch: str
    producer: str
    count: int
    activated: bool


def by_batch(session: Session, actor: Actor) -> Iterator[CodesRow]:
    """Return how many codes each own batch has, and whether none of them waits to be activated."""
    printed = func.count().filter(Code.state == CodeState.PRINTED)
    found = session.execute(
        select(Batch.number, Party.code, func.count(), printed)
        .select_from(Code)
        .join(Batch, Batch.id == Code.batch_id)
        .join(Party, Party.id == Batch.producer_id)
        .where(own(actor))
        .group_by(Batch.id, Batch.number, Party.code)
        .order_by(Batch.id)
    )
    return (CodesRow(number, producer, count, waiting == 0) for number, producer, count, waiting in found)


def _codes(actor: Actor, wanted: CodeFilter) -> Rows:
    found: Rows = (
        select(Code.gtin, Batch.number, Code.serial, Code.state, Code.made_at)
        .join(Batch, Batch.id == Code.batch_id)
        .where(own(actor))
    )
    if wanted.batch:
        found = found.where(Batch.number == wanted.batch)
    if wanted.state is not None:
        found = found.where(Code.state == wanted.state)
    if wanted.q:
        found = found.where(Code.serial.startswith(wanted.q, autoescape=True))
    return found
