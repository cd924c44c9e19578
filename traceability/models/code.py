"""Codes on single items, and the scans of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    SQLColumnExpression,
    String,
    UniqueConstraint,
    cast,
    func,
    literal,
)
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, enum_column
from traceability.rules.code import CodeState, ScanKind


class CodeRun(Identified, Base):
    """Codes that are made, printed and activated together, as a printing house gets them in one file."""

    __tablename__ = "traceability_code_run"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint(
            "printed >= 0 AND activated >= 0 AND shipped >= 0 AND sold >= 0 AND frozen >= 0 AND void >= 0 "
            "AND printed + activated + shipped + sold + frozen + void <= count",
            name="counts",
        ),
    )

    number: Mapped[str] = mapped_column(String(20))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"), index=True)
    gtin: Mapped[str] = mapped_column(String(14))
    count: Mapped[int] = mapped_column(Integer)
    """How many codes were asked for; they are all made when as many stand in the states below."""
    printed: Mapped[int] = mapped_column(Integer, default=0)
    """How many codes stand in each state, kept with every act: a page need not count a million."""
    activated: Mapped[int] = mapped_column(Integer, default=0)
    shipped: Mapped[int] = mapped_column(Integer, default=0)
    sold: Mapped[int] = mapped_column(Integer, default=0)
    frozen: Mapped[int] = mapped_column(Integer, default=0)
    void: Mapped[int] = mapped_column(Integer, default=0)
    note: Mapped[str] = mapped_column(String(120), default="")
    """For whom or what it is printed."""
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(120))


class Code(Identified, Base):
    """The code on one item of a batch. Its serial cannot be guessed from another."""

    __tablename__ = "traceability_code"
    __table_args__ = (UniqueConstraint("gtin", "serial"), UniqueConstraint("run_id", "ordinal"))

    gtin: Mapped[str] = mapped_column(String(14))
    serial: Mapped[str] = mapped_column(String(20))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    """The run's; here too, so that a look at a code is one step. Whoever lists goes by the run."""
    run_id: Mapped[int] = mapped_column(ForeignKey("traceability_code_run.id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    """Its place in the run, from 1: how a roll of labels is counted."""
    state: Mapped[CodeState] = mapped_column(enum_column(CodeState, "state"))
    frozen_from: Mapped[CodeState | None] = mapped_column(enum_column(CodeState, "frozen_from"))
    """What a frozen code was; None for every other."""


class Scan(Identified, Base):
    """One visitor's looks at a code on one day."""

    __tablename__ = "traceability_scan"
    __table_args__ = (
        UniqueConstraint("subject", "kind", "visitor"),
        Index(None, "batch_id", "kind", "first_at"),
    )

    subject: Mapped[str] = mapped_column(String(48))
    """What was scanned: `code:<id>` for one item, `batch:<id>` for the code of the whole batch."""

    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    kind: Mapped[ScanKind] = mapped_column(enum_column(ScanKind, "kind"))
    visitor: Mapped[str] = mapped_column(String(32))
    """A daily salted hash of address and browser: tells visitors apart, names nobody."""
    times: Mapped[int] = mapped_column(Integer, default=1)


class ScanTotal(Base):
    """How many visits a code has had, and when the first; kept with the visitors' rows."""

    __tablename__ = "traceability_scan_total"
    __table_args__ = (CheckConstraint("visitors > 0", name="visitors"),)

    subject: Mapped[str] = mapped_column(String(48), primary_key=True)
    """As in `Scan`. Consumers only."""
    visitors: Mapped[int] = mapped_column(Integer)
    """A visitor on two days is two."""
    first_at: Mapped[datetime]


class ScanJournal(Base):
    """How far a process's file of looks is counted: changes in the transaction that counts them."""

    __tablename__ = "traceability_scan_journal"
    __table_args__ = (CheckConstraint("counted >= 0", name="counted"),)

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    counted: Mapped[int]
    """Bytes from the beginning; what comes after is counted by whoever finds the file left behind."""


def subject_expression(
    batch_id: SQLColumnExpression[int], code_id: SQLColumnExpression[int]
) -> ColumnElement[str]:
    """Return `rules.subject_of` in SQL: the item's code if there is one, else the batch's."""
    return func.coalesce(literal("code:") + cast(code_id, String), literal("batch:") + cast(batch_id, String))
