"""Shapes of holds."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from traceability.schemas.batch import Because


class HoldIn(Shape):
    """Why a batch must not move."""

    command = Because

    reason = fields.Words(N_("Reason"), most=300, required=True, widget="textarea")


class LiftIn(Shape):
    """Why it may move again."""

    command = Because

    reason = fields.Words(N_("What was found or done"), most=300, required=True, widget="textarea")


class HoldOut(Shape):
    """A hold on a batch."""

    id = fields.Count(N_("Hold number"))
    reason = fields.Words(N_("Reason"))
    placed_at = fields.Moment(N_("Placed at"))
    placed_by = fields.Words(N_("Placed by"))
    lifted_at = fields.Moment(N_("Lifted at"), allow_none=True)
    lifted_by = fields.Words(N_("Lifted by"), allow_none=True)
    resolution = fields.Words(N_("What was found or done"))


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
