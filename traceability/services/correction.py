"""Correcting the ledger: never an update, but an error declaration and an entry that says otherwise.

Holdings and genealogy follow as if the wrong entry had never been (EPCIS 2.0, 7.4.1.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from supplychain.kernel.db.base import parts
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from traceability.events import EntryDeclared
from traceability.models.batch import Batch
from traceability.models.genealogy import Edge
from traceability.models.ledger import Entry, EntryBatch, EntryThing
from traceability.queries import genealogy
from traceability.rules.batch import BatchState
from traceability.rules.ledger import TRANSFORMING, ErrorReason, Role, Step, ThingRole
from traceability.services import chain, epcis, history, holding, ledger
from traceability.services.chain import Amount, Line
from traceability.services.ledger import Happening, Parcel

DOCUMENT = "traceability.batch"
_SSCC, _ITEM = f"{epcis.HOST}/00/", f"{epcis.HOST}/01/"
UNCORRECTED = frozenset({Step.TEMPERATURE, Step.ATTACH, Step.DETACH})
"""Steps without figures, or with those of devices: they can be declared wrong, not told otherwise."""
_MAKING = frozenset({Step.HARVEST, *TRANSFORMING})
"""Steps that batches begin with."""


@dataclass(frozen=True, slots=True)
class NewAmount:
    """What was really so much of a batch (by number)."""

    batch: str
    boxes: int
    grams: int


@dataclass(frozen=True, slots=True)
class Correct:
    """An entry is wrong. Without amounts and time it did not happen; else it happened like this.

    Batches that are not named keep their amounts; `at` None keeps the time.
    """

    entry_id: int
    note: str
    amounts: Sequence[NewAmount] = ()
    at: datetime | None = None

    @property
    def reason(self) -> ErrorReason:
        """Return the reason in CBV words."""
        is_otherwise = bool(self.amounts) or self.at is not None
        return ErrorReason.INCORRECT_DATA if is_otherwise else ErrorReason.DID_NOT_OCCUR


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A wrong entry with all that it moved."""

    entry: Entry
    parcels: Sequence[tuple[Role, str, Parcel]]
    parent: str | None
    children: tuple[str, ...]
    items: tuple[str, ...]


def correct(uow: UnitOfWork, command: Correct) -> int | None:
    """Declare an entry wrong, and record what really happened if it did; return that entry's id or None.

    Announces EntryDeclared. Raises Refused when it was declared before, or when what happened since could
    then not have happened; Invalid at the field to blame.
    """
    if not command.note.strip():
        raise Invalid.at("note", N_("Say why."))
    wrong = _wrong(uow, command.entry_id)
    truth = _truth(uow, wrong, command) if command.reason is ErrorReason.INCORRECT_DATA else None
    batch_ids = {parcel[0] for _, _, parcel in wrong.parcels}
    corrective = None if truth is None else _tell(uow, truth)
    _declare(uow, wrong, command, corrective)
    _note_below(uow, wrong, batch_ids)
    uow.execute(delete(Edge).where(Edge.entry_id == wrong.entry.id))
    _rebirth(uow, wrong, truth)
    _follow(uow, batch_ids)
    _note(uow, wrong, command)
    uow.publish(EntryDeclared(wrong.entry.id, None if corrective is None else corrective.id))
    return None if corrective is None else corrective.id


def _wrong(uow: UnitOfWork, entry_id: int) -> _Wrong:
    entry = uow.session.get(Entry, entry_id)
    if (
        entry is None
        or entry.step is None
        or not (uow.actor.sees_all or entry.party_id == uow.actor.party_id)
    ):
        raise NotFound(N_("There is no such entry."))
    rows = uow.session.execute(
        select(EntryBatch.role, Batch.number, EntryBatch.batch_id, EntryBatch.grams, EntryBatch.boxes)
        .join(Batch, Batch.id == EntryBatch.batch_id)
        .where(EntryBatch.entry_id == entry_id)
        .order_by(EntryBatch.batch_id, EntryBatch.id)
        .with_for_update(of=Batch, key_share=True)
    ).all()
    declared = select(Entry.id).where(Entry.declares_id == entry_id)
    if entry.declares_id is not None or uow.session.scalar(declared) is not None:
        raise Refused(N_("This entry was declared wrong before."))
    units = uow.session.execute(
        select(EntryThing.role, EntryThing.name)
        .where(EntryThing.entry_id == entry_id, ~EntryThing.is_class)
        .order_by(EntryThing.id)
    ).all()
    ssccs = [(role, name.rpartition("/")[2]) for role, name in units if name.startswith(_SSCC)]
    parents = [sscc for role, sscc in ssccs if role is ThingRole.PARENT]
    return _Wrong(
        entry,
        [(role, number, (batch_id, grams, boxes)) for role, number, batch_id, grams, boxes in rows],
        parents[0] if parents else None,
        tuple(sscc for role, sscc in ssccs if role is not ThingRole.PARENT),
        tuple(name for _, name in units if name.startswith(_ITEM)),
    )


