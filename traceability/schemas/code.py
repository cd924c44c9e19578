"""Shapes of codes and of looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import marshmallow as ma

from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.code import CodeFilter
from traceability.queries.scan import ScanFilter
from traceability.rules.code import CODE, CodeState


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
