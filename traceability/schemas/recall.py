"""Shapes of recalls: opening, answering for a place, closing, reading."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.recall import RecallFilter
from traceability.rules.ledger import BUCKETS, Bucket
from traceability.rules.recall import RECALL, RecallState
from traceability.services.recall import Became, OpenRecall


class RecallIn(Shape):
    """What to call back."""

    command = OpenRecall

    reason = fields.Words(N_("Reason"), most=300, required=True, widget="textarea")
    start = fields.Code(N_("Start from"), required=True)
    clue = fields.Words(
        N_("Which"),
        most=250,
        required=True,
        help=N_(
            "Batch numbers; a base's code and plot or household; or what the other ways to start from need."
        ),
    )
    since = fields.Moment(N_("From"), load_default=None, allow_none=True)
    until = fields.Moment(N_("Until"), load_default=None, allow_none=True)
    is_drill = fields.Flag(
        N_("Drill"),
        load_default=False,
        help=N_("Everything is found and timed; nothing is held and nobody is told."),
    )


class _ToldIn(Shape):
    """What became of goods: every kilogram is set aside, sent back, destroyed, sold on, or not told of."""

    held_grams = fields.Scaled(units.KG, N_("Set aside"), least=0, load_default=0)
    returned_grams = fields.Scaled(units.KG, N_("Sent back"), least=0, load_default=0)
    destroyed_grams = fields.Scaled(units.KG, N_("Destroyed"), least=0, load_default=0)
    sold_grams = fields.Scaled(units.KG, N_("Sold on"), least=0, load_default=0)
    note = fields.Words(N_("Note"), least=0, most=300, load_default="")


class BecameIn(_ToldIn):
    """What became of the goods at one place."""

    command = Became


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One line of a list of places: which place, and what became of the goods there."""

    recall: str
    batch: str
    site: str
    bucket: Bucket
    held_grams: int
    returned_grams: int
    destroyed_grams: int
    sold_grams: int
    note: str


class PlaceLineIn(_ToldIn):
    """One line of a list of places."""

    command = PlaceLine

    recall = fields.Code(N_("Recall"), required=True)
    batch = fields.Code(N_("Batch"), required=True)
    site = fields.Code(N_("Place"), required=True)
    bucket = fields.Choice(Bucket, N_("How it was there"), labels=BUCKETS, load_default=Bucket.ON_HAND)
    found_grams = fields.Scaled(units.KG, N_("Was there"), dump_only=True)


@dataclass(frozen=True, slots=True)
class Closing:
    """Why a recall is closed although kilograms are missing; empty when none is."""

    note: str = ""


class ClosingIn(Shape):
    """The end of a recall."""

    command = Closing

    note = fields.Words(
        N_("Why it is closed with goods missing"),
        least=0,
        most=300,
        load_default="",
        widget="textarea",
        help=N_("Only needed when the balance does not add up; it stands in the report with your name."),
    )


class RecallFilterIn(PageIn):
    """Which recalls."""

    command = RecallFilter

    state = fields.Choice(RecallState, N_("State"), labels=RECALL.labels, load_default=None)
    is_drill = fields.Flag(N_("Drill"), load_default=None)


class PlaceOut(PlaceLineIn):
    """Goods of a called-back batch at one place."""

    id = fields.Count(N_("Number"))
    item_name_zh = fields.Words(N_("Product"))
    site_name = fields.Words(N_("Place"))
    party = fields.Words(N_("Party"))
    found_boxes = fields.Count(N_("Boxes"))
    unaccounted_grams = fields.Scaled(units.KG, N_("Not accounted for"))
    acknowledged_at = fields.Moment(N_("Heard at"), allow_none=True)
    acknowledged_by = fields.Words(N_("Heard by"), allow_none=True)


class LotOut(Shape):
    """A called-back batch with its balance."""

    batch = fields.Code(N_("Batch"))
    item_name_zh = fields.Words(N_("Product"))
    grams = fields.Scaled(units.KG, N_("Net mass"))
    stem_grams = fields.Scaled(units.KG, N_("Stems from the start"))
    made_grams = fields.Scaled(units.KG, N_("Made into others"))
    gone_grams = fields.Scaled(units.KG, N_("Gone before"))
    found_grams = fields.Scaled(units.KG, N_("Was there"))


class RecallOut(Shape):
    """A recall with its balance."""

    number = fields.Code(N_("Recall"))
    producer = fields.Words(N_("Producer"))
    reason = fields.Words(N_("Reason"))
    start_kind = fields.Code(N_("Start from"))
    start = fields.Words(N_("Which"))
    is_drill = fields.Flag(N_("Drill"))
    state = fields.Choice(RecallState, N_("State"), labels=RECALL.labels)
    opened_at = fields.Moment(N_("Opened at"))
    opened_by = fields.Words(N_("Opened by"))
    found_ms = fields.Count(N_("Found in (ms)"))
    closed_at = fields.Moment(N_("Closed at"), allow_none=True)
    closed_by = fields.Words(N_("Closed by"), allow_none=True)
    closing_note = fields.Words(N_("Why it is closed with goods missing"))
    places = fields.Count(N_("Places"))
    acknowledged = fields.Count(N_("Places that heard"))
    last_acknowledged_at = fields.Moment(N_("Last heard at"), allow_none=True)
    found_grams = fields.Scaled(units.KG, N_("Was there"))
    held_grams = fields.Scaled(units.KG, N_("Set aside"))
    returned_grams = fields.Scaled(units.KG, N_("Sent back"))
    destroyed_grams = fields.Scaled(units.KG, N_("Destroyed"))
    sold_grams = fields.Scaled(units.KG, N_("Sold on"))
    unaccounted_grams = fields.Scaled(units.KG, N_("Not accounted for"))
