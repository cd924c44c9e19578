"""Supply bases and what they plan to bring, month by month."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, Versioned


class SupplyBase(Identified, Versioned, Base):
    """A site that grows or raises one product for direct supply (直供基地)."""

    __tablename__ = "catalog_supply_base"
    __table_args__ = (
        UniqueConstraint("site_id", "product_id"),
        CheckConstraint("area_mu_e2 >= 0", name="area"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("catalog_product.id"), index=True)
    area_mu_e2: Mapped[int] = mapped_column(Integer, default=0)
    """亩 × 100; 0 for animals."""
    households: Mapped[int] = mapped_column(Integer, default=0)
    sponsor: Mapped[str] = mapped_column(String(120), default="")
    """The Pudong enterprise that builds the base with the co-operative."""


class SupplyPlan(Identified, Base):
    """How much a base plans to bring in a month."""

    __tablename__ = "catalog_supply_plan"
    __table_args__ = (
        UniqueConstraint("supply_base_id", "year", "month"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        CheckConstraint("grams >= 0", name="grams"),
    )

    supply_base_id: Mapped[int] = mapped_column(ForeignKey("catalog_supply_base.id"))
    year: Mapped[int] = mapped_column(Integer)
    month: Mapped[int] = mapped_column(Integer)
    grams: Mapped[int]
