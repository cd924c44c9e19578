"""Seals as they are published, entries as their links say them, and proofs that one is under the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Party
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, EntryBatch
from traceability.models.seal import Seal, SealRange
from traceability.rules import merkle
from traceability.rules.chain import digest, facts_of
from traceability.rules.seal import instant

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class SealRow:
    """A published seal."""

    number: int
    sealed_at: datetime
    size: int
    root: str
    before: str
    hash: str

    def document(self) -> dict[str, Any]:
        """Return it as it is published; its hash is over the other five."""
        return {
            "number": self.number,
            "sealedAt": instant(self.sealed_at),
            "size": self.size,
            "root": self.root,
            "before": self.before,
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True)
class SealFilter(PageRequest):
    """Which page of seals; `q` is not used."""

    q: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as its link says it."""

    id: int
    party: str
    party_id: int
    position: int
    link: str
    event_id: str
    document: dict[str, Any]
    facts: dict[str, Any]


def seals(session: Session, wanted: SealFilter) -> Page[SealRow]:
    """Return the seals, newest first."""
    found: Rows = select(Seal.number, Seal.sealed_at, Seal.size, Seal.root, Seal.before, Seal.hash)
    return paginate(
        session,
        found,
        wanted,
        row=SealRow,
        sorts={"number": Seal.number},
        default="-number",
        key=Seal.id,
    )


def seal(session: Session, number: int) -> SealRow:
    """Return one seal; NotFound when there is none of this number."""
    found = session.execute(
        select(Seal.number, Seal.sealed_at, Seal.size, Seal.root, Seal.before, Seal.hash).where(
            Seal.number == number
        )
    ).one_or_none()
    if found is None:
        raise NotFound(N_("There is no seal %(number)s."), number=number)
    return SealRow(*found)


def first_of(session: Session, batch_id: int) -> int | None:
    """Return the entry with which a batch begins, if the ledger has one."""
    return session.scalar(
        select(EntryBatch.entry_id)
        .where(EntryBatch.batch_id == batch_id)
        .order_by(EntryBatch.entry_id)
        .limit(1)
    )


def of_entry(session: Session, entry_id: int, *, is_open: bool = False) -> dict[str, Any] | None:
    """Return the proof that an entry is under a published root; None until it is sealed.

    Without `is_open` it tells digests of what the entry says, not what it says.
    """
    entry = next(told(session, Entry.id == entry_id), None)
    if entry is None:
        return None
    found = session.execute(
        select(Seal, SealRange)
        .join(SealRange, SealRange.seal_id == Seal.id)
        .where(
            SealRange.party_id == entry.party_id,
            SealRange.first_position <= entry.position,
            SealRange.last_position >= entry.position,
        )
    ).one_or_none()
    if found is None:
        return None
    sealed, stretch = found
    leaf = stretch.first_leaf + entry.position - stretch.first_position
    hashes = [bytes.fromhex(part) for part in sealed.blocks["hashes"]]
    inner = [merkle.leaf(link) for link in links(session, sealed, leaf // merkle.BLOCK)]
    steps = merkle.path(inner, leaf % merkle.BLOCK) + merkle.path(hashes, leaf // merkle.BLOCK)
    said = {"document": entry.document, "facts": entry.facts} if is_open else {}
    row = SealRow(sealed.number, sealed.sealed_at, sealed.size, sealed.root, sealed.before, sealed.hash)
    return {
        "entry": _published(entry, _before(session, entry)) | said,
        "leaf": leaf,
        "path": [{"hash": beside, "left": is_left} for beside, is_left in steps],
        "seal": row.document(),
    }


def chain(session: Session, party: str = "") -> Iterator[dict[str, Any]]:
    """Yield entries in the form that `verify.py` checks, chain by chain; of one party when it is named."""
    conditions = (Party.code == party,) if party else ()
    last_party, before = 0, ""
    for entry in told(session, *conditions):
        before = before if entry.party_id == last_party else ""
        yield _published(entry, before) | {"document": entry.document, "facts": entry.facts}
        last_party, before = entry.party_id, entry.link


def _published(entry: Told, before: str) -> dict[str, Any]:
    return {
        "party": entry.party,
        "position": entry.position,
        "eventID": entry.event_id,
        "before": before,
        "documentDigest": digest(entry.document),
        "factsDigest": digest(entry.facts),
        "link": entry.link,
    }


def told(session: Session, *conditions: Any) -> Iterator[Told]:
    """Yield entries by chain and position, each as its link says it; in chunks, any number."""
    declared = aliased(Entry)
    found: Rows = (
        select(
            Entry.id,
            Party.code,
            Entry.party_id,
            Entry.position,
            Entry.link,
            Entry.event_id,
            Entry.document,
            Entry.step,
            Entry.recorded_by,
            Entry.reference,
            declared.position,
        )
        .join(Party, Party.id == Entry.party_id)
        .outerjoin(declared, declared.id == Entry.declares_id)
        .where(*conditions)
        .order_by(Entry.party_id, Entry.position)
    )
    last = (0, 0)
    while True:
        party, position = last
        ahead = (Entry.party_id > party) | ((Entry.party_id == party) & (Entry.position > position))
        rows: Sequence[Any] = session.execute(found.where(ahead).limit(_CHUNK)).all()
        if not rows:
            return
        amounts = _amounts(session, [row[0] for row in rows])
        for key, code, chain, place, link, event, document, step, who, reference, declares in rows:
            said = facts_of(step, who, reference, declares, amounts.get(key, ()))
            yield Told(key, code, chain, place, link, event, document, said)
        last = (rows[-1][2], rows[-1][3])


def _amounts(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[str, str, int, int]]]:
    found: Sequence[Any] = session.execute(
        select(
            EntryBatch.entry_id,
            EntryBatch.role,
            Batch.gtin,
            Batch.number,
            EntryBatch.grams,
            EntryBatch.boxes,
        )
        .join(Batch, Batch.id == EntryBatch.batch_id)
        .where(EntryBatch.entry_id.in_(ids))
        .order_by(EntryBatch.entry_id)
    ).all()
    return {
        entry: [
            (role.value, f"https://id.gs1.org/01/{gtin}/10/{lot}", grams, boxes)
            for _, role, gtin, lot, grams, boxes in rows
        ]
        for entry, rows in groupby(found, key=lambda row: row[0])
    }


def _before(session: Session, entry: Told) -> str:
    found = select(Entry.link).where(Entry.party_id == entry.party_id, Entry.position == entry.position - 1)
    return session.scalar(found) or ""


def links(session: Session, sealed: Seal, block: int) -> list[str]:
    """Return the links of one block of a seal, in the order of its leaves."""
    first, until = block * merkle.BLOCK, min((block + 1) * merkle.BLOCK, sealed.size)
    found: list[str] = []
    stretches = session.scalars(
        select(SealRange)
        .where(SealRange.seal_id == sealed.id, SealRange.first_leaf < until)
        .order_by(SealRange.first_leaf)
    )
    for stretch in stretches:
        begin = max(first, stretch.first_leaf)
        shift = stretch.first_position - stretch.first_leaf
        end = min(until - 1, stretch.last_position - shift)
        if begin > end:
            continue
        found += session.scalars(
            select(Entry.link)
            .where(Entry.party_id == stretch.party_id, Entry.position.between(begin + shift, end + shift))
            .order_by(Entry.position)
        )
    return found
