"""Shapes of processes, and of the runs in which batches become batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import marshmallow as ma

from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.process import ProcessFilter
from traceability.rules.genealogy import DIRECTIONS, PROCESS_KINDS, Direction, ProcessKind
from traceability.services.correction import Correct, NewAmount
from traceability.services.process import PutProcess
from traceability.services.run_sheet import RunLine
from traceability.services.transform import Make, Take, Transform


class ProcessIn(Shape):
    """A process from a day on."""

    command = PutProcess

    code = fields.Code(N_("Process code"), required=True)
    name_zh = fields.Words(N_("Name in Chinese"), most=60, required=True)
    name_en = fields.Words(N_("Name in English"), most=60, required=True)
    kind = fields.Choice(ProcessKind, N_("Kind of process"), labels=PROCESS_KINDS, required=True)
    min_yield_bp = fields.Scaled(units.PERCENT, N_("Lowest yield"), least=1, most=20_000, required=True)
    max_yield_bp = fields.Scaled(units.PERCENT, N_("Highest yield"), least=1, most=20_000, required=True)
    tolerance_bp = fields.Scaled(
        units.PERCENT,
        N_("Tolerance"),
        least=0,
        most=2_000,
        required=True,
        help=N_("How much of what goes in may stay unexplained: scales and dust."),
    )
    source = fields.Words(N_("Source"), most=200, required=True)
    valid_from = fields.Day(N_("Valid from"), required=True)


class ProcessFilterIn(PageIn):
    """Which processes."""

    command = ProcessFilter

    kind = fields.Choice(ProcessKind, N_("Kind of process"), labels=PROCESS_KINDS, load_default=None)


class TakeIn(Shape):
    """So much of a batch that goes in."""

    command = Take

    batch = fields.Code(N_("Batch"), required=True)
    boxes = fields.Count(N_("Boxes"), least=0, most=100_000, required=True)
    grams = fields.Scaled(units.KG, N_("Net mass"), least=1, most=10**9, required=True)


class MakeIn(Shape):
    """So much of a trade item that comes out."""

    command = Make

    sku = fields.Code(N_("Trade item"), required=True)
    boxes = fields.Count(N_("Boxes"), least=1, most=100_000, required=True)
    grams = fields.Scaled(units.KG, N_("Net mass"), least=1, most=10**9, required=True)
    producer_reference = fields.Words(N_("Own number"), most=40, load_default=None, allow_none=True)


class TransformIn(Shape):
    """A run of a process."""

    command = Transform

    process = fields.Code(N_("Process used"), required=True)
    site = fields.Code(N_("Place"), required=True)
    inputs = fields.Lines(TakeIn, N_("What goes in"), most=50, required=True)
    outputs = fields.Lines(MakeIn, N_("What comes out"), most=50, required=True)
    loss_grams = fields.Scaled(
        units.KG,
        N_("Declared loss"),
        least=0,
        most=10**9,
        load_default=0,
        help=N_("Water, stalks, bone: what is lost on purpose."),
    )
    reference = fields.Words(N_("Number of the run"), least=0, most=60, load_default="")
    at = fields.Moment(N_("Finished at"), load_default=None, allow_none=True, help=N_("Empty is now."))


class NewBatchOut(Shape):
    """A batch that was made."""

    number = fields.Code(N_("Batch"))


class TransformedOut(Shape):
    """What a run came to."""

    entry_id = fields.Count(N_("Entry"))
    made = ma.fields.List(ma.fields.Nested(NewBatchOut))


class RunLineIn(Shape):
    """A line of a run; lines with the same number of the run belong together."""

    command = RunLine

    reference = fields.Words(N_("Number of the run"), most=60, required=True)
    producer = fields.Code(N_("Producer"), required=True)
    process = fields.Code(N_("Process used"), required=True)
    site = fields.Code(N_("Place"), required=True)
    at = fields.Moment(N_("Finished at"), load_default=None, allow_none=True)
    direction = fields.Choice(Direction, N_("Direction"), labels=DIRECTIONS, required=True)
    batch = fields.Words(N_("Batch"), most=40, required=True)
    sku = fields.Code(N_("Trade item"), load_default="")
    boxes = fields.Count(N_("Boxes"), least=0, most=100_000, required=True)
    grams = fields.Scaled(units.KG, N_("Net mass"), least=1, most=10**9, required=True)
    loss_grams = fields.Scaled(units.KG, N_("Declared loss"), least=0, most=10**9, load_default=0)


class NewAmountIn(Shape):
    """What was really so much of a batch."""

    command = NewAmount

    batch = fields.Code(N_("Batch"), required=True)
    boxes = fields.Count(N_("Boxes"), least=0, most=100_000, required=True)
    grams = fields.Scaled(units.KG, N_("Net mass"), least=1, most=10**9, required=True)


@dataclass(frozen=True, slots=True)
class Correction:
    """What is wrong with an entry; see `services.correction.Correct`."""

    note: str
    amounts: tuple[NewAmount, ...] = ()
    at: datetime | None = None

    def of(self, entry_id: int) -> Correct:
        """Return the command about one entry."""
        return Correct(entry_id, self.note, self.amounts, self.at)


class CorrectionIn(Shape):
    """Without amounts and time the entry did not happen; with them it happened like this."""

    command = Correction

    note = fields.Words(N_("Reason"), most=300, required=True, widget="textarea")
    amounts = fields.Lines(NewAmountIn, N_("What it really was"), least=0, most=100, load_default=())
    at = fields.Moment(N_("When it really was"), load_default=None, allow_none=True)


class VoidIn(Shape):
    """An entry that did not happen."""

    command = Correction

    note = fields.Words(N_("Reason"), most=300, required=True, widget="textarea")


class CorrectedOut(Shape):
    """The entry that says how it really was, if there is one."""

    corrective_id = fields.Count(N_("Entry"), allow_none=True)
