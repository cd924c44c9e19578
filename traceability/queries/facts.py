"""What the public may know of places, parties, papers and things; no prices, no people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Division, Party, Site
from supplychain.base.rules import PartyKind, SiteKind
from supplychain.kernel.db.paging import Rows
from traceability.models.batch import Batch, Certificate
from traceability.models.ledger import Entry, EntryThing
from traceability.rules.batch import masked
from traceability.rules.certificate import CertificateKind
from traceability.rules.ledger import Step, ThingRole


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place of the trade."""

    name: str
    kind: SiteKind
    owner: str
    county: str | None
    altitude_m: int | None


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """Somebody of the trade: what the public register of enterprises tells as well."""

    name: str
    kind: PartyKind
    uscc: str | None
    county: str | None


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """A paper and whether it still counts."""

    kind: CertificateKind
    number: str
    issuer: str
    issued_on: date
    valid_until: date | None
    is_revoked: bool
    gtin: str | None
    lot: str | None


@dataclass(frozen=True, slots=True)
class ThingFacts:
    """A box, pallet, asset or device that the ledger names: the last that is known, and how much it holds."""

    step: Step | None
    at: datetime
    parts: int
    """Lots and things that were put into it."""


def place(session: Session, gln: str) -> PlaceFacts | None:
    """Return what is known of a place by its GLN; None when it is not ours."""
    row = session.execute(_PLACE, {"gln": gln}).one_or_none()
    return None if row is None else PlaceFacts(*row)


def party(session: Session, gln: str) -> PartyFacts | None:
    """Return what is known of a party by its GLN; the name of a natural person is masked."""
    row = session.execute(_PARTY, {"gln": gln}).one_or_none()
    if row is None:
        return None
    name, kind, uscc, county = row
    return PartyFacts(name if uscc else masked(name), kind, uscc, county)


def paper(session: Session, number: str) -> PaperFacts | None:
    """Return a paper whose number is this GDTI; None when there is none."""
    row = session.execute(_PAPER, {"number": number}).one_or_none()
    return None if row is None else PaperFacts(*row)


def thing(session: Session, name: str) -> ThingFacts | None:
    """Return what the ledger last says of a thing by its canonical URI; None when it never named it."""
    row = session.execute(_LAST, {"name": name}).one_or_none()
    if row is None:
        return None
    return ThingFacts(row.step, row.event_time, session.execute(_PARTS, {"name": name}).scalar_one())


_PLACE: Rows = (
    select(Site.name, Site.kind, Party.name, Division.name, Site.altitude_m)
    .join(Party, Party.id == Site.party_id)
    .outerjoin(Division, Division.code == func.substr(Site.division_code, 1, 6))
    .where(Site.gln == bindparam("gln"))
)
_PARTY: Rows = (
    select(Party.name, Party.kind, Party.uscc, Division.name)
    .outerjoin(Division, Division.code == func.substr(Party.division_code, 1, 6))
    .where(Party.gln == bindparam("gln"))
)
_PAPER: Rows = (
    select(
        Certificate.kind,
        Certificate.number,
        Certificate.issuer,
        Certificate.issued_on,
        Certificate.valid_until,
        Certificate.revoked_at.is_not(None),
        Batch.gtin,
        Batch.number,
    )
    .outerjoin(Batch, Batch.id == Certificate.batch_id)
    .where(Certificate.number == bindparam("number"))
    .order_by(Certificate.id.desc())
    .limit(1)
)
_DECLARED = aliased(Entry)
_STANDS = and_(
    Entry.declares_id.is_(None),
    ~exists(select(_DECLARED.id).where(_DECLARED.declares_id == Entry.id)).correlate(Entry),
)
"""What was declared wrong, and the declaration, tell the public nothing."""
_LAST: Rows = (
    select(Entry.step, Entry.event_time)
    .join(EntryThing, EntryThing.entry_id == Entry.id)
    .where(EntryThing.name == bindparam("name"), EntryThing.is_class.is_(False), _STANDS)
    .order_by(Entry.event_time.desc(), Entry.id.desc())
    .limit(1)
)
_CHILD = aliased(EntryThing)
_PARTS: Rows = (
    select(func.count(_CHILD.name.distinct()))
    .join(EntryThing, EntryThing.entry_id == _CHILD.entry_id)
    .join(Entry, Entry.id == _CHILD.entry_id)
    .where(
        EntryThing.name == bindparam("name"),
        EntryThing.role == ThingRole.PARENT,
        _CHILD.role == ThingRole.CHILD,
        _STANDS,
    )
)
