"""Trade items: what an order, an invoice and a label name; how it grows and keeps is the catalogue's."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.base.rules import ItemUnit
from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column


class TradeItem(Identified, Versioned, Base):
    """One thing that is sold, in one grade and one pack."""

    __tablename__ = "base_trade_item"
    __table_args__ = (
        UniqueConstraint("sku"),
        UniqueConstraint("gtin"),
        CheckConstraint("net_grams > 0", name="net_grams"),
        CheckConstraint("grade = '' OR grade_standard <> ''", name="grade_has_standard"),
    )

    sku: Mapped[str] = mapped_column(String(24))
    gtin: Mapped[str] = mapped_column(String(14))
    """Always fourteen digits."""
    brand_party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    """Whose company prefix the GTIN is made from."""
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    grade: Mapped[str] = mapped_column(String(20), default="")
    grade_standard: Mapped[str] = mapped_column(String(40), default="")
    """The standard that defines the grade (GB 7718: no grade without one)."""
    unit: Mapped[ItemUnit] = mapped_column(enum_column(ItemUnit, "unit"))
    net_grams: Mapped[int]
    """What one unit holds; the average when the weight is caught."""
    is_catch_weight: Mapped[bool] = mapped_column(default=False)
    """Each unit is weighed; boxes × net_grams is only an estimate."""
    is_active: Mapped[bool] = mapped_column(default=True)
