"""Shapes of batches and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import marshmallow as ma

from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.batch import BatchFilter
from traceability.queries.journey import EventsFilter
from traceability.rules.batch import BATCH, ORIGINS, BatchState, Origin
from traceability.rules.ledger import BUCKETS, Bucket
from traceability.services.draft import RegisterBatch


class BatchRegisterIn(Shape):
    """Goods of one item, from one base, harvested on one day."""

    command = RegisterBatch

    sku = fields.Code(N_("Trade item"), required=True)
    site = fields.Code(N_("Growing base"), required=True)
    harvested_on = fields.Day(
        N_("Harvest date"),
        required=True,
        help=N_("For meat the day of slaughter, for tea the day it was made."),
    )
    boxes = fields.Count(N_("Boxes"), least=1, most=100_000, required=True)
    grams = fields.Scaled(units.KG, N_("Net mass"), least=1, most=10**9, required=True)
    member_name = fields.Words(
        N_("Grower"),
        least=0,
        most=60,
        load_default="",
        help=N_("Buyers and consumers see the family name only."),
    )
    plot = fields.Words(
        N_("Plot"),
        least=0,
        most=40,
        load_default="",
        help=N_("The field or barn, as the co-operative calls it."),
    )
    producer_reference = fields.Words(N_("Own number"), most=40, load_default=None, allow_none=True)
    harvest_began_on = fields.Day(
        N_("Harvest began on"),
        load_default=None,
        allow_none=True,
        help=N_("Only where harvesting took several days."),
    )
    origin = fields.Choice(Origin, N_("How it came"), labels=ORIGINS, load_default=Origin.HARVEST)
    supplier = fields.Words(
        N_("Supplier"),
        least=0,
        most=120,
        load_default="",
        help=N_("For goods that were bought or received: from whom, and their lot number."),
    )
    at = fields.Moment(N_("Registered at"), load_default=None, allow_none=True, help=N_("Empty is now."))


class BatchLine(BatchRegisterIn):
    """A batch as a line of a spreadsheet: the own number is what makes a second import harmless."""

    number = fields.Code(N_("Batch"), dump_only=True)
    producer_reference = fields.Words(N_("Own number"), most=40, required=True)
    producer = fields.Code(N_("Producer"), dump_only=True)
    best_before_on = fields.Day(N_("Best before"), dump_only=True)
    state = fields.Choice(BatchState, N_("State"), labels=BATCH.labels, dump_only=True)
    is_held = fields.Flag(N_("On hold"), dump_only=True)


class BatchFilterIn(PageIn):
    """Which batches."""

    command = BatchFilter

    state = fields.Choice(BatchState, N_("State"), labels=BATCH.labels, load_default=None)
    held = fields.Flag(N_("On hold"), load_default=None)
    sku = fields.Code(N_("Trade item"), load_default="")
    producer = fields.Code(N_("Producer"), load_default="")
    harvested_from = fields.Day(N_("Harvested from"), load_default=None)
    harvested_to = fields.Day(N_("Harvested until"), load_default=None)


class BatchOut(Shape):
    """A batch."""

    number = fields.Code(N_("Batch"))
    gtin = fields.Code(N_("GTIN"))
    sku = fields.Code(N_("Trade item"))
    item_name_zh = fields.Words(N_("Name in Chinese"))
    item_name_en = fields.Words(N_("Name in English"))
    grade = fields.Words(N_("Grade"))
    producer = fields.Code(N_("Producer"))
    producer_name = fields.Words(N_("Producer"))
    site = fields.Code(N_("Growing base"))
    site_name = fields.Words(N_("Growing base"))
    producer_reference = fields.Words(N_("Own number"), allow_none=True)
    member_name = fields.Words(N_("Grower"))
    plot = fields.Words(N_("Plot"))
    origin = fields.Choice(Origin, N_("How it came"), labels=ORIGINS)
    supplier = fields.Words(N_("Supplier"))
    harvest_began_on = fields.Day(N_("Harvest began on"), allow_none=True)
    harvested_on = fields.Day(N_("Harvest date"))
    best_before_on = fields.Day(N_("Best before"))
    boxes = fields.Count(N_("Boxes"))
    grams = fields.Scaled(units.KG, N_("Net mass"))
    state = fields.Choice(BatchState, N_("State"), labels=BATCH.labels)
    is_held = fields.Flag(N_("On hold"))
    registered_at = fields.Moment(N_("Registered at"))
    released_at = fields.Moment(N_("Released at"), allow_none=True)
    version = fields.Count(N_("Version"))


class HoldingOut(Shape):
    """How much of a batch is at a place."""

    site = fields.Code(N_("Place"))
    site_name = fields.Words(N_("Place"))
    party_name = fields.Words(N_("Party"))
    bucket = fields.Choice(Bucket, N_("Kind of holding"), labels=BUCKETS)
    grams = fields.Scaled(units.KG, N_("Net mass"))
    boxes = fields.Count(N_("Boxes"))


class HoldingsOut(Shape):
    """Where a batch is."""

    rows = ma.fields.List(ma.fields.Nested(HoldingOut))


@dataclass(frozen=True, slots=True)
class At:
    """When something happened; None is now."""

    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Because:
    """Why something is done."""

    reason: str


class AtIn(Shape):
    """When it happened."""

    command = At

    at = fields.Moment(N_("When"), load_default=None, allow_none=True, help=N_("Empty is now."))


class CloseIn(Shape):
    """What became of goods that are still there."""

    command = Because

    reason = fields.Words(
        N_("What became of the rest"),
        least=0,
        most=200,
        load_default="",
        help=N_("Needed only when goods are still at your places: they are written off."),
    )


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A batch that was released, as a line of a spreadsheet."""

    batch: str
    producer: str = ""
    at: datetime | None = None


class ReleaseLineIn(Shape):
    """A batch that was released, and when."""

    command = ReleaseLine

    batch = fields.Words(N_("Batch"), most=40, required=True)
    producer = fields.Code(N_("Producer"), load_default="")
    at = fields.Moment(N_("Released at"), load_default=None, allow_none=True)


class EventsIn(PageIn):
    """Which page of events."""

    command = EventsFilter
