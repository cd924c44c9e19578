"""Shapes of batches, papers, holds and codes on their way in and out; rules of the trade are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import marshmallow as ma

from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.batch import BatchFilter
from traceability.queries.certificate import CertificateFilter
from traceability.queries.code import CodeFilter
from traceability.queries.journey import EventsFilter
from traceability.queries.scan import ScanFilter
from traceability.rules import (
    BATCH,
    BUCKETS,
    CERTIFICATE_KINDS,
    CODE,
    BatchState,
    Bucket,
    CertificateKind,
    CodeState,
)
from traceability.services.certificate import IssueCertificate
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
    producer_reference = fields.Words(N_("Own number"), most=40, load_default=None, allow_none=True)
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


class HoldIn(Shape):
    """Why a batch must not move."""

    command = Because

    reason = fields.Words(N_("Reason"), most=300, required=True, widget="textarea")


class LiftIn(Shape):
    """Why it may move again."""

    command = Because

    reason = fields.Words(N_("What was found or done"), most=300, required=True, widget="textarea")


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


class RevokeIn(Shape):
    """Why a paper is taken back."""

    command = Because

    reason = fields.Words(N_("Reason"), most=200, required=True)


class HoldOut(Shape):
    """A hold on a batch."""

    id = fields.Count(N_("Hold number"))
    reason = fields.Words(N_("Reason"))
    placed_at = fields.Moment(N_("Placed at"))
    placed_by = fields.Words(N_("Placed by"))
    lifted_at = fields.Moment(N_("Lifted at"), allow_none=True)
    lifted_by = fields.Words(N_("Lifted by"), allow_none=True)
    resolution = fields.Words(N_("What was found or done"))


class CertificateIn(Shape):
    """A paper: for a batch, or for a party as a whole."""

    command = IssueCertificate

    kind = fields.Choice(CertificateKind, N_("Paper"), labels=CERTIFICATE_KINDS, required=True)
    batch = fields.Words(
        N_("Batch"), least=0, most=40, load_default="", help=N_("Its number here or your own number.")
    )
    party = fields.Code(N_("Party"), load_default="", help=N_("Only for papers about a party as a whole."))
    number = fields.Words(
        N_("Number on the paper"),
        least=0,
        most=40,
        load_default="",
        help=N_("Your own promise gets one by itself."),
    )
    issuer = fields.Words(N_("Issued by"), least=0, most=120, load_default="")
    by_control = fields.Flag(N_("Quality and safety control meets the requirements"), load_default=False)
    by_own_test = fields.Flag(N_("Own test passed"), load_default=False)
    by_commissioned_test = fields.Flag(N_("Commissioned test passed"), load_default=False)
    issued_on = fields.Day(N_("Issued on"), load_default=None, allow_none=True, help=N_("Empty is today."))
    valid_until = fields.Day(N_("Counts until"), load_default=None, allow_none=True)


class CertificateFilterIn(PageIn):
    """Which papers."""

    command = CertificateFilter

    kind = fields.Choice(CertificateKind, N_("Paper"), labels=CERTIFICATE_KINDS, load_default=None)
    batch = fields.Code(N_("Batch"), load_default="")
    ends_by = fields.Day(N_("Ends by"), load_default=None)


class CertificateOut(Shape):
    """A paper."""

    id = fields.Count(N_("Record number"))
    kind = fields.Choice(CertificateKind, N_("Paper"), labels=CERTIFICATE_KINDS)
    number = fields.Words(N_("Number on the paper"))
    party = fields.Code(N_("Party"))
    party_name = fields.Words(N_("Party"))
    batch = fields.Code(N_("Batch"), allow_none=True)
    issuer = fields.Words(N_("Issued by"))
    by_control = fields.Flag(N_("Quality and safety control meets the requirements"))
    by_own_test = fields.Flag(N_("Own test passed"))
    by_commissioned_test = fields.Flag(N_("Commissioned test passed"))
    issued_on = fields.Day(N_("Issued on"))
    valid_until = fields.Day(N_("Counts until"), allow_none=True)
    revoked_at = fields.Moment(N_("Revoked at"), allow_none=True)


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


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A batch that must not move, as a line of a spreadsheet."""

    batch: str
    reason: str
    producer: str = ""


class HoldLineIn(Shape):
    """A batch that must not move, and why."""

    command = HoldLine

    batch = fields.Words(N_("Batch"), most=40, required=True)
    producer = fields.Code(N_("Producer"), load_default="")
    reason = fields.Words(N_("Reason"), most=300, required=True)


@dataclass(frozen=True, slots=True)
class HowMany:
    """How many codes to make."""

    count: int


class CodesIn(Shape):
    """How many codes to make."""

    command = HowMany

    count = fields.Count(N_("Codes"), least=1, most=20_000, required=True, help=N_("One for each item."))


@dataclass(frozen=True, slots=True)
class Serials:
    """Which codes; none named is all."""

    serials: Sequence[str] = ()


class SerialsIn(Shape):
    """Which codes of a batch; none named is all."""

    command = Serials

    serials = ma.fields.List(
        fields.Code(N_("Serial"), pattern=r"[0-9A-Z]{16}"),
        load_default=list,
        validate=ma.validate.Length(max=20_000),
    )


class MovedOut(Shape):
    """How many codes were moved."""

    count = fields.Count(N_("Codes"))


class MadeOut(Shape):
    """The codes that were made."""

    serials = ma.fields.List(fields.Code(N_("Serial")))


class CodeFilterIn(PageIn):
    """Which codes."""

    command = CodeFilter

    state = fields.Choice(CodeState, N_("State"), labels=CODE.labels, load_default=None)
    batch = fields.Code(N_("Batch"), load_default="")


class CodeOut(Shape):
    """A code: `path` is where it leads."""

    gtin = fields.Code(N_("GTIN"))
    batch = fields.Code(N_("Batch"))
    serial = fields.Code(N_("Serial"))
    state = fields.Choice(CodeState, N_("State"), labels=CODE.labels)
    made_at = fields.Moment(N_("Made at"))
    path = fields.Words(N_("Digital Link path"))


@dataclass(frozen=True, slots=True)
class CodesLine:
    """How many codes a batch has, as a line of a spreadsheet."""

    batch: str
    count: int
    producer: str = ""
    activated: bool = False


class CodesLineIn(Shape):
    """How many codes a batch shall have, and whether they are activated."""

    command = CodesLine

    batch = fields.Words(N_("Batch"), most=40, required=True)
    producer = fields.Code(N_("Producer"), load_default="")
    count = fields.Count(N_("Codes"), least=1, most=20_000, required=True)
    activated = fields.Flag(N_("Activated"), load_default=False)


class EventsIn(PageIn):
    """Which page of events."""

    command = EventsFilter


class ScanFilterIn(PageIn):
    """Which batches' scans."""

    command = ScanFilter


class ScanOut(Shape):
    """How often consumers looked at one batch."""

    batch = fields.Code(N_("Batch"))
    item_name_zh = fields.Words(N_("Product"))
    visitors = fields.Count(N_("Visits"))
    looks = fields.Count(N_("Looks"))
    codes = fields.Count(N_("Codes seen"))
    first_at = fields.Moment(N_("First look"))
    last_at = fields.Moment(N_("Last look"))
