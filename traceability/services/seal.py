"""Sealing: every entry since the last seal goes under one root, tied to the seal before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select

from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Conflict
from supplychain.kernel.i18n import N_
from traceability.models.ledger import Chain, Entry
from traceability.models.seal import Seal, SealRange
from traceability.rules import merkle
from traceability.rules.chain import digest
from traceability.rules.seal import seal_facts


@dataclass(frozen=True, slots=True)
class _Stretch:
    party_id: int
    first: int
    last: int


def seal(uow: UnitOfWork) -> Seal | None:
    """Seal what was written since the last seal; None when nothing was.

    Raises Conflict when a chain has lost entries: what is missing is found by `queries.proof.check`.
    """
    stretches = _unsealed(uow)
    if not stretches:
        return None
    links = [link for stretch in stretches for link in _links(uow, stretch)]
    hashes = merkle.blocks(links)
    last = uow.session.scalar(select(Seal).order_by(Seal.number.desc()).limit(1))
    row = Seal(
        number=1 if last is None else last.number + 1,
        sealed_at=uow.now,
        size=len(links),
        root=merkle.root(hashes).hex(),
        blocks={"hashes": [found.hex() for found in hashes]},
        before="" if last is None else last.hash,
        hash="",
    )
    row.hash = digest(seal_facts(row.before, row.number, row.sealed_at, row.size, row.root))
    uow.session.add(row)
    uow.flush()
    _cover(uow, row.id, stretches)
    return row


def _unsealed(uow: UnitOfWork) -> list[_Stretch]:
    sealed = (
        select(SealRange.party_id, func.max(SealRange.last_position).label("last"))
        .group_by(SealRange.party_id)
        .subquery()
    )
    found = uow.session.execute(
        select(Chain.party_id, func.coalesce(sealed.c.last, 0), Chain.length)
        .outerjoin(sealed, sealed.c.party_id == Chain.party_id)
        .where(Chain.length > func.coalesce(sealed.c.last, 0))
        .order_by(Chain.party_id)
    )
    return [_Stretch(party, last + 1, length) for party, last, length in found]


def _links(uow: UnitOfWork, stretch: _Stretch) -> Sequence[str]:
    found = uow.session.scalars(
        select(Entry.link)
        .where(Entry.party_id == stretch.party_id, Entry.position.between(stretch.first, stretch.last))
        .order_by(Entry.position)
    ).all()
    if len(found) != stretch.last - stretch.first + 1:
        raise Conflict(N_("A chain of the ledger has lost entries: run the check before it is sealed."))
    return found


def _cover(uow: UnitOfWork, seal_id: int, stretches: Sequence[_Stretch]) -> None:
    rows, leaf = [], 0
    for stretch in stretches:
        rows.append(
            {
                "seal_id": seal_id,
                "party_id": stretch.party_id,
                "first_position": stretch.first,
                "last_position": stretch.last,
                "first_leaf": leaf,
            }
        )
        leaf += stretch.last - stretch.first + 1
    uow.execute(insert(table_of(SealRange)), rows)
