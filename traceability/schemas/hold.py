"""Shapes of holds: placing, proposing what becomes of the goods, refusing, reading."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.hold import HoldFilter
from traceability.rules.hold import (
    DISPOSITIONS,
    HOLD,
    HOLD_KINDS,
    HOLD_SCOPES,
    Disposition,
    HoldKind,
    HoldScope,
    HoldState,
)
from traceability.rules.ledger import BUCKETS, Bucket
from traceability.schemas.batch import Because
from traceability.services.hold_slip import HoldSlip
from traceability.services.way_out import Propose


@dataclass(frozen=True, slots=True)
class HoldBatch:
    """Why a batch must not move, and whether all that was made from it neither."""

    reason: str
    kind: HoldKind = HoldKind.OTHER
    scope: HoldScope = HoldScope.BATCH


class HoldIn(Shape):
    """Why a batch must not move."""

    command = HoldBatch

    scope = fields.Choice(HoldScope, N_("What is held"), labels=HOLD_SCOPES, load_default=HoldScope.BATCH)
    kind = fields.Choice(HoldKind, N_("Kind of reason"), labels=HOLD_KINDS, load_default=HoldKind.OTHER)
    reason = fields.Words(N_("Reason"), most=300, required=True, widget="textarea")


class HoldSlipIn(Shape):
    """What must not move, and why."""

    command = HoldSlip

    what = fields.Words(
        N_("Batch or SSCC"),
        most=120,
        required=True,
        help=N_("A batch number, an own number, or the code of a box or pallet as it is scanned."),
    )
    producer = fields.Code(N_("Producer"), load_default="")
    scope = fields.Choice(HoldScope, N_("What is held"), labels=HOLD_SCOPES, load_default=HoldScope.BATCH)
    kind = fields.Choice(HoldKind, N_("Kind of reason"), labels=HOLD_KINDS, load_default=HoldKind.OTHER)
    reason = fields.Words(N_("Reason"), most=300, required=True, widget="textarea")


class HoldLineIn(Shape):
    """What must not move, and why, as a line of a spreadsheet; how it stands is only told."""

    command = HoldSlip

    number = fields.Words(N_("Hold"), dump_only=True)
    what = fields.Words(N_("Batch"), most=120, required=True)
    producer = fields.Code(N_("Producer"), load_default="")
    scope = fields.Choice(HoldScope, N_("What is held"), labels=HOLD_SCOPES, load_default=HoldScope.BATCH)
    kind = fields.Choice(HoldKind, N_("Kind of reason"), labels=HOLD_KINDS, load_default=HoldKind.OTHER)
    reason = fields.Words(N_("Reason"), most=300, required=True)
    batches = fields.Count(N_("Number of batches"), dump_only=True)
    grams = fields.Scaled(units.KG, N_("Was there"), dump_only=True)
    placed_at = fields.Moment(N_("Placed at"), dump_only=True)
    placed_by = fields.Words(N_("Placed by"), dump_only=True)
    state = fields.Choice(HoldState, N_("State"), labels=HOLD.labels, dump_only=True)
    disposition = fields.Choice(
        Disposition, N_("What becomes of it"), labels=DISPOSITIONS, dump_only=True, allow_none=True
    )
    finding = fields.Words(N_("What was found or done"), dump_only=True)
    proposed_by = fields.Words(N_("Proposed by"), dump_only=True)
    decided_by = fields.Words(N_("Signed by"), dump_only=True)
    decided_at = fields.Moment(N_("Signed at"), dump_only=True, allow_none=True)


class ProposeIn(Shape):
    """What is to become of held goods."""

    command = Propose

    disposition = fields.Choice(Disposition, N_("What becomes of it"), labels=DISPOSITIONS, required=True)
    finding = fields.Words(N_("What was found or done"), most=300, required=True, widget="textarea")
    sku = fields.Code(
        N_("Regrade to"), load_default="", help=N_("Only to regrade: the item that it must be made into.")
    )
    buyer = fields.Code(
        N_("Divert to"), load_default="", help=N_("Only to divert: the one buyer who may have it.")
    )
    diverted_to = fields.Words(
        N_("May be used for"),
        least=0,
        most=120,
        load_default="",
        help=N_("Only to divert: as processing or feed, not the shelf."),
    )


class RefuseIn(Shape):
    """Why a proposal is refused."""

    command = Because

    reason = fields.Words(N_("Why not"), most=300, required=True, widget="textarea")


@dataclass(frozen=True, slots=True)
class AtSite:
    """A place, by its code."""

    site: str


class AtSiteIn(Shape):
    """At which place it was destroyed."""

    command = AtSite

    site = fields.Code(N_("Place"), required=True)


class HoldFilterIn(PageIn):
    """Which holds."""

    command = HoldFilter

    state = fields.Choice(HoldState, N_("State"), labels=HOLD.labels, load_default=None, allow_none=True)
    kind = fields.Choice(
        HoldKind, N_("Kind of reason"), labels=HOLD_KINDS, load_default=None, allow_none=True
    )
    scope = fields.Choice(
        HoldScope, N_("What is held"), labels=HOLD_SCOPES, load_default=None, allow_none=True
    )
    batch = fields.Words(N_("Batch"), least=0, most=40, load_default="")


class HoldOut(Shape):
    """A hold, and how far it has come."""

    id = fields.Count(N_("Hold number"))
    number = fields.Words(N_("Hold"))
    producer = fields.Code(N_("Producer"))
    scope = fields.Choice(HoldScope, N_("What is held"), labels=HOLD_SCOPES)
    kind = fields.Choice(HoldKind, N_("Kind of reason"), labels=HOLD_KINDS)
    reason = fields.Words(N_("Reason"))
    batch = fields.Words(N_("Batch"), allow_none=True)
    sscc = fields.Words(N_("SSCC"), allow_none=True)
    batches = fields.Count(N_("Number of batches"))
    grams = fields.Scaled(units.KG, N_("Was there"))
    placed_at = fields.Moment(N_("Placed at"))
    placed_by = fields.Words(N_("Placed by"))
    state = fields.Choice(HoldState, N_("State"), labels=HOLD.labels)
    disposition = fields.Choice(Disposition, N_("What becomes of it"), labels=DISPOSITIONS, allow_none=True)
    finding = fields.Words(N_("What was found or done"))
    sku = fields.Code(N_("Regrade to"), allow_none=True)
    buyer = fields.Code(N_("Divert to"), allow_none=True)
    diverted_to = fields.Words(N_("May be used for"))
    proposed_at = fields.Moment(N_("Proposed at"), allow_none=True)
    proposed_by = fields.Words(N_("Proposed by"))
    decided_at = fields.Moment(N_("Signed at"), allow_none=True)
    decided_by = fields.Words(N_("Signed by"))
    lifted_at = fields.Moment(N_("Lifted at"), allow_none=True)
    lifted_by = fields.Words(N_("Lifted by"), allow_none=True)
    resolution = fields.Words(N_("What was found or done"))


class CoveredOut(Shape):
    """A batch under a hold, at one of the places where it is; no place when nothing is left."""

    batch = fields.Words(N_("Batch"))
    site = fields.Code(N_("Place"), allow_none=True)
    bucket = fields.Choice(Bucket, N_("Kind of holding"), labels=BUCKETS, allow_none=True)
    grams = fields.Scaled(units.KG, N_("Net mass"))
    boxes = fields.Count(N_("Boxes"))
