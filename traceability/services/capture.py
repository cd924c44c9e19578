"""Taking in partners' events: who may say what, how far it is believed, and what a job comes to.

A document is worked off in the transaction of its request: its job, its events and what they post stand
or fall together, so that a crash neither loses nor repeats anything. The order in which events stand in a
document says nothing. Shape is the entrance's business; every event here has passed it.

The ladder of trust, by source: `ignore` keeps nothing; `show` keeps an event and shows it with the batches
it names, as the partner's word; `propose` lets somebody accept or refuse it; `post` carries it out at once
where it can mean only one thing, and proposes it otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from sqlalchemy import select

from supplychain.base.models.party import Site
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Conflict, DomainError, Forbidden, NotFound, Refused
from supplychain.kernel.i18n import N_
from traceability.models.batch import Batch
from traceability.models.epcis import CaptureJob, Proposal
from traceability.models.ledger import Entry, Holding, Source
from traceability.rules.capture import ErrorBehaviour, Outcome, ProposalState, in_order
from traceability.rules.epcis_words import bare, in_base_unit
from traceability.rules.event_hash import BUILT_IN, Namespaces, event_hash
from traceability.rules.identifier import canonical_id
from traceability.rules.ledger import Bucket, Role, Step, Trust
from traceability.services import chain, ledger
from traceability.services.chain import Amount, Line
from traceability.services.ledger import Happening

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an event was not taken; `kind` is the exception of the standard."""

    kind: str
    status: int
    title: str
    detail: str
    event_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as RFC 7807 has it."""
        named = {"instance": self.event_id} if self.event_id else {}
        return {
            "type": f"epcisException:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        } | named


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one event."""

    event_id: str
    outcome: Outcome
    note: str = ""


@dataclass(slots=True)
class Report:
    """What became of a document."""

    taken: list[Taken] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Lot:
    id: int
    gtin: str
    number: str


@dataclass(frozen=True, slots=True)
class _World:
    """What the events of a document name and we know."""

    lots: Mapping[str, _Lot]
    sites: Mapping[str, int]


@dataclass(slots=True)
class _Known:
    """Events that are here already, by their ids."""

    originals: dict[str, tuple[int, int | None, int]] = field(default_factory=dict)
    """Entry, source and position in its chain."""
    declared: set[str] = field(default_factory=set)


def source_of(uow: UnitOfWork) -> Source:
    """Return the source whose events the actor may send; Forbidden when there is none."""
    found = None
    if uow.actor.party_id is not None:
        found = uow.session.scalar(select(Source).where(Source.party_id == uow.actor.party_id))
    if found is None:
        raise Forbidden(N_("No source of events is agreed with this party."))
    return found


def capture(
    uow: UnitOfWork,
    events: Sequence[Mapping[str, Any]],
    namespaces: Namespaces,
    behaviour: ErrorBehaviour,
    problems: Sequence[Problem] = (),
) -> CaptureJob:
    """Work off a document and return its job; `problems` are those of events left out before.

    Rolling back, one problem leaves everything out; proceeding, the good events are kept.
    """
    source = source_of(uow)
    job = CaptureJob(
        code=str(uuid4()),
        source_id=source.id,
        behaviour=behaviour,
        created_at=uow.now,
        finished_at=uow.now,
        running=False,
        success=True,
        report={},
    )
    report = Report(problems=list(problems))
    if not report.problems or behaviour is ErrorBehaviour.PROCEED:
        with uow.session.begin_nested() as savepoint:
            take(uow, source, events, namespaces, report)
            if report.problems and behaviour is ErrorBehaviour.ROLLBACK:
                savepoint.rollback()
                report.taken.clear()
    job.success = not report.problems
    job.report = {
        "errors": [problem.as_json() for problem in report.problems],
        "events": len(report.taken),
    }
    uow.session.add(job)
    uow.flush()
    return job


