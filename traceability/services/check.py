"""The check of the whole ledger: chains, seals, and all that is only kept for speed.

Changes nothing; each finding is one sentence for whoever runs the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from traceability.models.batch import Batch
from traceability.models.genealogy import Edge
from traceability.models.ledger import Chain, Entry, EntryBatch, Holding
from traceability.models.seal import Seal
from traceability.queries import proof
from traceability.rules import merkle
from traceability.rules.chain import digest, joined
from traceability.rules.genealogy import flows
from traceability.rules.ledger import TRANSFORMING, Role
from traceability.rules.seal import seal_facts
from traceability.services import history
from traceability.services.history import Told

_CHUNK = 500


def everything(session: Session) -> Iterator[str]:
    """Yield whatever is wrong, chain by chain, then seals, holdings and edges; nothing when all is well."""
    yield from check_chains(session)
    yield from check_seals(session)
    yield from check_holdings(session)
    yield from check_edges(session)


def check_seals(session: Session) -> Iterator[str]:
    """Yield what is wrong with the seals: their own chain, their roots, and the entries under them."""
    before, expected = "", 1
    for row in session.scalars(select(Seal).order_by(Seal.number)):
        facts = seal_facts(row.before, row.number, row.sealed_at, row.size, row.root)
        if row.number != expected or row.before != before or row.hash != digest(facts):
            yield f"seal {row.number}: it does not follow the seal before"
        hashes = [merkle.root([merkle.leaf(link) for link in links]) for links in _all_links(session, row)]
        if not hashes or merkle.root(hashes).hex() != row.root:
            yield f"seal {row.number}: the entries under it are not those that were sealed"
        before, expected = row.hash, row.number + 1


def _all_links(session: Session, row: Seal) -> Iterator[list[str]]:
    for block in range(-(-row.size // merkle.BLOCK)):
        if links := proof.links(session, row, block):
            yield links


def check_chains(session: Session) -> Iterator[str]:
    """Yield the first broken link of each chain, by party and position."""
    heads = {
        party: (length, head)
        for party, length, head in session.execute(select(Chain.party_id, Chain.length, Chain.head)).all()
    }
    seen: dict[int, tuple[int, str]] = {}
    names: dict[int, str] = {}
    for party_id, entries in groupby(proof.told(session), key=lambda entry: entry.party_id):
        position, link = 0, ""
        for entry in entries:
            names[party_id] = entry.party
            said = joined(
                link, position + 1, entry.document["eventID"], digest(entry.document), digest(entry.facts)
            )
            is_whole = entry.position == position + 1 and entry.event_id == entry.document["eventID"]
            if not is_whole or entry.link != said:
                yield f"chain of {entry.party}: broken at entry {position + 1}"
                break
            position, link = entry.position, entry.link
        else:
            seen[party_id] = (position, link)
            if heads.get(party_id) != (position, link):
                yield f"chain of {names[party_id]}: it does not end at its head"
    for party_id in heads.keys() - names.keys():
        if heads[party_id][0]:
            yield f"chain of party {party_id}: all of its entries are gone"


def check_holdings(session: Session) -> Iterator[str]:
    """Yield the batches whose holdings are not what their entries add up to."""
    last = 0
    while True:
        rows: Sequence[Any] = session.execute(
            select(Batch.id, Batch.number).where(Batch.id > last).order_by(Batch.id).limit(_CHUNK)
        ).all()
        if not rows:
            return
        names = dict(rows)
        wrong = _unlike(session, list(names))
        yield from (f"holdings of {names[key]}: not what its entries add up to" for key in wrong)
        last = rows[-1][0]


def _unlike(session: Session, batch_ids: Sequence[int]) -> list[int]:
    told = [Told(*row) for row in session.execute(history.TOLD, {"batches": list(batch_ids)})]
    summed: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for change in history.changes(told):
        spot = summed[change.batch_id, *change.spot]
        spot[0], spot[1] = spot[0] + change.grams, spot[1] + change.boxes
    kept: Sequence[Any] = session.execute(
        select(Holding.batch_id, Holding.site_id, Holding.bucket, Holding.grams, Holding.boxes).where(
            Holding.batch_id.in_(batch_ids)
        )
    ).all()
    there = {(batch, site, bucket): [grams, boxes] for batch, site, bucket, grams, boxes in kept}
    spots = there.keys() | summed.keys()
    wrong = {spot[0] for spot in spots if there.get(spot, [0, 0]) != summed.get(spot, [0, 0])}
    return sorted(wrong)


def check_edges(session: Session) -> Iterator[str]:
    """Yield the transformations whose edges are not what went in and came out."""
    wrong = aliased(Entry)
    entries: Sequence[Any] = session.execute(
        select(Entry.id, EntryBatch.role, EntryBatch.batch_id, EntryBatch.grams)
        .join(EntryBatch, EntryBatch.entry_id == Entry.id)
        .outerjoin(wrong, wrong.declares_id == Entry.id)
        .where(Entry.step.in_(TRANSFORMING), Entry.declares_id.is_(None), wrong.id.is_(None))
        .order_by(Entry.id, EntryBatch.id)
    ).all()
    expected = {
        edge
        for entry_id, rows in groupby(entries, key=lambda row: row[0])
        for edge in _edges(entry_id, list(rows))
    }
    found = set(
        map(
            tuple,
            session.execute(
                select(Edge.entry_id, Edge.parent_id, Edge.child_id, Edge.grams_in, Edge.grams_out)
            ).all(),
        )
    )
    for entry_id in sorted({edge[0] for edge in expected ^ found}):
        yield f"edges of entry {entry_id}: not what went in and came out"


def _edges(entry_id: int, rows: Sequence[Any]) -> Iterator[tuple[int, ...]]:
    taken = [(batch, grams) for _, role, batch, grams in rows if role is Role.INPUT]
    made = [(batch, grams) for _, role, batch, grams in rows if role is Role.OUTPUT]
    for flow in flows([grams for _, grams in taken], [grams for _, grams in made]):
        yield (
            entry_id,
            taken[flow.source][0],
            made[flow.target][0],
            flow.grams_in,
            flow.grams_out,
        )
