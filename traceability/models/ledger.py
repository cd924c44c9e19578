"""The trace ledger: append-only entries of what happens to goods, and the holdings they add up to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, BigId, Identified, enum_column
from traceability.rules.ledger import Bucket, Role, Step, ThingRole, Trust


class Source(Identified, Base):
    """Where events of others come from, and how far they are trusted."""

    __tablename__ = "traceability_source"
    __table_args__ = (UniqueConstraint("code"), UniqueConstraint("party_id"))

    code: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(120))
    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    """Whose events they are; its events stand in its chain."""
    trust: Mapped[Trust] = mapped_column(enum_column(Trust, "trust"))


class Chain(Base):
    """The head of a party's chain of entries; whoever writes holds it until the act is over."""

    __tablename__ = "traceability_chain"

    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"), primary_key=True, autoincrement=False)
    length: Mapped[int]
    head: Mapped[str] = mapped_column(String(64))
    """The link of the last entry; empty before the first."""


class Entry(Identified, Base):
    """One thing that happened; `document` is the EPCIS 2.0 event. Never updated, never deleted.

    An error declaration is an entry of its own that repeats an earlier one under the same event id.
    """

    __tablename__ = "traceability_entry"
    __table_args__ = (
        UniqueConstraint("party_id", "position"),
        UniqueConstraint("declares_id"),
        Index(None, "event_id"),
        Index(None, "event_time"),
        Index(None, "record_time"),
        Index(None, "site_id", "event_time"),
        Index(None, "reference"),
        Index(None, "biz_step", "event_time"),
        Index(None, "biz_step", "record_time"),
    )

    event_id: Mapped[str] = mapped_column(String(160))
    """The CBV event hash of our own events; whatever URI a partner gave."""
    event_type: Mapped[str] = mapped_column(String(24))
    action: Mapped[str] = mapped_column(String(8), default="")
    """Empty for a transformation, which has none."""
    biz_step: Mapped[str] = mapped_column(String(200), default="")
    disposition: Mapped[str] = mapped_column(String(200), default="")
    read_point: Mapped[str] = mapped_column(String(200), default="")
    biz_location: Mapped[str] = mapped_column(String(200), default="")
    step: Mapped[Step | None] = mapped_column(enum_column(Step, "step"))
    """None for a partner's event that only says something."""
    event_time: Mapped[datetime]
    """When it happened."""
    record_time: Mapped[datetime]
    """When it was written down."""
    site_id: Mapped[int | None] = mapped_column(ForeignKey("base_site.id"))
    """Where it happened; for a shipment, where it left."""
    to_site_id: Mapped[int | None] = mapped_column(ForeignKey("base_site.id"))
    """For a shipment, where it goes."""
    reference: Mapped[str] = mapped_column(String(60), default="")
    """The number of the document that caused it (shipment, receipt, contract)."""
    recorded_by: Mapped[str] = mapped_column(String(120))
    document: Mapped[dict[str, Any]]
    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    """In whose chain it stands: the owner of the place, or the partner who told it."""
    position: Mapped[int]
    """Counts from 1 within the chain."""
    link: Mapped[str] = mapped_column(String(64))
    """`rules.chain.link_of` this entry and the link before it."""
    declares_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("traceability_entry.id"))
    """The entry that this one declares to be wrong."""
    source_id: Mapped[int | None] = mapped_column(ForeignKey("traceability_source.id"), index=True)
    """Who told it; None for our own acts."""


class EntryBatch(Identified, Base):
    """How much of which batch an entry is about; a transformation takes inputs and makes outputs."""

    __tablename__ = "traceability_entry_batch"
    __table_args__ = (Index(None, "batch_id", "entry_id"), Index(None, "entry_id"))

    entry_id: Mapped[int] = mapped_column(ForeignKey("traceability_entry.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"))
    grams: Mapped[int]
    boxes: Mapped[int] = mapped_column(Integer)


class EntryThing(Identified, Base):
    """What an entry names: lots, logistic units, whatever a partner's event is about."""

    __tablename__ = "traceability_entry_thing"
    __table_args__ = (Index(None, "name", "entry_id"), Index(None, "entry_id"))

    entry_id: Mapped[int] = mapped_column(ForeignKey("traceability_entry.id"))
    role: Mapped[ThingRole] = mapped_column(enum_column(ThingRole, "role"))
    name: Mapped[str] = mapped_column(String(200))
    """The canonical Digital Link; another URI as it was given."""
    is_class: Mapped[bool]
    """A lot or a kind of goods, with a quantity; else a single thing."""


class Holding(Identified, Base):
    """How much of a batch is where, in which way: the sum of its entries, kept in the same transaction."""

    __tablename__ = "traceability_holding"
    __table_args__ = (
        UniqueConstraint("batch_id", "site_id", "bucket"),
        CheckConstraint("grams >= 0", name="grams"),
        CheckConstraint("boxes >= 0", name="boxes"),
        Index(None, "site_id", "bucket"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    bucket: Mapped[Bucket] = mapped_column(enum_column(Bucket, "bucket"))
    grams: Mapped[int]
    boxes: Mapped[int] = mapped_column(Integer)
    arrived_at: Mapped[datetime]
    """When the last of it came in: what is taken later than this needs no look at the history."""