def rehearse(uow: UnitOfWork, events: Sequence[Mapping[str, Any]], namespaces: Namespaces) -> Report:
    """Tell what each event would do, by doing it and taking everything back."""
    report = Report()
    with uow.session.begin_nested() as savepoint:
        take(uow, source_of(uow), events, namespaces, report)
        savepoint.rollback()
    return report


def take_one(uow: UnitOfWork, event: Mapping[str, Any], namespaces: Namespaces) -> Taken:
    """Take one event; Conflict when its id is here already, Forbidden when the source is not heard."""
    report = Report()
    source = source_of(uow)
    if source.trust is Trust.IGNORE:
        raise Forbidden(N_("Events of this source are not taken."))
    take(uow, source, [event], namespaces, report)
    if report.problems:
        raise Conflict(N_("This event is here already, or is not yours to declare wrong."))
    return report.taken[0]


def take(
    uow: UnitOfWork,
    source: Source,
    events: Sequence[Mapping[str, Any]],
    namespaces: Namespaces,
    report: Report,
) -> None:
    """Take events in their own order and add to the report what became of each."""
    documents = [_named(uow, event, namespaces) for event in in_order(events)]
    if source.trust is Trust.IGNORE:
        report.taken += [Taken(document["eventID"], Outcome.IGNORED) for document in documents]
        return
    known = _known(uow, [document["eventID"] for document in documents])
    fresh = [document for document in documents if _is_new(source, document, known, report)]
    world = _world(uow, fresh)
    for is_declaration in (False, True):
        part = [document for document in fresh if ("errorDeclaration" in document) is is_declaration]
        lines = [_line(source, document, world, known) for document in part]
        ids = chain.append(uow, lines)
        for entry_id, document in zip(ids, part, strict=True):
            if not is_declaration:
                known.originals[document["eventID"]] = (entry_id, source.id, 0)
        if not is_declaration and len(part) < len(fresh):
            _remember_positions(uow, known, ids)
        for entry_id, document in zip(ids, part, strict=True):
            report.taken.append(_believe(uow, source, entry_id, document, world))


def accept(uow: UnitOfWork, proposal_id: int) -> None:
    """Carry out a proposed event; Refused with the reason when that is not possible."""
    proposal, entry = _open(uow, proposal_id)
    source = uow.session.get_one(Source, entry.source_id)
    world = _world(uow, [entry.document])
    plan = _plan(uow, source, entry.document, world)
    if isinstance(plan, str):
        raise Refused(plan)
    ledger.record(uow, plan)
    _decide(uow, proposal, ProposalState.ACCEPTED)


def refuse(uow: UnitOfWork, proposal_id: int) -> None:
    """Leave a proposed event as the partner's word."""
    proposal, _ = _open(uow, proposal_id)
    _decide(uow, proposal, ProposalState.REFUSED)


def _open(uow: UnitOfWork, proposal_id: int) -> tuple[Proposal, Entry]:
    proposal = uow.session.get(Proposal, proposal_id, with_for_update=True)
    if proposal is None:
        raise NotFound(N_("There is no such proposal."))
    if proposal.state is not ProposalState.OPEN:
        raise Refused(N_("This proposal was decided before."))
    return proposal, uow.session.get_one(Entry, proposal.entry_id)


def _decide(uow: UnitOfWork, proposal: Proposal, state: ProposalState) -> None:
    proposal.state, proposal.decided_at, proposal.decided_by = state, uow.now, uow.actor.name
    uow.flush()


def _named(uow: UnitOfWork, event: Mapping[str, Any], namespaces: Namespaces) -> dict[str, Any]:
    """Return an event as it will stand: with an id, our time of record, and the prefixes it needs."""
    document = {name: value for name, value in event.items() if name not in {"@context", "recordTime"}}
    declared = {name: space for name, space in namespaces.items() if BUILT_IN.get(name) != space}
    if declared:
        document["@context"] = [EPCIS_CONTEXT, declared]
    document.setdefault("eventID", event_hash(document, namespaces))
    document["recordTime"] = uow.now.isoformat(timespec="milliseconds")
    return document


