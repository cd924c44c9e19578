"""Reading the ledger: the way of a batch step by step, and its EPCIS events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Division, Site
from supplychain.kernel.db.base import parts
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.permissions import SYSTEM, Actor
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, EntryBatch, Source
from traceability.queries.visibility import entry_visible
from traceability.rules.ledger import Role, Step


@dataclass(frozen=True, slots=True)
class JourneyStep:
    """One thing that happened to a batch; `to_site_name` is where a shipment went.

    What a partner only tells has a CBV business step and no `step`; what was declared wrong has a reason.
    """

    entry_id: int
    step: Step | None
    biz_step: str
    role: Role
    at: datetime
    site_name: str | None
    to_site_name: str | None
    grams: int
    boxes: int
    reference: str
    source_name: str | None
    error_reason: str | None


@dataclass(frozen=True, slots=True)
class PublicStep:
    """A step as the public may read it: the place and its county, no quantity, no document."""

    step: Step
    at: datetime
    site_id: int
    site_name: str
    county: str


@dataclass(frozen=True, slots=True)
class EventsFilter(PageRequest):
    """Which page of events; `q` is not used."""

    q: str = ""


def of_batch(session: Session, batch_id: int, actor: Actor = SYSTEM) -> list[JourneyStep]:
    """Return what happened to a batch, oldest first; at third parties' places only for its producer."""
    there, wrong = aliased(Site), aliased(Entry)
    found: Rows = (
        select(
            Entry.id,
            Entry.step,
            Entry.biz_step,
            EntryBatch.role,
            Entry.event_time,
            Site.name,
            there.name,
            EntryBatch.grams,
            EntryBatch.boxes,
            Entry.reference,
            Source.name,
            wrong.document["errorDeclaration"]["reason"].as_string(),
        )
        .join(EntryBatch, EntryBatch.entry_id == Entry.id)
        .join(Batch, Batch.id == EntryBatch.batch_id)
        .outerjoin(Site, Site.id == Entry.site_id)
        .outerjoin(there, there.id == Entry.to_site_id)
        .outerjoin(Source, Source.id == Entry.source_id)
        .outerjoin(wrong, wrong.declares_id == Entry.id)
        .where(EntryBatch.batch_id == batch_id, Entry.declares_id.is_(None), entry_visible(actor))
        .order_by(Entry.event_time, Entry.id)
    )
    return [JourneyStep(*row) for row in session.execute(found)]


def public(session: Session, batch_id: int) -> list[PublicStep]:
    """Return the steps of a batch that the public may read, oldest first."""
    found = session.execute(_PUBLIC_STEPS, {"batch_id": batch_id})
    return [PublicStep(step, at, site, name, county or "") for step, at, site, name, county in found]


def events(session: Session, actor: Actor, batch_id: int, wanted: EventsFilter) -> Page[dict[str, Any]]:
    """Return the EPCIS events of a batch that the actor may see, as they were captured, oldest first."""
    found: Rows = (
        select(Entry.document)
        .join(EntryBatch, EntryBatch.entry_id == Entry.id)
        .join(Batch, Batch.id == EntryBatch.batch_id)
        .where(EntryBatch.batch_id == batch_id, entry_visible(actor))
    )
    return paginate(
        session,
        found,
        wanted,
        row=dict,
        sorts={"event_time": Entry.event_time},
        default="event_time",
        key=Entry.id,
    )


def events_of(session: Session, actor: Actor, batch_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield the events of some batches that the actor may see, each once, in the order of writing."""
    seen: set[int] = set()
    for part in parts(batch_ids):
        found = (
            select(EntryBatch.entry_id)
            .join(Entry, Entry.id == EntryBatch.entry_id)
            .join(Batch, Batch.id == EntryBatch.batch_id)
            .where(EntryBatch.batch_id.in_(part), entry_visible(actor))
        )
        seen.update(session.scalars(found))
    for part in parts(sorted(seen), _TOGETHER):
        yield from session.scalars(select(Entry.document).where(Entry.id.in_(part)).order_by(Entry.id))


def counties(steps: Sequence[PublicStep]) -> list[str]:
    """Return the counties of some steps, each once, in their order."""
    return list(dict.fromkeys(step.county for step in steps if step.county))


_TOGETHER = 1_000
"""Documents that are read at once."""
_WRONG = aliased(Entry)
_PUBLIC = (Step.HARVEST, Step.RELEASE, Step.PACK, Step.SHIP, Step.RECEIVE)
_PUBLIC_STEPS: Rows = (
    select(Entry.step, Entry.event_time, Site.id, Site.name, Division.name)
    .join(EntryBatch, EntryBatch.entry_id == Entry.id)
    .join(Site, Site.id == Entry.site_id)
    .outerjoin(Division, Division.code == func.substr(Site.division_code, 1, 6))
    .where(
        EntryBatch.batch_id == bindparam("batch_id"),
        Entry.step.in_(_PUBLIC),
        Entry.declares_id.is_(None),
        ~exists().where(_WRONG.declares_id == Entry.id),
    )
    .order_by(Entry.event_time, Entry.id)
)
"""Made once: every look at a code runs it."""
