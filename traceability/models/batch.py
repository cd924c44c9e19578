"""Batches, the papers they need, and holds on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column
from traceability.rules.batch import BatchState, Origin
from traceability.rules.certificate import CertificateKind


class Batch(Identified, Versioned, Base):
    """Goods of one trade item that were harvested, slaughtered or made together."""

    __tablename__ = "traceability_batch"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("gtin", "number"),
        UniqueConstraint("producer_id", "producer_reference"),
        CheckConstraint("boxes > 0", name="boxes"),
        CheckConstraint("grams > 0", name="grams"),
        CheckConstraint("harvested_on <= best_before_on", name="dates"),
        CheckConstraint("harvest_began_on IS NULL OR harvest_began_on <= harvested_on", name="window"),
        Index(None, "producer_id", "state"),
        Index(None, "trade_item_id", "state", "best_before_on"),
        Index(None, "harvested_on"),
        Index(None, "registered_at", "id"),
        Index(None, "producer_id", "registered_at", "id"),
        Index(None, "state", "registered_at", "id"),
        Index(None, "is_held", "registered_at", "id"),
        Index(None, "released_at"),
    )

    number: Mapped[str] = mapped_column(String(20))
    """The lot in every code, AI (10)."""
    gtin: Mapped[str] = mapped_column(String(14))
    """The trade item's GTIN when the batch was registered."""
    trade_item_id: Mapped[int] = mapped_column(ForeignKey("base_trade_item.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"), index=True)
    """The base that it comes from."""
    producer_reference: Mapped[str | None] = mapped_column(String(40))
    """The co-operative's own number; the same number twice is the same batch."""
    member_name: Mapped[str] = mapped_column(String(60), default="")
    """The member household; masked on public pages."""
    plot: Mapped[str] = mapped_column(String(40), default="")
    """The field or barn of the base, by the co-operative's own name."""
    origin: Mapped[Origin] = mapped_column(enum_column(Origin, "origin"), default=Origin.HARVEST)
    supplier: Mapped[str] = mapped_column(String(120), default="")
    """From whom bought or received goods came, with their own lot number after a slash."""
    harvest_began_on: Mapped[date | None]
    """The first day, where harvesting took several; None when it took one."""
    harvested_on: Mapped[date]
    best_before_on: Mapped[date]
    boxes: Mapped[int] = mapped_column(Integer)
    grams: Mapped[int]
    registered_at: Mapped[datetime]
    registered_by: Mapped[str] = mapped_column(String(120))
    released_at: Mapped[datetime | None]
    is_held: Mapped[bool] = mapped_column(default=False)
    """At least one hold is open; kept with the holds, so that every gate asks one column."""
    is_recalled: Mapped[bool] = mapped_column(default=False)
    """A recall of it is open, and no drill; kept with the recalls."""
    state: Mapped[BatchState] = mapped_column(enum_column(BatchState, "state"))


class Certificate(Identified, Versioned, Base):
    """A paper for one batch, or for a party as a whole (a food licence)."""

    __tablename__ = "traceability_certificate"
    __table_args__ = (
        UniqueConstraint("kind", "number"),
        CheckConstraint("valid_until IS NULL OR issued_on <= valid_until", name="validity"),
        Index(None, "batch_id"),
        Index(None, "valid_until"),
    )

    kind: Mapped[CertificateKind] = mapped_column(enum_column(CertificateKind, "kind"))
    number: Mapped[str] = mapped_column(String(40))
    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"), index=True)
    """Whose goods or works it is about."""
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("traceability_batch.id"))
    issuer: Mapped[str] = mapped_column(String(120))
    basis: Mapped[str] = mapped_column(String(200), default="")
    """For a COC: what the promise rests on (控制, 自检, 委托检测)."""
    issued_on: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day on which it counts; None without end."""
    revoked_at: Mapped[datetime | None]


class Cover(Base):
    """A paper of a parent that counts for a batch which was split, merged or repacked from it."""

    __tablename__ = "traceability_cover"

    certificate_id: Mapped[int] = mapped_column(ForeignKey("traceability_certificate.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"), primary_key=True, index=True)
