"""GS1 company prefixes of parties, and the pools of keys below them; how keys look is gs1's business."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.base.rules import KeyKind, ReservationState
from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column


class CompanyPrefix(Identified, Versioned, Base):
    """Digits that GS1 allotted to one party: every key that begins with them is that party's."""

    __tablename__ = "base_company_prefix"
    __table_args__ = (
        UniqueConstraint("digits"),
        CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="validity"),
    )

    digits: Mapped[str] = mapped_column(String(12))
    """No prefix begins with another: a key would belong to two parties."""
    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"), index=True)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day that keys may be taken; None while the allotment is renewed each year."""


class KeyPool(Identified, Base):
    """The numbers of one kind of key below a prefix, given out upwards and never again."""

    __tablename__ = "base_key_pool"
    __table_args__ = (
        UniqueConstraint("prefix_id", "kind", "extension"),
        CheckConstraint("next_number > 0", name="next_number"),
        CheckConstraint("extension BETWEEN 0 AND 9", name="extension"),
    )

    prefix_id: Mapped[int] = mapped_column(ForeignKey("base_company_prefix.id"))
    kind: Mapped[KeyKind] = mapped_column(enum_column(KeyKind, "kind"))
    extension: Mapped[int] = mapped_column(Integer)
    """The first digit of an SSCC; 0 for other keys."""
    next_number: Mapped[int]
    """Whatever is below was given out or passed over; it only grows."""


class KeyReservation(Identified, Base):
    """A number of a pool, or several in a row, and what became of them. Never deleted, never given again."""

    __tablename__ = "base_key_reservation"
    __table_args__ = (
        UniqueConstraint("pool_id", "first_number"),
        CheckConstraint("0 <= first_number AND first_number <= last_number", name="range"),
    )

    pool_id: Mapped[int] = mapped_column(ForeignKey("base_key_pool.id"))
    first_number: Mapped[int]
    last_number: Mapped[int]
    state: Mapped[ReservationState] = mapped_column(enum_column(ReservationState, "state"))
    purpose: Mapped[str] = mapped_column(String(120), default="")
    """What the keys are for, in the words of whoever took them."""
    reserved_at: Mapped[datetime]
    reserved_by: Mapped[str] = mapped_column(String(120))
    settled_at: Mapped[datetime | None]
    """When they were taken into use or given up."""
