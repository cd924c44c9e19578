"""Reading partners' sources, and their events that wait for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import Session

from supplychain.base.models.party import Party
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.epcis import Proposal
from traceability.models.ledger import Entry, EntryBatch, Source
from traceability.rules.capture import ProposalState
from traceability.rules.ledger import Trust


@dataclass(frozen=True, slots=True)
class SourceFilter(PageRequest):
    """Which sources."""

    q: str = ""
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with the party whose events it tells."""

    id: int
    code: str
    name: str
    party: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class ProposalFilter(PageRequest):
    """Which proposals; those that wait unless told otherwise."""

    q: str = ""
    state: ProposalState | None = ProposalState.OPEN


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A partner's event that was proposed, and how much of our batches it names."""

    id: int
    state: ProposalState
    source: str
    event_id: str
    biz_step: str
    event_time: datetime
    place: str
    grams: int
    batches: int
    decided_by: str


_SOURCE = (Source.id, Source.code, Source.name, Party.name, Source.trust)


def sources(session: Session, wanted: SourceFilter) -> Page[SourceRow]:
    """Return the sources that fit, by code."""
    found: Rows = select(*_SOURCE).join(Party, Party.id == Source.party_id)
    if wanted.q:
        found = found.where(
            or_(
                Source.code.icontains(wanted.q, autoescape=True),
                Source.name.icontains(wanted.q, autoescape=True),
            )
        )
    if wanted.trust is not None:
        found = found.where(Source.trust == wanted.trust)
    return paginate(
        session, found, wanted, row=SourceRow, sorts={"code": Source.code}, default="code", key=Source.id
    )


def source(session: Session, code: str) -> SourceRow:
    """Return one source; NotFound when there is none."""
    found = select(*_SOURCE).join(Party, Party.id == Source.party_id).where(Source.code == code)
    row = session.execute(found).one_or_none()
    if row is None:
        raise NotFound(N_("There is no source %(code)s."), code=code)
    return SourceRow(*row)


def proposals(session: Session, actor: Actor, wanted: ProposalFilter) -> Page[ProposalRow]:
    """Return the proposals about the actor's own batches that fit, the newest first."""
    found = _proposals(actor)
    if wanted.state is not None:
        found = found.where(Proposal.state == wanted.state)
    if wanted.q:
        found = found.where(Source.name.icontains(wanted.q, autoescape=True))
    return paginate(
        session,
        found,
        wanted,
        row=ProposalRow,
        sorts={"event_time": Entry.event_time},
        default="-event_time",
        key=Proposal.id,
    )


def proposal(session: Session, actor: Actor, proposal_id: int) -> ProposalRow:
    """Return one proposal; NotFound when there is none about the actor's own batches."""
    row = session.execute(_proposals(actor).where(Proposal.id == proposal_id)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such proposal."))
    return ProposalRow(*row)


def waiting(session: Session, actor: Actor) -> int:
    """Return how many proposals wait for the actor."""
    counted = (
        select(func.count())
        .select_from(Proposal)
        .join(Entry, Entry.id == Proposal.entry_id)
        .where(Proposal.state == ProposalState.OPEN, _concerns(actor))
    )
    return session.scalar(counted) or 0


def _proposals(actor: Actor) -> Rows:
    named = select(EntryBatch.id).where(EntryBatch.entry_id == Entry.id).correlate(Entry)
    grams = named.with_only_columns(func.coalesce(func.sum(EntryBatch.grams), 0)).scalar_subquery()
    count = named.with_only_columns(func.count()).scalar_subquery()
    return (
        select(
            Proposal.id,
            Proposal.state,
            Source.name,
            Entry.event_id,
            Entry.biz_step,
            Entry.event_time,
            Entry.read_point,
            grams,
            count,
            Proposal.decided_by,
        )
        .join(Entry, Entry.id == Proposal.entry_id)
        .join(Source, Source.id == Entry.source_id)
        .where(_concerns(actor))
    )


def _concerns(actor: Actor) -> ColumnElement[bool]:
    if actor.sees_all:
        return true()
    return exists().where(
        EntryBatch.entry_id == Entry.id,
        EntryBatch.batch_id == Batch.id,
        Batch.producer_id == actor.party_id,
    )
