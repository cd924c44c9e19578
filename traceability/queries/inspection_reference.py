"""Reading the references behind inspections: residue limits, and the days that are worked or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog.models.product import ItemProduct, Product
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from traceability.models.inspection import MovedDay, ResidueLimit
from traceability.rules.farm import Crop
from traceability.rules.inspection import AmountUnit, Bound, KeptLimit, Limit
from traceability.rules.workday import Calendar


@dataclass(frozen=True, slots=True)
class LimitRow:
    """What goods may hold of something."""

    analyte: str
    scope: str
    bound: Bound
    limit_micro: int | None
    unit: AmountUnit | None
    valid_from: date
    valid_to: date | None
    source: str
    note: str

    @property
    def limit(self) -> Limit:
        """Return the limit as the rules know it."""
        return Limit(self.bound, self.limit_micro, self.unit, self.source)


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day off in the week, or a weekend that is worked."""

    day: date
    is_working: bool
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class LimitFilter(PageRequest):
    """Which limits: with a text in analyte, scope or source."""

    q: str = ""


@dataclass(frozen=True, slots=True)
class DayFilter(PageRequest):
    """Which days: worked ones or days off, with a text in name or source."""

    q: str = ""
    is_working: bool | None = None


def limits(session: Session, wanted: LimitFilter) -> Page[LimitRow]:
    """Return the limits that fit, by analyte."""
    sorts = {
        "analyte": ResidueLimit.analyte,
        "scope": ResidueLimit.scope,
        "valid_from": ResidueLimit.valid_from,
    }
    found = _limits(wanted)
    return paginate(session, found, wanted, row=LimitRow, sorts=sorts, default="analyte", key=ResidueLimit.id)


def every_limit(session: Session, wanted: LimitFilter) -> Iterator[LimitRow]:
    """Return all limits that fit; for files."""
    return (LimitRow(*row) for row in session.execute(_limits(wanted).order_by(ResidueLimit.id)))


def days(session: Session, wanted: DayFilter) -> Page[DayRow]:
    """Return the moved days that fit, newest first."""
    sorts = {"day": MovedDay.day}
    found = _days(wanted)
    return paginate(session, found, wanted, row=DayRow, sorts=sorts, default="-day", key=MovedDay.id)


def every_day(session: Session, wanted: DayFilter) -> Iterator[DayRow]:
    """Return all moved days that fit; for files."""
    return (DayRow(*row) for row in session.execute(_days(wanted).order_by(MovedDay.day)))


def calendar(session: Session, since: date) -> Calendar:
    """Return the working days from a day on."""
    found = select(MovedDay.day, MovedDay.is_working).where(MovedDay.day >= since)
    return Calendar(dict(session.execute(found).all()))


def crop_of(session: Session, trade_item_id: int) -> Crop | None:
    """Return what an item is as the catalogue knows it; None when it does not."""
    found = session.execute(
        select(Product.code, Product.family, Product.species)
        .join(ItemProduct, ItemProduct.product_id == Product.id)
        .where(ItemProduct.trade_item_id == trade_item_id)
    ).first()
    return None if found is None else Crop(*found)


def kept(session: Session, analytes: Collection[str]) -> list[KeptLimit]:
    """Return the limits of some analytes, of whatever day and goods."""
    found = session.execute(_limits(LimitFilter()).where(ResidueLimit.analyte.in_(analytes)))
    rows = [LimitRow(*row) for row in found]
    return [KeptLimit(row.analyte, row.scope, row.limit, row.valid_from, row.valid_to) for row in rows]


def _limits(wanted: LimitFilter) -> Rows:
    found: Rows = select(
        ResidueLimit.analyte,
        ResidueLimit.scope,
        ResidueLimit.bound,
        ResidueLimit.limit_micro,
        ResidueLimit.unit,
        ResidueLimit.valid_from,
        ResidueLimit.valid_to,
        ResidueLimit.source,
        ResidueLimit.note,
    )
    if wanted.q:
        columns = (ResidueLimit.analyte, ResidueLimit.scope, ResidueLimit.source)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _days(wanted: DayFilter) -> Rows:
    found: Rows = select(MovedDay.day, MovedDay.is_working, MovedDay.name, MovedDay.source)
    if wanted.is_working is not None:
        found = found.where(MovedDay.is_working.is_(wanted.is_working))
    if wanted.q:
        columns = (MovedDay.name, MovedDay.source)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found