def _known(uow: UnitOfWork, event_ids: Sequence[str]) -> _Known:
    known = _Known()
    found = uow.execute(
        select(
            Entry.event_id,
            Entry.id,
            Entry.source_id,
            Entry.position,
            Entry.declares_id,
            Entry.document["errorDeclaration"]["declarationTime"].as_string(),
        ).where(Entry.event_id.in_(event_ids))
    )
    for event_id, entry_id, source_id, position, declares_id, declared_at in found:
        if declares_id is None and declared_at is None:
            known.originals[event_id] = (entry_id, source_id, position)
        else:
            known.declared.add(event_id)
    return known


def _is_new(source: Source, document: Mapping[str, Any], known: _Known, report: Report) -> bool:
    """Tell whether an event may be taken; one that is here already is a problem of the job."""
    event_id = document["eventID"]
    original = known.originals.get(event_id)
    if "errorDeclaration" not in document:
        if original is not None:
            report.problems.append(_exists(event_id, "An event with this id was captured before."))
            return False
        known.originals[event_id] = (0, source.id, 0)
        return True
    if event_id in known.declared:
        report.problems.append(_exists(event_id, "This event was declared wrong before."))
        return False
    if original is not None and original[1] != source.id:
        detail = "Only who told an event may declare it wrong."
        report.problems.append(Problem("SecurityException", 403, "Not allowed", detail, event_id))
        return False
    known.declared.add(event_id)
    return True


def _exists(event_id: str, detail: str) -> Problem:
    return Problem("ResourceAlreadyExistsException", 409, "Already there", detail, event_id)


def _remember_positions(uow: UnitOfWork, known: _Known, ids: Sequence[int]) -> None:
    """Fill in where the new entries stand, for the declarations that repeat them."""
    if not ids:
        return
    found = uow.execute(
        select(Entry.event_id, Entry.id, Entry.source_id, Entry.position).where(Entry.id.in_(ids))
    )
    for event_id, entry_id, source_id, position in found:
        if known.originals.get(event_id, (0, None, 0))[0] == entry_id:
            known.originals[event_id] = (entry_id, source_id, position)


def _line(source: Source, document: dict[str, Any], world: _World, known: _Known) -> Line:
    original = known.originals.get(document["eventID"]) if "errorDeclaration" in document else None
    return Line(
        source.party_id,
        datetime.fromisoformat(document["eventTime"]),
        lambda _position: document,
        site_id=_site(document, world),
        amounts=_amounts(document, world),
        declares_id=original[0] if original else None,
        declares_position=original[2] if original else None,
        source_id=source.id,
    )


_QUANTITIES = {
    "quantityList": Role.SUBJECT,
    "childQuantityList": Role.SUBJECT,
    "inputQuantityList": Role.INPUT,
    "outputQuantityList": Role.OUTPUT,
}


def _amounts(document: Mapping[str, Any], world: _World) -> list[Amount]:
    """Return what is said of the batches that we know; what has no mass weighs nothing."""
    found = []
    for name, role in _QUANTITIES.items():
        for item in document.get(name, ()):
            lot = world.lots.get(canonical_id(item["epcClass"]))
            if lot is not None:
                found.append(Amount(lot.id, canonical_id(item["epcClass"]), role, _grams(item) or 0, 0))
    return found


def _grams(item: Mapping[str, Any]) -> int | None:
    """Return a quantity as grams; None when it is no mass."""
    value, unit = in_base_unit(float(item.get("quantity", 0)), item.get("uom", ""))
    return round(value * 1_000) if unit == "KGM" else None


def _world(uow: UnitOfWork, documents: Sequence[Mapping[str, Any]]) -> _World:
    lots = {
        canonical_id(item["epcClass"])
        for document in documents
        for name in _QUANTITIES
        for item in document.get(name, ())
    }
    glns = {place.split("/")[4] for document in documents for place in _places(document)}
    return _World(_lots(uow, lots), _sites(uow, glns))


