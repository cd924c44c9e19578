"""Products, their grade standards and storage profiles, and which trade items are packs of them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.rules import Family, ShelfLifeModel
from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column


class GradeStandard(Identified, Base):
    """A published standard that defines grades, as NY/T 583."""

    __tablename__ = "catalog_grade_standard"
    __table_args__ = (UniqueConstraint("code"),)

    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(120))
    grades: Mapped[str] = mapped_column(String(80))
    """The grades that it defines, best first, parted by commas."""


class Product(Identified, Versioned, Base):
    """What grows or is raised, whatever it is packed in."""

    __tablename__ = "catalog_product"
    __table_args__ = (UniqueConstraint("code"),)

    code: Mapped[str] = mapped_column(String(24))
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    family: Mapped[Family] = mapped_column(enum_column(Family, "family"))
    species: Mapped[str] = mapped_column(String(80), default="")
    variety: Mapped[str] = mapped_column(String(60), default="")
    geographical_indication: Mapped[str] = mapped_column(String(80), default="")
    """The registration that lets the mark be used; empty when none was verified."""
    story_zh: Mapped[str] = mapped_column(Text, default="")
    story_en: Mapped[str] = mapped_column(Text, default="")


class StorageProfile(Identified, Base):
    """How a product is kept, from a day on; the newest that has begun counts."""

    __tablename__ = "catalog_storage_profile"
    __table_args__ = (
        UniqueConstraint("product_id", "valid_from"),
        CheckConstraint("min_centi_celsius < max_centi_celsius", name="band"),
        CheckConstraint("shelf_life_days > 0", name="shelf_life"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("catalog_product.id"))
    valid_from: Mapped[date]
    min_centi_celsius: Mapped[int] = mapped_column(Integer)
    max_centi_celsius: Mapped[int] = mapped_column(Integer)
    critical_max_centi_celsius: Mapped[int | None] = mapped_column(Integer)
    """Above this the goods are refused."""
    critical_min_centi_celsius: Mapped[int | None] = mapped_column(Integer)
    """Below this they are harmed for good (chilling injury, freezing)."""
    min_humidity_bp: Mapped[int | None] = mapped_column(Integer)
    max_humidity_bp: Mapped[int | None] = mapped_column(Integer)
    shelf_life_days: Mapped[int] = mapped_column(Integer)
    shelf_life_model: Mapped[ShelfLifeModel] = mapped_column(enum_column(ShelfLifeModel, "shelf_life_model"))
    source: Mapped[str] = mapped_column(String(120))
    """The standard or handbook that the band is taken from."""


class ItemProduct(Base):
    """Which product a trade item is a pack of."""

    __tablename__ = "catalog_item_product"

    trade_item_id: Mapped[int] = mapped_column(ForeignKey("base_trade_item.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("catalog_product.id"), index=True)


class Season(Identified, Base):
    """The months in which a product comes from Datian."""

    __tablename__ = "catalog_season"
    __table_args__ = (
        UniqueConstraint("product_id", "first_month"),
        CheckConstraint("first_month BETWEEN 1 AND 12 AND last_month BETWEEN 1 AND 12", name="months"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("catalog_product.id"))
    first_month: Mapped[int] = mapped_column(Integer)
    last_month: Mapped[int] = mapped_column(Integer)
    """May be smaller than the first: the season runs over New Year."""
    note: Mapped[str] = mapped_column(String(120), default="")
