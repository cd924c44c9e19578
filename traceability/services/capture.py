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
from uuid import uuid4

from sqlalchemy import select

from supplychain.kernel.db.base import parts
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Conflict, DomainError, Forbidden
from supplychain.kernel.i18n import N_, gettext
from traceability.models.batch import Batch
from traceability.models.epcis import CaptureJob, Proposal
from traceability.models.ledger import Entry, Source
from traceability.rules.capture import ErrorBehaviour, Outcome, ProposalState, in_order
from traceability.rules.event_hash import BUILT_IN, Namespaces, event_hash
from traceability.rules.ledger import Trust
from traceability.services import chain, master, meaning, partner
from traceability.services.chain import Line
from traceability.services.recognition import World, recognise

Elements = Sequence[Mapping[str, Any]]
"""Of vocabularies, as the header of a document describes them."""
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


@dataclass(slots=True)
class _Known:
    """Events that are here already, by their ids."""

    originals: dict[str, tuple[int, int | None, int]] = field(default_factory=dict)
    """Entry, source and position in its chain."""
    declared: set[str] = field(default_factory=set)


def source_of(uow: UnitOfWork) -> Source:
    """Return the source whose events the actor may send; Forbidden when there is none.

    It is held until the act is over: the same document sent twice at once is taken once.
    """
    found = None
    if uow.actor.party_id is not None:
        mine = select(Source).where(Source.party_id == uow.actor.party_id)
        found = uow.session.scalar(mine.with_for_update(key_share=True))
    if found is None:
        raise Forbidden(N_("No source of events is agreed with this party."))
    return found


def capture(
    uow: UnitOfWork,
    events: Sequence[Mapping[str, Any]],
    namespaces: Namespaces,
    behaviour: ErrorBehaviour,
    problems: Sequence[Problem] = (),
    elements: Elements = (),
) -> CaptureJob:
    """Work off a document and return its job; `problems` are those of events left out before.

    `elements` are the master data of its header; they are kept if anything is.

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
    report = _worked_off(uow, source, events, namespaces, behaviour, problems, elements, is_real=True)
    job.success = not report.problems
    job.report = {
        "errors": [problem.as_json() for problem in report.problems],
        "events": len(report.taken),
    }
    uow.session.add(job)
    uow.flush()
    _note(uow, source, len(report.taken))
    return job


def rehearse(
    uow: UnitOfWork,
    events: Sequence[Mapping[str, Any]],
    namespaces: Namespaces,
    behaviour: ErrorBehaviour,
    problems: Sequence[Problem] = (),
) -> Report:
    """Tell what a capture would do, by doing it and taking everything back."""
    return _worked_off(uow, source_of(uow), events, namespaces, behaviour, problems, (), is_real=False)


def _worked_off(
    uow: UnitOfWork,
    source: Source,
    events: Sequence[Mapping[str, Any]],
    namespaces: Namespaces,
    behaviour: ErrorBehaviour,
    problems: Sequence[Problem],
    elements: Elements,
    *,
    is_real: bool,
) -> Report:
    report = Report(problems=list(problems))
    if problems and behaviour is ErrorBehaviour.ROLLBACK:
        return report
    with uow.session.begin_nested() as savepoint:
        if source.trust is not Trust.IGNORE:
            master.keep(uow, source.id, elements)
        take(uow, source, events, namespaces, report)
        is_undone = bool(report.problems) and behaviour is ErrorBehaviour.ROLLBACK
        if is_undone or not is_real:
            savepoint.rollback()
        if is_undone:
            report.taken.clear()
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
    _note(uow, source, 1)
    return report.taken[0]


def _note(uow: UnitOfWork, source: Source, count: int) -> None:
    audit.record(uow, partner.DOCUMENT, source.id, N_("Sent %(count)s events"), count=count)


def take(
    uow: UnitOfWork,
    source: Source,
    events: Sequence[Mapping[str, Any]],
    namespaces: Namespaces,
    report: Report,
) -> None:
    """Take events in their own order and add to the report what became of each."""
    documents = _named(uow, in_order(events), namespaces)
    if source.trust is Trust.IGNORE:
        report.taken += [Taken(document["eventID"], Outcome.IGNORED) for document in documents]
        return
    known = _known(uow, [document["eventID"] for document in documents])
    fresh = [document for document in documents if _is_new(source, document, known, report)]
    world = recognise(uow, fresh)
    if source.trust is Trust.POST:
        _hold_still(uow, world)
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


def _hold_still(uow: UnitOfWork, world: World) -> None:
    """Lock the batches that events may move before any chain, in the order in which every act does."""
    ids = {lot.id for lot in world.lots.values()} | {item.lot.id for item in world.items.values()}
    for part in parts(sorted(ids)):
        batches = select(Batch.id).where(Batch.id.in_(part)).order_by(Batch.id)
        uow.execute(batches.with_for_update(key_share=True))


def _named(
    uow: UnitOfWork, events: Sequence[Mapping[str, Any]], namespaces: Namespaces
) -> list[dict[str, Any]]:
    """Return events as they will stand: with an id, our time of record, and the prefixes they need."""
    foreign = {name: space for name, space in namespaces.items() if BUILT_IN.get(name) != space}
    context = {"@context": [EPCIS_CONTEXT, foreign]} if foreign else {}
    recorded = {"recordTime": uow.now.isoformat(timespec="milliseconds")}
    found = []
    for event in events:
        document = {**event, **recorded}
        document.pop("@context", None)
        document |= context
        if "eventID" not in document:
            document["eventID"] = event_hash(document, namespaces)
        found.append(document)
    return found


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


def _line(source: Source, document: dict[str, Any], world: World, known: _Known) -> Line:
    original = known.originals.get(document["eventID"]) if "errorDeclaration" in document else None
    return Line(
        source.party_id,
        datetime.fromisoformat(document["eventTime"]),
        lambda _position: document,
        site_id=world.site_of(document),
        amounts=world.amounts_of(document),
        declares_id=original[0] if original else None,
        declares_position=original[2] if original else None,
        source_id=source.id,
    )


def _believe(
    uow: UnitOfWork, source: Source, entry_id: int, document: Mapping[str, Any], world: World
) -> Taken:
    """Go as far with an event as its source is trusted."""
    event_id = document["eventID"]
    if source.trust is Trust.SHOW or "errorDeclaration" in document:
        return Taken(event_id, Outcome.SHOWN)
    plan = meaning.plan(uow, source, document, world)
    note = gettext(plan) if isinstance(plan, str) else ""
    if source.trust is Trust.POST and not isinstance(plan, str):
        try:
            with uow.session.begin_nested():
                return Taken(event_id, Outcome.POSTED, meaning.carry_out(uow, source, plan))
        except DomainError as error:
            note = str(error)
    uow.session.add(Proposal(entry_id=entry_id, state=ProposalState.OPEN, decided_at=None, decided_by=""))
    return Taken(event_id, Outcome.PROPOSED, note)
