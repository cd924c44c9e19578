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
from traceability.queries.code_run import RunFilter
from traceability.queries.scan import ScanFilter
from traceability.rules.code import CODE, CODE_ACTS, CodeAct, CodeState
from traceability.services.code import RangeAct


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


def _serials() -> ma.fields.List[str]:
    return ma.fields.List(
        fields.Code(N_("Serial"), pattern=r"[0-9A-Z]{16}"),
        load_default=list,
        validate=ma.validate.Length(max=20_000),
    )


class SerialsIn(Shape):
    """Which codes of a batch; none named is all."""

    command = Serials

    serials = _serials()


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
    run = fields.Code(N_("Print run"), load_default="")


class CodeOut(Shape):
    """A code: `path` is where it leads."""

    gtin = fields.Code(N_("GTIN"))
    batch = fields.Code(N_("Batch"))
    serial = fields.Code(N_("Serial"))
    state = fields.Choice(CodeState, N_("State"), labels=CODE.labels)
    made_at = fields.Moment(N_("Made at"))
    path = fields.Words(N_("Digital Link path"))
    run = fields.Code(N_("Print run"))
    ordinal = fields.Count(N_("Ordinal"))


@dataclass(frozen=True, slots=True)
class PlanRun:
    """How many codes a run shall have, and for what."""

    count: int
    note: str = ""


class PlanRunIn(Shape):
    """A run of codes to be made."""

    command = PlanRun

    count = fields.Count(
        N_("Codes"), least=1, most=1_000_000, required=True, help=N_("One for each item, and some to spare.")
    )
    note = fields.Words(
        N_("Printed for"),
        least=0,
        most=120,
        load_default="",
        help=N_("Printing house, order or roll: whatever helps to find it again."),
    )


class RangeActIn(Shape):
    """What to do with a range of a run."""

    command = RangeAct

    act = fields.Choice(CodeAct, N_("What to do"), labels=CODE_ACTS, required=True)
    first = fields.Count(N_("From ordinal"), least=1, most=1_000_000, required=True)
    last = fields.Count(N_("To ordinal"), least=1, most=1_000_000, required=True)
    skip = fields.Flag(
        N_("Leave out codes for which it is not possible"),
        load_default=False,
        help=N_("Otherwise nothing is done when one of them stands against it."),
    )


@dataclass(frozen=True, slots=True)
class SerialsAct:
    """What to do with named codes of a batch; none named is all for which it is possible."""

    act: CodeAct
    serials: Sequence[str] = ()


class SerialsActIn(Shape):
    """What to do with named codes of a batch; none named is all for which it is possible."""

    command = SerialsAct

    serials = _serials()
    act = fields.Choice(CodeAct, N_("What to do"), labels=CODE_ACTS, required=True)


@dataclass(frozen=True, slots=True)
class Sold:
    """What a till scanned."""

    code: str


class SoldIn(Shape):
    """What a till scanned: Digital Link, element string, or what a scanner sends."""

    command = Sold

    code = fields.Words(N_("Scanned code"), most=400, required=True)


class RunFilterIn(PageIn):
    """Which runs."""

    command = RunFilter

    batch = fields.Code(N_("Batch"), load_default="")


class RunOut(Shape):
    """A run of codes: how many are made, and how many of them stand where."""

    number = fields.Code(N_("Print run"))
    batch = fields.Code(N_("Batch"))
    producer = fields.Code(N_("Producer"))
    gtin = fields.Code(N_("GTIN"))
    note = fields.Words(N_("Printed for"))
    made_at = fields.Moment(N_("Made at"))
    count = fields.Count(N_("Codes"))
    made = fields.Count(N_("Codes made"))
    printed = fields.Count(CODE.labels[CodeState.PRINTED])
    activated = fields.Count(CODE.labels[CodeState.ACTIVATED])
    shipped = fields.Count(CODE.labels[CodeState.SHIPPED])
    sold = fields.Count(CODE.labels[CodeState.SOLD])
    frozen = fields.Count(CODE.labels[CodeState.FROZEN])
    void = fields.Count(CODE.labels[CodeState.VOID])


@dataclass(frozen=True, slots=True)
class CodeRunLine:
    """A run of codes that a batch shall have, as a line of a spreadsheet."""

    batch: str
    count: int
    note: str
    producer: str = ""


class CodeRunLineIn(Shape):
    """A run of codes that a batch shall have; known again by batch and what it is printed for."""

    command = CodeRunLine

    batch = fields.Words(N_("Batch"), most=40, required=True)
    producer = fields.Code(N_("Producer"), load_default="")
    count = fields.Count(N_("Codes"), least=1, most=1_000_000, required=True)
    note = fields.Words(N_("Printed for"), most=120, required=True)
    number = fields.Code(N_("Print run"), dump_only=True)
    made = fields.Count(N_("Codes made"), dump_only=True)
    printed = fields.Count(CODE.labels[CodeState.PRINTED], dump_only=True)
    activated = fields.Count(CODE.labels[CodeState.ACTIVATED], dump_only=True)
    shipped = fields.Count(CODE.labels[CodeState.SHIPPED], dump_only=True)
    sold = fields.Count(CODE.labels[CodeState.SOLD], dump_only=True)
    frozen = fields.Count(CODE.labels[CodeState.FROZEN], dump_only=True)
    void = fields.Count(CODE.labels[CodeState.VOID], dump_only=True)


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