def _truth(uow: UnitOfWork, wrong: _Wrong, command: Correct) -> Happening:
    """Return what really happened: the same step with other figures."""
    entry = wrong.entry
    if entry.step is None or entry.step in UNCORRECTED:
        raise Refused(N_("This can be declared wrong, but not told otherwise."))
    told = {amount.batch: amount for amount in command.amounts}
    for number in told.keys() - {number for _, number, _ in wrong.parcels}:
        raise Invalid.at("amounts", N_("This entry is not about %(batch)s."), batch=number)
    taken = _parcels(wrong, told, Role.SUBJECT) or _parcels(wrong, told, Role.INPUT)
    return Happening(
        entry.step,
        command.at or entry.event_time,
        _site(entry),
        taken,
        entry.to_site_id,
        wrong.parent,
        wrong.children,
        entry.reference,
        outputs=_parcels(wrong, told, Role.OUTPUT),
        process=entry.document.get(epcis.PROCESS, ""),
        loss_grams=_loss(wrong, told),
        items=wrong.items,
    )


def _loss(wrong: _Wrong, told: Mapping[str, NewAmount]) -> int:
    """Return what a transformation lost on purpose: all that went in and did not come out."""
    went = sum(grams for _, grams, _ in _parcels(wrong, told, Role.INPUT))
    came = sum(grams for _, grams, _ in _parcels(wrong, told, Role.OUTPUT))
    if came > went:
        raise Invalid.at("amounts", N_("More would come out than goes in."))
    return went - came


def _site(entry: Entry) -> int:
    if entry.site_id is None:
        raise NotFound(N_("There is no such entry."))
    return entry.site_id


def _parcels(wrong: _Wrong, told: Mapping[str, NewAmount], role: Role) -> tuple[Parcel, ...]:
    found = []
    for kind, number, parcel in wrong.parcels:
        if kind is not role:
            continue
        new = told.get(number)
        if new is not None and (new.grams <= 0 or new.boxes < 0):
            raise Invalid.at("amounts", N_("Must be more than nothing."))
        found.append(parcel if new is None else (parcel[0], new.grams, new.boxes))
    return tuple(found)


def _tell(uow: UnitOfWork, truth: Happening) -> Entry:
    known = ledger.look_up(uow, [truth])
    return uow.session.get_one(Entry, ledger.write(uow, [truth], known)[0])


def _declare(uow: UnitOfWork, wrong: _Wrong, command: Correct, corrective: Entry | None) -> None:
    """Repeat the wrong entry under its own id with the declaration."""
    entry = wrong.entry
    ids = [] if corrective is None else [corrective.event_id]
    document = epcis.declaration(entry.document, command.reason, uow.now, ids)
    line = Line(
        entry.party_id,
        entry.event_time,
        lambda _position: document,
        entry.step,
        entry.site_id,
        entry.to_site_id,
        entry.reference,
        [
            Amount(batch_id, epcis.lot_id(gtin, number), role, grams, boxes)
            for role, number, (batch_id, grams, boxes), gtin in _with_gtin(uow, wrong)
        ],
        declares_id=entry.id,
        declares_position=entry.position,
    )
    chain.append(uow, [line])


def _with_gtin(uow: UnitOfWork, wrong: _Wrong) -> list[tuple[Role, str, Parcel, str]]:
    ids = [parcel[0] for _, _, parcel in wrong.parcels]
    found = uow.session.execute(select(Batch.id, Batch.gtin).where(Batch.id.in_(ids))).all()
    gtins: dict[int, str] = {batch_id: gtin for batch_id, gtin in found}  # noqa: C416 - a Row is no pair to mypy
    return [(role, number, parcel, gtins[parcel[0]]) for role, number, parcel in wrong.parcels]


def _note_below(uow: UnitOfWork, wrong: _Wrong, batch_ids: set[int]) -> None:
    """Let what came of the batches count as changed: it is told anew where it came from, and how much.

    What the wrong entry led to and what the true one leads to are both in the genealogy now.
    """
    if wrong.entry.step not in _MAKING:
        return
    below = {link.child_id for link in genealogy.below(uow.session, batch_ids)}
    again = {"version": Batch.version + 1}
    for part in parts(sorted(below - batch_ids)):
        uow.execute(update(Batch).where(Batch.id.in_(part)).values(again))


def _rebirth(uow: UnitOfWork, wrong: _Wrong, truth: Happening | None) -> None:
    """Let what the entry made weigh what is true; what was never made is closed."""
    birth = Role.OUTPUT if wrong.entry.step in TRANSFORMING else Role.SUBJECT
    if wrong.entry.step not in _MAKING:
        return
    born = {parcel[0] for role, _, parcel in wrong.parcels if role is birth}
    again = Batch.version + 1
    if truth is None:
        uow.execute(update(Batch).where(Batch.id.in_(born)).values(state=BatchState.CLOSED, version=again))
        return
    for batch_id, grams, boxes in truth.outputs or truth.batches:
        if batch_id in born:
            weighed = {"grams": grams, "boxes": boxes, "version": again}
            uow.execute(update(Batch).where(Batch.id == batch_id).values(weighed))


def _follow(uow: UnitOfWork, batch_ids: set[int]) -> None:
    """Make the holdings what the entries now add up to; Refused when the past would be impossible."""
    there = history.balance(uow, batch_ids)
    holding.replace(uow, batch_ids, {(batch, *spot): amount for (batch, spot), amount in there.items()})


def _note(uow: UnitOfWork, wrong: _Wrong, command: Correct) -> None:
    act = _ACTS[command.reason]
    for batch_id in sorted({parcel[0] for _, _, parcel in wrong.parcels}):
        audit.record(uow, DOCUMENT, batch_id, act, entry=wrong.entry.position, note=command.note)


_ACTS = {
    ErrorReason.DID_NOT_OCCUR: N_("Declared that entry %(entry)s did not happen. %(note)s"),
    ErrorReason.INCORRECT_DATA: N_("Corrected entry %(entry)s. %(note)s"),
}
