"""Reading shipments: lists, one of them, counts; what is aboard, measured and received is not here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from logistics.models.packing import LogisticUnit, UnitContent
from logistics.models.shipment import Route, Shipment, Vehicle
from logistics.queries.visibility import visible
from logistics.rules.states import Severity, ShipmentState
from supplychain.base.models.party import Party, Site
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, locale
from supplychain.kernel.permissions import Actor

MOST = 12
"""So many trips of a batch are told to the public."""

CARRIER = aliased(Party)
SHIPPER = aliased(Party)


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """A shipment as lists and its page show it; temperatures in 1/100 ℃."""

    id: int
    number: str
    waybill: str | None
    shipper_id: int
    shipper_name: str
    carrier_id: int
    carrier_name: str
    plate: str
    refrigeration_class: str
    route: str
    route_name_zh: str
    route_name_en: str
    way_points: str
    checkpoint: str
    kilometres: int
    planned_minutes: int
    driver_name: str
    driver_phone: str
    from_site: str
    from_site_name: str
    planned_departure_at: datetime
    departed_at: datetime | None
    arrived_at: datetime | None
    band_min_centi: int
    band_max_centi: int
    critical_min_centi: int | None
    critical_max_centi: int | None
    verdict: Severity
    coverage_bp: int
    lowest_centi: int | None
    highest_centi: int | None
    judged_at: datetime | None
    state: ShipmentState
    grams: int

    @property
    def route_name(self) -> str:
        """Return the route's name in the reader's language."""
        return self.route_name_en if locale() == "en" else self.route_name_zh


@dataclass(frozen=True, slots=True)
class ShipmentFilter(PageRequest):
    """Which shipments: in a state, with a verdict, with a text in number, waybill, plate or driver."""

    q: str = ""
    state: ShipmentState | None = None
    verdict: Severity | None = None


def page(session: Session, actor: Actor, wanted: ShipmentFilter) -> Page[ShipmentRow]:
    """Return the shipments that fit and that the actor may see, latest departure first."""
    return paginate(
        session,
        _shipments().where(visible(actor), *conditions(wanted)),
        wanted,
        row=ShipmentRow,
        sorts={
            "number": Shipment.number,
            "planned_departure_at": Shipment.planned_departure_at,
            "state": Shipment.state,
            "highest_centi": Shipment.highest_centi,
        },
        default="-planned_departure_at",
        key=Shipment.id,
    )


def one(session: Session, actor: Actor, number: str) -> ShipmentRow:
    """Return a shipment by number; NotFound when there is none that the actor may see."""
    found = session.execute(_shipments().where(visible(actor), Shipment.number == number)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no shipment %(number)s."), number=number)
    return ShipmentRow(*found)


def of_batch(session: Session, batch_id: int) -> Sequence[ShipmentRow]:
    """Return the shipments that left with a batch aboard, the latest first; for the public, who may see them.

    At most MOST: a large batch goes to many gates.
    """
    return [ShipmentRow(*row) for row in session.execute(_OF_BATCH, {"batch_id": batch_id})]


def count(session: Session, actor: Actor, *conditions: ColumnElement[bool]) -> int:
    """Return how many shipments of those that the actor may see fit."""
    return session.scalar(select(func.count(Shipment.id)).where(visible(actor), *conditions)) or 0


def conditions(wanted: ShipmentFilter) -> list[ColumnElement[bool]]:
    """Return what a filter asks of shipment and vehicle."""
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(Shipment.state == wanted.state)
    if wanted.verdict is not None:
        found.append(and_(Shipment.verdict == wanted.verdict, Shipment.departed_at.is_not(None)))
    if wanted.q:
        columns = (Shipment.number, Shipment.waybill, Vehicle.plate, Shipment.driver_name)
        found.append(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _shipments() -> Rows:
    aboard = (
        select(func.coalesce(func.sum(UnitContent.grams), 0))
        .join(LogisticUnit, LogisticUnit.id == UnitContent.unit_id)
        .where(LogisticUnit.shipment_id == Shipment.id)
        .correlate(Shipment)
        .scalar_subquery()
    )
    return (
        select(
            Shipment.id,
            Shipment.number,
            Shipment.waybill,
            Shipment.shipper_id,
            SHIPPER.short_name,
            Shipment.carrier_id,
            CARRIER.short_name,
            Vehicle.plate,
            Vehicle.refrigeration_class,
            Route.code,
            Route.name_zh,
            Route.name_en,
            Route.way_points,
            Route.checkpoint,
            Route.kilometres,
            Route.planned_minutes,
            Shipment.driver_name,
            Shipment.driver_phone,
            Site.code,
            Site.name,
            Shipment.planned_departure_at,
            Shipment.departed_at,
            Shipment.arrived_at,
            Shipment.band_min_centi,
            Shipment.band_max_centi,
            Shipment.critical_min_centi,
            Shipment.critical_max_centi,
            Shipment.verdict,
            Shipment.coverage_bp,
            Shipment.lowest_centi,
            Shipment.highest_centi,
            Shipment.judged_at,
            Shipment.state,
            aboard,
        )
        .join(SHIPPER, SHIPPER.id == Shipment.shipper_id)
        .join(CARRIER, CARRIER.id == Shipment.carrier_id)
        .join(Vehicle, Vehicle.id == Shipment.vehicle_id)
        .join(Route, Route.id == Shipment.route_id)
        .join(Site, Site.id == Shipment.from_site_id)
    )


_CARRYING = (
    select(LogisticUnit.shipment_id)
    .join(UnitContent, UnitContent.unit_id == LogisticUnit.id)
    .where(UnitContent.batch_id == bindparam("batch_id"))
)
_OF_BATCH: Rows = (
    _shipments()
    .where(Shipment.id.in_(_CARRYING), Shipment.departed_at.is_not(None))
    .order_by(Shipment.departed_at.desc(), Shipment.id.desc())
    .limit(MOST)
)
"""Made once: the page behind a code runs it."""
