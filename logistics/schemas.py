"""Shapes of what happens on the way; for forms, JSON and spreadsheets alike."""

from __future__ import annotations

from logistics.queries.fleet import FleetFilter
from logistics.queries.packing import UnitFilter
from logistics.queries.receipt import ReceiptFilter
from logistics.queries.shipment import ShipmentFilter
from logistics.rules.states import (
    ALLOCATION,
    CHANNELS,
    EXCURSION_KINDS,
    REJECT_REASONS,
    SEVERITIES,
    SHIPMENT,
    UNIT,
    UNIT_KINDS,
    AllocationState,
    Channel,
    ExcursionKind,
    RejectReason,
    Severity,
    ShipmentState,
    UnitKind,
    UnitState,
)
from logistics.services.fleet import PutDevice, PutRoute, PutVehicle
from logistics.services.loading import LoadLine
from logistics.services.packing import Pack, Part
from logistics.services.planning import PlanShipment
from logistics.services.receipt import Receive, Weighed
from logistics.services.receipt_sheet import ReceiptRow
from logistics.services.telemetry import Measured, Readings
from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn

COLD, HOT = -6000, 9000
SSCC = r"\d{18}"


class FleetFilterIn(PageIn):
    """Which lorries, routes or loggers to list."""

    command = FleetFilter


class VehicleIn(Shape):
    """A refrigerated lorry."""

    command = PutVehicle

    plate = fields.Words(N_("Plate"), most=12, required=True)
    carrier = fields.Code(N_("Carrier"), required=True)
    refrigeration_class = fields.Code(
        N_("Refrigeration class"), pattern=r"[A-F]", required=True, help=N_("A to F of GB 29753.")
    )
    capacity_grams = fields.Scaled(units.KG, N_("Capacity"), least=1, required=True)
    is_active = fields.Flag(N_("In use"), load_default=True)


class RouteIn(Shape):
    """A way to Shanghai."""

    command = PutRoute

    code = fields.Code(N_("Route"), required=True)
    name_zh = fields.Words(N_("Name in Chinese"), most=80, required=True)
    name_en = fields.Words(N_("Name in English"), most=80, required=True)
    way_points = fields.Words(
        N_("Way points"), most=300, required=True, help=N_("In order, parted by commas.")
    )
    checkpoint = fields.Words(N_("Shanghai checkpoint"), least=0, most=40, load_default="")
    kilometres = fields.Count(N_("Distance"), unit="km", least=1, most=10_000, required=True)
    planned_minutes = fields.Count(N_("Planned time"), unit="min", least=1, most=20_000, required=True)


class DeviceIn(Shape):
    """A temperature and humidity logger."""

    command = PutDevice

    serial = fields.Code(N_("Logger"), required=True)
    model = fields.Words(N_("Model"), most=60, required=True)
    owner = fields.Code(N_("Owner"), required=True)
    interval_minutes = fields.Count(N_("Interval"), unit="min", least=1, most=60, required=True)
    calibrated_until = fields.Day(N_("Calibrated until"), required=True)


class PartIn(Shape):
    """Boxes of one allocation."""

    command = Part

    allocation_id = fields.Count(N_("Allocation"), least=1, required=True)
    boxes = fields.Count(N_("Boxes"), least=1, most=100_000, load_default=None)


class PackIn(Shape):
    """Goods of one order go into one unit; without parts, everything promised and not packed yet."""

    command = Pack

    order = fields.Code(N_("Order"), required=True)
    kind = fields.Choice(UnitKind, N_("Kind of unit"), labels=UNIT_KINDS, load_default=UnitKind.PALLET)
    parts = fields.Lines(PartIn, N_("Contents"), least=0, load_default=())
    at = fields.Moment(N_("Packed at"), load_default=None)


class UnitFilterIn(PageIn):
    """Which units to list."""

    command = UnitFilter
    state = fields.Choice(UnitState, N_("State"), labels=UNIT.labels, load_default=None)


class UnitOut(Shape):
    """A box or pallet."""

    sscc = fields.Code(N_("SSCC"))
    kind = fields.Choice(UnitKind, N_("Kind of unit"), labels=UNIT_KINDS)
    state = fields.Choice(UnitState, N_("State"), labels=UNIT.labels)
    order = fields.Code(N_("Order"))
    buyer_name = fields.Words(N_("Buyer"))
    site = fields.Code(N_("Packed where"))
    ship_to_name = fields.Words(N_("Goes to"))
    shipment = fields.Code(N_("Shipment"))
    boxes = fields.Count(N_("Boxes"))
    grams = fields.Scaled(units.KG, N_("Mass"))
    packed_at = fields.Moment(N_("Packed at"))


