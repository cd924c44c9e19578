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


class Code(Identified, Base):
    """The code on one item of a batch. Its serial cannot be guessed from another."""

    __tablename__ = "traceability_code"
    __table_args__ = (UniqueConstraint("gtin", "serial"), Index(None, "batch_id"))

    gtin: Mapped[str] = mapped_column(String(14))
    serial: Mapped[str] = mapped_column(String(20))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    state: Mapped[CodeState] = mapped_column(enum_column(CodeState, "state"))
    made_at: Mapped[datetime]


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


def subject_expression(
    batch_id: SQLColumnExpression[int], code_id: SQLColumnExpression[int]
) -> ColumnElement[str]:
    """Return `rules.subject_of` in SQL: the item's code if there is one, else the batch's."""
    return func.coalesce(literal("code:") + cast(code_id, String), literal("batch:") + cast(batch_id, String))