def _lots(uow: UnitOfWork, names: set[str]) -> Mapping[str, _Lot]:
    """Return the batches behind canonical lots, by their names."""
    keys = {}
    for name in names:
        parts = name.removeprefix("https://id.gs1.org/01/").split("/")
        if len(parts) == 3 and parts[1] == "10":
            keys[parts[0], unquote(parts[2])] = name
    if not keys:
        return {}
    numbers = {number for _, number in keys}
    found = uow.execute(select(Batch.id, Batch.gtin, Batch.number).where(Batch.number.in_(numbers)))
    return {
        keys[gtin, number]: _Lot(key, gtin, number) for key, gtin, number in found if (gtin, number) in keys
    }


def _sites(uow: UnitOfWork, glns: set[str]) -> Mapping[str, int]:
    if not glns:
        return {}
    found = uow.execute(select(Site.gln, Site.id).where(Site.gln.in_(glns)))
    return {gln: key for gln, key in found}  # noqa: C416 - a Row is no pair to mypy


def _places(document: Mapping[str, Any]) -> list[str]:
    """Return the canonical names of where an event happened that are locations with a GLN."""
    told = [document.get(name, {}).get("id", "") for name in ("bizLocation", "readPoint")]
    return [name for name in map(canonical_id, told) if name.startswith("https://id.gs1.org/414/")]


def _site(document: Mapping[str, Any], world: _World) -> int | None:
    found = [
        world.sites[gln] for gln in (name.split("/")[4] for name in _places(document)) if gln in world.sites
    ]
    return found[0] if found else None


def _believe(
    uow: UnitOfWork, source: Source, entry_id: int, document: Mapping[str, Any], world: _World
) -> Taken:
    """Go as far with an event as its source is trusted."""
    event_id = document["eventID"]
    if source.trust is Trust.SHOW or "errorDeclaration" in document:
        return Taken(event_id, Outcome.SHOWN)
    plan = _plan(uow, source, document, world)
    if source.trust is Trust.POST and not isinstance(plan, str):
        try:
            with uow.session.begin_nested():
                ledger.record(uow, plan)
        except DomainError as error:
            plan = str(error)
        else:
            return Taken(event_id, Outcome.POSTED)
    uow.session.add(Proposal(entry_id=entry_id, state=ProposalState.OPEN, decided_at=None, decided_by=""))
    return Taken(event_id, Outcome.PROPOSED, plan if isinstance(plan, str) else "")


def _plan(uow: UnitOfWork, source: Source, document: Mapping[str, Any], world: _World) -> Happening | str:
    """Return what an event means for our books, or why it can mean nothing or more than one thing.

    What is received is the whole of what is on its way to a place of the partner's own.
    """
    if document["type"] != "ObjectEvent" or bare(document.get("bizStep", "")) != "receiving":
        return N_("Only what was received can be carried out.")
    site_id = _site(document, world)
    owner = None if site_id is None else uow.session.get_one(Site, site_id).party_id
    if site_id is None or owner != source.party_id:
        return N_("It did not happen at a place of this partner that we know.")
    items = document.get("quantityList", ())
    lots = [world.lots.get(canonical_id(item["epcClass"])) for item in items]
    if not lots or None in lots or document.get("epcList"):
        return N_("It names things that we do not know.")
    parcels = []
    for lot, item in zip(lots, items, strict=True):
        held = None if lot is None else _on_the_way(uow, lot.id, site_id)
        if lot is None or held is None or held[0] != _grams(item):
            return N_("It is not all of what is on its way there.")
        parcels.append((lot.id, *held))
    return Happening(Step.RECEIVE, datetime.fromisoformat(document["eventTime"]), site_id, tuple(parcels))


def _on_the_way(uow: UnitOfWork, batch_id: int, site_id: int) -> tuple[int, int] | None:
    row = uow.execute(
        select(Holding.grams, Holding.boxes).where(
            Holding.batch_id == batch_id,
            Holding.site_id == site_id,
            Holding.bucket == Bucket.IN_TRANSIT,
            Holding.grams > 0,
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])
