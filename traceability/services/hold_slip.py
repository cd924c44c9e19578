"""A hold as people write it down: a batch by its number or own number, a box or pallet by its SSCC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from supplychain.base.gs1 import reasons
from supplychain.base.gs1.keys import Gs1Error
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.hold import Hold, HoldBatch
from traceability.queries import batch as batches
from traceability.rules.hold import HoldKind, HoldScope, scanned
from traceability.services import hold, unit_hold


@dataclass(frozen=True, slots=True)
class HoldSlip:
    """What must not move and why; `what` names a batch, or is a box or batch label as it was scanned.

    `producer` is a party's code; it tells equal own numbers apart for those who see everything.
    """

    what: str
    reason: str
    kind: HoldKind = HoldKind.OTHER
    scope: HoldScope = HoldScope.BATCH
    producer: str = ""


def place(uow: UnitOfWork, slip: HoldSlip) -> Hold:
    """Put an own batch or unit on hold; an SSCC is always a unit. Raises Invalid at the field to blame."""
    if _is_unit(uow, slip):
        return unit_hold.place(uow, slip.what, slip.reason, slip.kind)
    return hold.place(uow, _batch(uow, slip), slip.reason, slip.kind, slip.scope)


def put(uow: UnitOfWork, slip: HoldSlip) -> Outcome:
    """Place a hold unless there was one for this very reason before; tell whether anything was done.

    A hold that has ended since is not placed again by the same line.
    """
    if _is_unit(uow, slip):
        about = Hold.sscc == unit_hold.read(uow, slip.what)
    else:
        about = Hold.id.in_(select(HoldBatch.hold_id).where(HoldBatch.batch_id == _batch(uow, slip)))
    known = select(Hold.id).where(about, Hold.reason == slip.reason)
    if uow.session.scalar(known.limit(1)) is not None:
        return Outcome.UNCHANGED
    place(uow, slip)
    return Outcome.CREATED


def _is_unit(uow: UnitOfWork, slip: HoldSlip) -> bool:
    return slip.scope is HoldScope.UNIT or "00" in _scanned(uow, slip)


def _scanned(uow: UnitOfWork, slip: HoldSlip) -> Mapping[str, str]:
    try:
        return scanned(slip.what, local_day(uow.now))
    except Gs1Error as error:
        raise Invalid.at("what", reasons.WORDS[error.reason]) from error


def _batch(uow: UnitOfWork, slip: HoldSlip) -> int:
    name = _scanned(uow, slip).get("10", slip.what)
    try:
        return batches.named(uow.session, uow.actor, name, slip.producer)
    except Invalid as error:
        raise Invalid(error.text.msgid, fields={"what": [error.text]}, **error.text.values) from error