class AllocationOut(Shape):
    """A promise of some of a batch, and why."""

    id = fields.Count(N_("Allocation"))
    batch = fields.Code(N_("Batch"))
    item_name = fields.Words(N_("Trade item"))
    site_name = fields.Words(N_("Taken from"))
    boxes = fields.Count(N_("Boxes"))
    grams = fields.Scaled(units.KG, N_("Mass"))
    state = fields.Choice(AllocationState, N_("State"), labels=ALLOCATION.labels)
    reasons = fields.Words(N_("Why this batch"), attribute="why")


class PlanIn(Shape):
    """Packed units go on one lorry."""

    command = PlanShipment

    ssccs = fields.Texts(N_("Units (SSCC)"), pattern=SSCC, widget="textarea", required=True)
    plate = fields.Words(N_("Lorry"), most=12, required=True)
    route = fields.Code(N_("Route"), required=True)
    driver_name = fields.Words(N_("Driver"), most=60, required=True)
    driver_phone = fields.Words(N_("Driver's phone"), most=30, required=True)
    planned_departure_at = fields.Moment(N_("Planned departure"), required=True)
    device = fields.Code(N_("Logger"), load_default=None)
    waybill = fields.Code(N_("Waybill"), load_default=None)


class ShipmentFilterIn(PageIn):
    """Which shipments to list."""

    command = ShipmentFilter
    state = fields.Choice(ShipmentState, N_("State"), labels=SHIPMENT.labels, load_default=None)
    verdict = fields.Choice(Severity, N_("Cold chain"), labels=SEVERITIES, load_default=None)


class ShipmentOut(Shape):
    """A shipment with the verdict on its cold chain."""

    number = fields.Code(N_("Shipment"))
    waybill = fields.Code(N_("Waybill"))
    shipper_name = fields.Words(N_("Shipper"))
    carrier_name = fields.Words(N_("Carrier"))
    plate = fields.Words(N_("Lorry"))
    route = fields.Code(N_("Route"))
    driver_name = fields.Words(N_("Driver"))
    from_site = fields.Code(N_("From"))
    planned_departure_at = fields.Moment(N_("Planned departure"))
    departed_at = fields.Moment(N_("Departed"))
    arrived_at = fields.Moment(N_("Arrived"))
    band_min_centi = fields.Scaled(units.CELSIUS, N_("Lowest allowed"), least=COLD)
    band_max_centi = fields.Scaled(units.CELSIUS, N_("Highest allowed"), least=COLD)
    verdict = fields.Choice(Severity, N_("Cold chain"), labels=SEVERITIES)
    coverage_bp = fields.Scaled(units.PERCENT, N_("Witnessed"))
    lowest_centi = fields.Scaled(units.CELSIUS, N_("Lowest measured"), least=COLD)
    highest_centi = fields.Scaled(units.CELSIUS, N_("Highest measured"), least=COLD)
    state = fields.Choice(ShipmentState, N_("State"), labels=SHIPMENT.labels)
    grams = fields.Scaled(units.KG, N_("Mass"))


class ExcursionOut(Shape):
    """A stretch out of the band, or without readings."""

    kind = fields.Choice(ExcursionKind, N_("What"), labels=EXCURSION_KINDS)
    severity = fields.Choice(Severity, N_("Severity"), labels=SEVERITIES)
    started_at = fields.Moment(N_("From"))
    ended_at = fields.Moment(N_("Until"))
    peak_centi = fields.Scaled(units.CELSIUS, N_("Peak"), least=COLD)
    degree_minutes = fields.Count(N_("Degree minutes"))


class MomentIn(Shape):
    """When it happened; now when it is not said."""

    at = fields.Moment(N_("When"), load_default=None)


class ArriveIn(MomentIn):
    """A gate is reached."""

    site = fields.Code(N_("Gate"), required=True)


class WeighedIn(Shape):
    """One batch on one order line at the gate."""

    command = Weighed

    order_line_id = fields.Count(N_("Order line"), least=1, required=True, widget="hidden")
    batch_id = fields.Count(N_("Batch"), least=1, required=True, widget="hidden")
    accepted_grams = fields.Scaled(units.KG, N_("Accepted"), required=True)
    rejected_grams = fields.Scaled(units.KG, N_("Rejected"), load_default=0)
    rejected_boxes = fields.Count(N_("Rejected boxes"), most=100_000, load_default=0)
    reject_reason = fields.Choice(RejectReason, N_("Reason"), labels=REJECT_REASONS, load_default=None)
    note = fields.Words(N_("Note"), least=0, load_default="")


