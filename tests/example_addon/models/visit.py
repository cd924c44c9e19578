"""The one table of visits."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Integer, MetaData, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.base.models.party import Site
from supplychain.kernel.db.base import NAMING, Base, Identified, Versioned, enum_column
from tests.example_addon.rules import VisitState


class Apart(Base):
    """A base with tables of its own: the example is never delivered, so no migration makes its table.

    An addon that is delivered stands on Base itself and brings a migration.
    """

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)


class Visit(Identified, Versioned, Apart):
    """Somebody comes to a place on a day."""

    __tablename__ = "example_visit"
    __table_args__ = (
        UniqueConstraint("site_id", "visit_on", "visitor"),
        CheckConstraint("people > 0", name="people"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey(Site.id))
    visitor: Mapped[str] = mapped_column(String(60))
    visit_on: Mapped[date]
    people: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[VisitState] = mapped_column(enum_column(VisitState, "state"))
