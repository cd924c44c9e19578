"""Inspections of batches with what was found, and the references that say what is too much."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column
from traceability.rules.inspection import AmountUnit, Bound, InspectionKind, InspectionResult, Reading


class Inspection(Identified, Versioned, Base):
    """One sample of a batch and what a laboratory found in it; voided when wrong, never deleted."""

    __tablename__ = "traceability_inspection"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("first_id"),
        UniqueConstraint("batch_id", "laboratory", "sample_number"),
        CheckConstraint("sampled_grams >= 0", name="sample"),
        CheckConstraint("(result = 'pending') = (known_at IS NULL)", name="known"),
        CheckConstraint("first_id IS NULL OR asked_at IS NOT NULL", name="retest"),
        Index(None, "sampled_at"),
        Index(None, "result", "retest_until"),
        Index(None, "report_number"),
    )

    number: Mapped[str] = mapped_column(String(20))
    kind: Mapped[InspectionKind] = mapped_column(enum_column(InspectionKind, "kind"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    first_id: Mapped[int | None] = mapped_column(ForeignKey("traceability_inspection.id"))
    """The failed inspection that this one tests again."""
    party_id: Mapped[int | None] = mapped_column(ForeignKey("base_party.id"))
    """Whose it is: the producer's, or of a spot test the market's that made it; None for an authority's."""
    sample_number: Mapped[str] = mapped_column(String(40))
    """The laboratory's number of the sample; the inspection's own where it has none."""
    sampled_at: Mapped[datetime]
    """Of a re-test: when its laboratory got the sample."""
    sampled_by: Mapped[str] = mapped_column(String(120), default="")
    sampled_grams: Mapped[int] = mapped_column(default=0)
    """0 when nobody said how much."""
    laboratory: Mapped[str] = mapped_column(String(120))
    qualification: Mapped[str] = mapped_column(String(60), default="")
    """The number of its CMA or CATL certificate."""
    method: Mapped[str] = mapped_column(String(120), default="")
    report_number: Mapped[str] = mapped_column(String(60), default="")
    result: Mapped[InspectionResult] = mapped_column(enum_column(InspectionResult, "result"))
    """From the findings, never typed in."""
    known_at: Mapped[datetime | None]
    """When the producer got the result: the clock of the re-test starts here."""
    retest_until: Mapped[datetime | None]
    """Of a failed first test: until when a re-test may be asked for, as the calendar was at the result."""
    asked_at: Mapped[datetime | None]
    """Of a re-test: when the producer asked for it."""
    report_until: Mapped[datetime | None]
    """Of a re-test: until when its laboratory must report."""
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(120))
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None] = mapped_column(String(120))
    void_reason: Mapped[str] = mapped_column(String(300), default="")


class InspectionFinding(Identified, Base):
    """What an inspection read of one thing, against the limit that counted then."""

    __tablename__ = "traceability_inspection_finding"
    __table_args__ = (UniqueConstraint("inspection_id", "analyte"),)

    inspection_id: Mapped[int] = mapped_column(ForeignKey("traceability_inspection.id"))
    analyte: Mapped[str] = mapped_column(String(80))
    reading: Mapped[Reading] = mapped_column(enum_column(Reading, "reading"))
    amount_micro: Mapped[int | None]
    """1/1 000 000 of the unit; of what was not detected or not quantified, what the method can tell."""
    unit: Mapped[AmountUnit | None] = mapped_column(enum_column(AmountUnit, "unit"))
    bound: Mapped[Bound | None] = mapped_column(enum_column(Bound, "bound"))
    """None when there was no limit and none was needed."""
    limit_micro: Mapped[int | None]
    limit_unit: Mapped[AmountUnit | None] = mapped_column(enum_column(AmountUnit, "limit_unit"))
    standard: Mapped[str] = mapped_column(String(200), default="")
    """Where the limit stands."""
    passed: Mapped[bool]
    """As the rule judged it; never typed in."""


class ResidueLimit(Identified, Versioned, Base):
    """What goods may hold of something, from a day on."""

    __tablename__ = "traceability_residue_limit"
    __table_args__ = (
        UniqueConstraint("analyte", "scope", "valid_from"),
        CheckConstraint("(bound = 'absent') = (limit_micro IS NULL)", name="amount"),
        CheckConstraint("(limit_micro IS NULL) = (unit IS NULL)", name="unit_given"),
        CheckConstraint("limit_micro IS NULL OR limit_micro > 0", name="positive"),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="validity"),
    )

    analyte: Mapped[str] = mapped_column(String(80))
    scope: Mapped[str] = mapped_column(String(80))
    """A product code of the catalogue, a scientific name, a family, or * for all."""
    bound: Mapped[Bound] = mapped_column(enum_column(Bound, "bound"))
    limit_micro: Mapped[int | None]
    """1/1 000 000 of the unit."""
    unit: Mapped[AmountUnit | None] = mapped_column(enum_column(AmountUnit, "unit"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """The last day on which it counts; None without end."""
    source: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(200), default="")
    """What is still to be looked up."""


class MovedDay(Identified, Versioned, Base):
    """A day off in the week, or a weekend that is worked (调休)."""

    __tablename__ = "traceability_moved_day"
    __table_args__ = (UniqueConstraint("day"),)

    day: Mapped[date]
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60), default="")
    source: Mapped[str] = mapped_column(String(200))