class ReceiveIn(Shape):
    """What a gate took in; what is neither accepted nor rejected is lost on the way."""

    command = Receive

    shipment = fields.Code(N_("Shipment"), required=True, widget="hidden")
    site = fields.Code(N_("Gate"), required=True, widget="hidden")
    lines = fields.Lines(WeighedIn, N_("Weighed in"), required=True)
    surface_centi = fields.Scaled(
        units.CELSIUS, N_("Surface temperature"), least=COLD, most=HOT, load_default=None
    )
    core_centi = fields.Scaled(
        units.CELSIUS,
        N_("Core temperature"),
        least=COLD,
        most=HOT,
        load_default=None,
        help=N_("Measured when the surface is out of range (GB/T 24616)."),
    )
    received_by = fields.Words(N_("Received by"), least=0, most=60, load_default="")
    note = fields.Words(N_("Note"), least=0, most=400, widget="textarea", load_default="")
    at = fields.Moment(N_("Received at"), load_default=None)


class ReceiptOut(Shape):
    """A receipt."""

    number = fields.Code(N_("Receipt"))
    received_at = fields.Moment(N_("Received at"))
    received_by = fields.Words(N_("Received by"))


class ReceiptFilterIn(PageIn):
    """Which weighings to list."""

    command = ReceiptFilter
    reject_reason = fields.Choice(RejectReason, N_("Reason"), labels=REJECT_REASONS, load_default=None)


class MeasuredIn(Shape):
    """One value of a logger: ℃ or % with up to two decimals."""

    command = Measured

    at = fields.Moment(N_("When"), required=True)
    channel = fields.Choice(
        Channel, N_("Measured quantity"), labels=CHANNELS, load_default=Channel.TEMPERATURE
    )
    value = fields.Scaled(units.CELSIUS, N_("Value"), least=COLD, most=10_000, required=True, unit="")


class ReadingsIn(Shape):
    """What one logger measured; the same fact again changes nothing."""

    command = Readings

    device = fields.Code(N_("Logger"), required=True)
    rows = fields.Lines(MeasuredIn, N_("Readings"), most=5_000, required=True)


class StoredOut(Shape):
    """How many readings were new."""

    stored = fields.Count(N_("Stored"))


class LoadingIn(Shape):
    """A line of the loading list (装车单): some of a batch for an order, on a lorry."""

    command = LoadLine

    waybill = fields.Code(N_("Waybill"), required=True)
    plate = fields.Words(N_("Lorry"), most=12, required=True)
    route = fields.Code(N_("Route"), required=True)
    driver_name = fields.Words(N_("Driver"), most=60, required=True)
    driver_phone = fields.Words(N_("Driver's phone"), most=30, required=True)
    device = fields.Code(N_("Logger"), load_default=None)
    from_site = fields.Code(N_("Loaded at"), required=True)
    planned_departure_at = fields.Moment(N_("Planned departure"), required=True)
    departed_at = fields.Moment(N_("Departed"), load_default=None)
    buyer = fields.Code(N_("Buyer"), required=True)
    order = fields.Code(N_("Buyer's order number"), required=True)
    gate = fields.Code(N_("Gate"), required=True)
    planned_at = fields.Moment(N_("Planned arrival"), required=True)
    arrived_at = fields.Moment(N_("Arrived"), load_default=None)
    producer = fields.Code(N_("Producer"), required=True)
    batch = fields.Code(N_("Batch"), required=True)
    boxes = fields.Count(N_("Boxes"), least=1, most=100_000, required=True)
    grams = fields.Scaled(units.KG, N_("Mass"), least=1, required=True)
    pallet = fields.Code(N_("Pallet"), load_default="1")


class ReceiptRowIn(Shape):
    """A line of the receiving list (验收单): one batch of one order at a gate."""

    command = ReceiptRow

    waybill = fields.Code(N_("Waybill"), required=True)
    gate = fields.Code(N_("Gate"), required=True)
    received_at = fields.Moment(N_("Received at"), required=True)
    received_by = fields.Words(N_("Received by"), most=60, required=True)
    buyer = fields.Code(N_("Buyer"), required=True)
    order = fields.Code(N_("Buyer's order number"), required=True)
    producer = fields.Code(N_("Producer"), required=True)
    batch = fields.Code(N_("Batch"), required=True)
    accepted_grams = fields.Scaled(units.KG, N_("Accepted"), required=True)
    rejected_grams = fields.Scaled(units.KG, N_("Rejected"), load_default=0)
    rejected_boxes = fields.Count(N_("Rejected boxes"), most=100_000, load_default=0)
    reject_reason = fields.Choice(RejectReason, N_("Reason"), labels=REJECT_REASONS, load_default=None)
    surface_centi = fields.Scaled(
        units.CELSIUS, N_("Surface temperature"), least=COLD, most=HOT, load_default=None
    )
    core_centi = fields.Scaled(units.CELSIUS, N_("Core temperature"), least=COLD, most=HOT, load_default=None)
    note = fields.Words(N_("Note"), least=0, most=400, load_default="")
