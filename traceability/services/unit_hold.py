"""Holds on boxes and pallets, by their SSCC: that unit stands still, the batch's other kilograms do not.

What a unit is packed from stands in the ledger; how it is moved is the business of those who ask the gate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from supplychain.base.gs1 import reasons
from supplychain.base.gs1.keys import Gs1Error
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_
from traceability.models.batch import Batch
from traceability.models.hold import Hold
from traceability.models.ledger import Entry, EntryBatch, EntryThing
from traceability.rules.hold import HoldKind, HoldScope, scanned
from traceability.rules.ledger import Step, ThingRole
from traceability.services import epcis, hold, ledger
from traceability.services.ledger import Happening, Parcel


@dataclass(frozen=True, slots=True)
class Packed:
    """What the ledger says of a unit: whose goods, where they were packed, and how much of which batch."""

    sscc: str
    party_id: int
    site_id: int
    parcels: Sequence[Parcel]

    @property
    def grams(self) -> int:
        """Return what it holds in all."""
        return sum(grams for _, grams, _ in self.parcels)


def place(uow: UnitOfWork, text: str, reason: str, kind: HoldKind = HoldKind.OTHER) -> Hold:
    """Put one box or pallet on hold by its SSCC, typed or scanned; the same open reason changes nothing.

    Only who owns what is in it may. Raises Invalid at `what` for what is no SSCC or none of the own, at
    `reason` without one.
    """
    hold.check_words(reason)
    unit = packed(uow, read(uow, text))
    if not (uow.actor.sees_all or uow.actor.party_id in {None, unit.party_id}):
        raise _unknown(unit.sscc)
    hold.lock(uow, [batch_id for batch_id, _, _ in unit.parcels])
    unit = packed(uow, unit.sscc)  # it may have been taken apart until then
    known = select(Hold).where(Hold.sscc == unit.sscc, Hold.lifted_at.is_(None), Hold.reason == reason)
    again = uow.session.scalar(known.limit(1))
    if again is not None:
        return again
    row = hold.new(uow, unit.party_id, HoldScope.UNIT, kind, reason, sscc=unit.sscc, grams=unit.grams)
    tell(uow, Step.HOLD, unit, row.number)
    return row


def read(uow: UnitOfWork, text: str) -> str:
    """Return the SSCC that was typed or scanned; Invalid at `what` says what is wrong with it."""
    try:
        found = scanned(text, local_day(uow.now)).get("00")
    except Gs1Error as error:
        raise Invalid.at("what", reasons.WORDS[error.reason]) from error
    if found is None:
        raise Invalid.at("what", N_("“%(text)s” is no SSCC."), text=text[:40])
    return found


def packed(uow: UnitOfWork, sscc: str) -> Packed:
    """Return what the ledger says of a unit; Invalid at `what` when it was never packed, or taken apart."""
    found = _packed(uow, sscc)
    if found is None:
        raise _unknown(sscc)
    return found


def _packed(uow: UnitOfWork, sscc: str) -> Packed | None:
    entry = uow.execute(_last(sscc)).first()
    if entry is None or entry.step is not Step.PACK:
        return None
    rows = uow.execute(
        select(EntryBatch.batch_id, EntryBatch.grams, EntryBatch.boxes, Batch.producer_id)
        .join(Batch, Batch.id == EntryBatch.batch_id)
        .where(EntryBatch.entry_id == entry.id)
        .order_by(EntryBatch.batch_id)
    ).all()
    parcels = [(row.batch_id, row.grams, row.boxes) for row in rows]
    return Packed(sscc, rows[0].producer_id, entry.site_id, parcels)


def has_left(uow: UnitOfWork, sscc: str) -> bool:
    """Tell whether a unit has left the place where it was packed."""
    shipped = _counting().where(EntryThing.name == epcis.sscc_id(sscc), Entry.step == Step.SHIP)
    return uow.execute(shipped.limit(1)).first() is not None


def check_units_free(uow: UnitOfWork, ssccs: Collection[str]) -> None:
    """Refuse when a box or pallet is on hold, naming the first of them and why.

    Whoever moves a unit names those that it stands on or in as well: what is inside a held one is held.
    """
    for sscc, reason in sorted(held(uow, ssccs).items()):
        raise Refused(N_("%(sscc)s is on hold: %(reason)s"), sscc=sscc, reason=reason)


def held(uow: UnitOfWork, ssccs: Collection[str]) -> Mapping[str, str]:
    """Return which of some units are on hold, and why each was held first, in one statement."""
    asked = select(Hold.sscc, Hold.reason).where(Hold.sscc.in_(ssccs), Hold.lifted_at.is_(None))
    found = uow.execute(asked.order_by(Hold.id.desc()))
    return {sscc: reason for sscc, reason in found}  # noqa: C416 - a Row is no pair to mypy


def lift(uow: UnitOfWork, row: Hold) -> None:
    """Let a unit go, though it may be no more: the caller has seen that two people decided so."""
    row.lifted_at = uow.now
    uow.flush()
    unit = _packed(uow, row.sscc or "")
    if unit is not None and unit.sscc not in held(uow, [unit.sscc]):
        tell(uow, Step.LIFT_HOLD, unit, row.number)
    audit.record(uow, hold.DOCUMENT, row.id, N_("Hold lifted: %(resolution)s"), resolution=row.finding)


def tell(uow: UnitOfWork, step: Step, unit: Packed, reference: str) -> None:
    """Write into the ledger what happened to a unit as such: no batch is named, none is moved."""
    ledger.record(
        uow,
        Happening(step, None, unit.site_id, (), child_ssccs=(unit.sscc,), reference=reference),
    )


def _last(sscc: str) -> Rows:
    """Return the statement for the last time that a unit was packed or taken apart."""
    named = _counting().where(EntryThing.name == epcis.sscc_id(sscc), EntryThing.role == ThingRole.PARENT)
    about = named.where(Entry.step.in_((Step.PACK, Step.UNPACK)), Entry.source_id.is_(None))
    return about.order_by(Entry.id.desc()).limit(1)


def _counting() -> Rows:
    wrong = aliased(Entry)
    return (
        select(Entry.id, Entry.step, Entry.site_id)
        .join(EntryThing, EntryThing.entry_id == Entry.id)
        .where(Entry.declares_id.is_(None), ~exists().where(wrong.declares_id == Entry.id))
    )


def _unknown(sscc: str) -> Invalid:
    return Invalid.at("what", N_("No box or pallet of yours has the SSCC %(sscc)s."), sscc=sscc)
