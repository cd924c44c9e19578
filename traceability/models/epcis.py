"""Doors of EPCIS: what events are found by, capture jobs, proposals, named queries and subscriptions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, enum_column
from traceability.rules.capture import ErrorBehaviour, ProposalState

FACT_LENGTH = 200
"""Characters of a fact that are kept and compared."""
CHILDREN = "children"
"""The attribute of master data that names what lies within."""


class EntryFact(Identified, Base):
    """One thing that an event says, as it is asked for: a transaction, a measure, a field of others."""

    __tablename__ = "traceability_entry_fact"
    __table_args__ = (
        Index(None, "name", "text", "entry_id"),
        Index(None, "name", "number", "entry_id"),
        Index(None, "entry_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("traceability_entry.id"))
    name: Mapped[str] = mapped_column(String(200))
    """What is said, as queries name it: `bizTransaction_po`, `ILMD_…`, `value_KEL`."""
    text: Mapped[str] = mapped_column(String(200))
    number: Mapped[float | None] = mapped_column(Float)


class FactMark(Identified, Base):
    """How far the facts of entries that are older than a version of the index have been written anew."""

    __tablename__ = "traceability_fact_mark"
    __table_args__ = (UniqueConstraint("version"),)

    version: Mapped[int] = mapped_column(Integer)
    done_id: Mapped[int]
    """The last entry that was looked at."""
    until_id: Mapped[int]
    """The last entry that was written before this version; later ones have their facts already."""


class MasterFact(Identified, Base):
    """One thing that a partner's documents say of a place, a party or a kind of goods, in their header."""

    __tablename__ = "traceability_master_fact"
    __table_args__ = (Index(None, "source_id", "name"), Index(None, "attribute", "text"))

    source_id: Mapped[int] = mapped_column(ForeignKey("traceability_source.id"))
    name: Mapped[str] = mapped_column(String(200))
    """What it is said of, by its canonical name."""
    attribute: Mapped[str] = mapped_column(String(200))
    """An attribute of the vocabulary, or `children`."""
    text: Mapped[str] = mapped_column(String(200))
    """Its value; a child's canonical name."""


class CaptureJob(Identified, Base):
    """A document that a partner sent, and what became of it."""

    __tablename__ = "traceability_capture_job"
    __table_args__ = (UniqueConstraint("code"), Index(None, "source_id"))

    code: Mapped[str] = mapped_column(String(36))
    source_id: Mapped[int] = mapped_column(ForeignKey("traceability_source.id"))
    behaviour: Mapped[ErrorBehaviour] = mapped_column(enum_column(ErrorBehaviour, "behaviour"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    running: Mapped[bool]
    success: Mapped[bool]
    report: Mapped[dict[str, Any]]
    """`errors`: the problems; `events`: how many were stored."""


class Proposal(Identified, Base):
    """A partner's event that waits for somebody to accept or refuse it."""

    __tablename__ = "traceability_proposal"
    __table_args__ = (UniqueConstraint("entry_id"), Index(None, "state"))

    entry_id: Mapped[int] = mapped_column(ForeignKey("traceability_entry.id"))
    state: Mapped[ProposalState] = mapped_column(enum_column(ProposalState, "state"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(120), default="")


class NamedQuery(Identified, Base):
    """A query that has a name, for one party; its subscribers hear of what it finds."""

    __tablename__ = "traceability_named_query"
    __table_args__ = (UniqueConstraint("party_id", "name"),)

    party_id: Mapped[int | None] = mapped_column(ForeignKey("base_party.id"))
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class EventSubscription(Identified, Base):
    """Somebody's own system that hears of what a named query finds, as it comes or by a timetable."""

    __tablename__ = "traceability_event_subscription"
    __table_args__ = (UniqueConstraint("code"), Index(None, "query_id"))

    code: Mapped[str] = mapped_column(String(36))
    query_id: Mapped[int] = mapped_column(ForeignKey("traceability_named_query.id", ondelete="CASCADE"))
    dest: Mapped[str] = mapped_column(String(300))
    token: Mapped[str] = mapped_column(String(200))
    """What each message is signed with (GS1-Signature); empty leaves it unsigned."""
    timetable: Mapped[dict[str, Any]]
    """Empty for a stream."""
    reports_nothing: Mapped[bool]
    """Whether a run of the timetable that finds nothing is told, too."""
    last_id: Mapped[int]
    """The last entry that was looked at."""
    looked_at: Mapped[datetime]
    created_at: Mapped[datetime]
