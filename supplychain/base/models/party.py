"""Parties and the places where they work; who may sign in for them is the kernel's business."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.base.rules import PartyKind, SiteKind
from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column


class Division(Base):
    """An administrative division of China, as the statistics bureau counts them."""

    __tablename__ = "base_division"

    code: Mapped[str] = mapped_column(String(9), primary_key=True)
    """2, 4, 6 or 9 digits: province, city, county, town."""
    name: Mapped[str] = mapped_column(String(60))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("base_division.code"))


class Party(Identified, Versioned, Base):
    """A co-operative, buyer, carrier or authority. Never deleted: documents keep referring to it."""

    __tablename__ = "base_party"
    __table_args__ = (UniqueConstraint("code"), UniqueConstraint("uscc"), UniqueConstraint("gln"))

    code: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[PartyKind] = mapped_column(enum_column(PartyKind, "kind"))
    uscc: Mapped[str | None] = mapped_column(String(18))
    """统一社会信用代码, GB 32100-2015."""
    gln: Mapped[str | None] = mapped_column(String(13))
    division_code: Mapped[str | None] = mapped_column(ForeignKey("base_division.code"))
    address: Mapped[str] = mapped_column(String(200), default="")
    contact_name: Mapped[str] = mapped_column(String(60), default="")
    contact_phone: Mapped[str] = mapped_column(String(30), default="")
    webhook_url: Mapped[str | None] = mapped_column(String(300))
    """Where this party's own system hears of what concerns it."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)


class Site(Identified, Versioned, Base):
    """A place: a plot, packhouse, slaughterhouse, market gate, depot, pick-up point or canteen."""

    __tablename__ = "base_site"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("gln"),
        CheckConstraint("altitude_m BETWEEN -100 AND 9000", name="altitude"),
    )

    code: Mapped[str] = mapped_column(String(24))
    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[SiteKind] = mapped_column(enum_column(SiteKind, "kind"))
    gln: Mapped[str | None] = mapped_column(String(13))
    division_code: Mapped[str | None] = mapped_column(ForeignKey("base_division.code"))
    address: Mapped[str] = mapped_column(String(200), default="")
    altitude_m: Mapped[int | None] = mapped_column(Integer)
    latitude_e6: Mapped[int | None] = mapped_column(Integer)
    """Degrees × 1 000 000, WGS 84."""
    longitude_e6: Mapped[int | None] = mapped_column(Integer)
    """Degrees × 1 000 000, WGS 84."""
    is_active: Mapped[bool] = mapped_column(default=True)
