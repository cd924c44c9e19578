"""What was used on fields and in barns, and the references that say what is allowed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column
from traceability.rules.farm import DoseUnit, InputKind


class FarmInput(Identified, Versioned, Base):
    """A product that is used on crops or animals, as it is registered."""

    __tablename__ = "traceability_farm_input"
    __table_args__ = (UniqueConstraint("code"),)

    code: Mapped[str] = mapped_column(String(40))
    registration: Mapped[str] = mapped_column(String(40), default="")
    """The registration number on the label (农药登记证号, 兽药批准文号); empty when not copied."""
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    kind: Mapped[InputKind] = mapped_column(enum_column(InputKind, "kind"))
    substance: Mapped[str] = mapped_column(String(120), default="")
    """The active substances by their Chinese common names, parted by 、."""
    manufacturer: Mapped[str] = mapped_column(String(120), default="")
    source: Mapped[str] = mapped_column(String(200))


class FarmRule(Identified, Versioned, Base):
    """What an input's label allows on a crop or species, from a day on."""

    __tablename__ = "traceability_farm_rule"
    __table_args__ = (
        UniqueConstraint("input_id", "scope", "valid_from"),
        CheckConstraint("interval_days >= 0", name="interval"),
        CheckConstraint("max_applications IS NULL OR max_applications > 0", name="applications"),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="validity"),
    )

    input_id: Mapped[int] = mapped_column(ForeignKey("traceability_farm_input.id"))
    scope: Mapped[str] = mapped_column(String(80))
    """A product code of the catalogue, a scientific name, a family, or * for all."""
    interval_days: Mapped[int] = mapped_column(Integer)
    max_applications: Mapped[int | None] = mapped_column(Integer)
    max_dose_milli: Mapped[int | None] = mapped_column(Integer)
    """1/1 000 of the unit."""
    dose_unit: Mapped[DoseUnit | None] = mapped_column(enum_column(DoseUnit, "dose_unit"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """The last day on which it counts; None without end."""
    source: Mapped[str] = mapped_column(String(200))


class FarmBan(Identified, Versioned, Base):
    """A substance that may not be used on a crop or species from a day on."""

    __tablename__ = "traceability_farm_ban"
    __table_args__ = (
        UniqueConstraint("substance", "scope", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="validity"),
    )

    substance: Mapped[str] = mapped_column(String(60))
    scope: Mapped[str] = mapped_column(String(80))
    """A product code of the catalogue, a scientific name, a family, or * for all."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(200))


class FarmRecord(Identified, Versioned, Base):
    """One use of an input on a crop or on animals of a base; voided when wrong, never deleted."""

    __tablename__ = "traceability_farm_record"
    __table_args__ = (
        CheckConstraint("dose_milli > 0", name="dose"),
        CheckConstraint("area_mu_e2 >= 0", name="area"),
        CheckConstraint("stopped_on IS NULL OR applied_on <= stopped_on", name="days"),
        Index(None, "site_id", "applied_on"),
        Index(None, "party_id", "applied_on"),
        Index(None, "applied_on"),
    )

    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("catalog_product.id"))
    input_id: Mapped[int] = mapped_column(ForeignKey("traceability_farm_input.id"))
    plot: Mapped[str] = mapped_column(String(40), default="")
    """The field or barn; empty for the whole base."""
    member_name: Mapped[str] = mapped_column(String(60), default="")
    """The household; empty for all."""
    dose_milli: Mapped[int] = mapped_column(Integer)
    """1/1 000 of the unit."""
    dose_unit: Mapped[DoseUnit] = mapped_column(enum_column(DoseUnit, "dose_unit"))
    area_mu_e2: Mapped[int] = mapped_column(Integer, default=0)
    """亩 × 100; 0 for animals."""
    target: Mapped[str] = mapped_column(String(80), default="")
    """The pest or disease that it was used against."""
    applied_on: Mapped[date]
    stopped_on: Mapped[date | None]
    """The last day of a course of several days; None when it took one."""
    season: Mapped[str] = mapped_column(String(20))
    operator_name: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None] = mapped_column(String(120))
    void_reason: Mapped[str] = mapped_column(String(300), default="")
