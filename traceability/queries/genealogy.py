"""Reading the genealogy: what a batch came from and what it became, to any depth in one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, select, union_all
from sqlalchemy.orm import Session

from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.base import parts
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.i18n import locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.genealogy import Edge
from traceability.queries.visibility import visible
from traceability.rules import shares
from traceability.rules.batch import BatchState, Origin, masked


class Direction(StrEnum):
    """Which way a tree is followed."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Node:
    """A batch of a tree; of a hidden one nothing but its mass is told."""

    id: int
    number: str
    item_name_zh: str
    item_name_en: str
    producer_name: str
    site_name: str
    plot: str
    member_name: str
    origin: Origin
    harvested_on: date | None
    grams: int
    boxes: int
    state: BatchState | None
    is_held: bool
    is_recalled: bool
    is_hidden: bool = False

    @property
    def name(self) -> str:
        """Return what it is, in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh


class Link(NamedTuple):
    """So much of one batch that went into another; a bare tuple, for a tree has ten thousands of them."""

    id: int
    parent_id: int
    child_id: int
    grams_in: int
    grams_out: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The batches around one, and what went from which into which."""

    start_id: int
    nodes: Mapping[int, Node]
    links: Sequence[Link]

    def levels(self) -> Mapping[int, int]:
        """Return how many steps each batch is below the furthest root."""
        return shares.levels(self.nodes, [(link.parent_id, link.child_id) for link in self.links])


@dataclass(frozen=True, slots=True)
class OriginShare:
    """So much of a batch, in 1/10 000, that comes from one first batch."""

    node: Node
    share_bp: int


def tree(session: Session, actor: Actor, batch_id: int, direction: Direction = Direction.BOTH) -> Tree:
    """Return what a batch came from, what it became, or both: one statement for the edges, one for the rest.

    The caller has checked that the actor may see the batch. The edges stand in the order of their recording.
    """
    links = sorted(edges(session, batch_id, direction))
    named = {batch_id} | {key for link in links for key in (link.parent_id, link.child_id)}
    return Tree(batch_id, nodes(session, actor, batch_id, links, named), links)


def nodes(
    session: Session, actor: Actor, batch_id: int, links: Sequence[Link], keys: Collection[int]
) -> dict[int, Node]:
    """Return some batches of the tree around one, as the actor may see them; `links` are its edges.

    What it became elsewhere is hidden from those who may not see it, but for its mass; where it came from
    is not.
    """
    above = set(shares.upwards(batch_id, _parents(links)))
    return _nodes(session, actor, keys, above)


def edges(session: Session, batch_id: int, direction: Direction) -> list[Link]:
    """Return every edge above, below, or above and below a batch, each once and in no order."""
    found = session.connection().execute(_FROM_ONE[direction], {"start": batch_id})
    return list(dict.fromkeys(map(Link._make, found.all())))


def origins(session: Session, actor: Actor, batch_id: int) -> list[OriginShare]:
    """Return the first batches that a batch comes from with their shares, the largest first."""
    links = edges(session, batch_id, Direction.UP)
    found = shares.origins(batch_id, [(link.parent_id, link.child_id, link.grams_out) for link in links])
    nodes = _nodes(session, actor, set(found), set(found))
    told = [OriginShare(nodes[key], share) for key, share in found.items()]
    return sorted(told, key=lambda one: (-one.share_bp, one.node.id))


def stemming(session: Session, batch_ids: Collection[int]) -> dict[int, int]:
    """Return some batches and all that came of them, with the grams of each that stem from them."""
    links, starts = below(session, batch_ids), set(batch_ids)
    known = starts | {link.child_id for link in links}
    masses = _masses(session, known)
    into: dict[int, list[Link]] = {}
    for link in links:
        into.setdefault(link.child_id, []).append(link)
    levels = shares.levels(known, [(link.parent_id, link.child_id) for link in links])
    stem: dict[int, int] = {}
    for batch in sorted(known, key=lambda key: levels[key]):
        if batch in starts:
            stem[batch] = masses[batch]
            continue
        came = sum(
            link.grams_out * stem[link.parent_id] // max(masses[link.parent_id], 1) for link in into[batch]
        )
        stem[batch] = min(came, masses[batch])
    return stem


def below(session: Session, batch_ids: Collection[int]) -> list[Link]:
    """Return every edge below some batches once, a part of the batches at a time."""
    found: dict[Link, None] = {}
    for part in parts(sorted(batch_ids)):
        rows = session.connection().execute(_FROM_MANY, {"starts": part})
        found.update(dict.fromkeys(map(Link._make, rows.all())))
    return list(found)


def _parents(links: Sequence[Link]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for link in links:
        found.setdefault(link.child_id, []).append((link.parent_id, link.grams_out))
    return found


def _masses(session: Session, keys: Collection[int]) -> dict[int, int]:
    ordered = sorted(keys)
    masses: dict[int, int] = {}
    for part in parts(ordered):
        rows: Sequence[Any] = session.execute(select(Batch.id, Batch.grams).where(Batch.id.in_(part))).all()
        masses.update(dict(rows))
    return masses


def _nodes(session: Session, actor: Actor, keys: Collection[int], above: Collection[int]) -> dict[int, Node]:
    ordered, found = sorted(keys), {}
    for part in parts(ordered):
        asked = _NODES.add_columns(visible(actor)).where(Batch.id.in_(part))
        for *facts, producer_id, may_see in session.execute(asked):
            node = Node(*facts)
            found[node.id] = _shown(node, actor, producer_id, is_told=may_see or node.id in above)
    return found


def _shown(node: Node, actor: Actor, producer_id: int, *, is_told: bool) -> Node:
    """Return a node as the actor may see it: hidden, with the household masked, or whole."""
    if not is_told:
        return replace(
            node,
            number="",
            item_name_zh="",
            item_name_en="",
            producer_name="",
            site_name="",
            plot="",
            member_name="",
            harvested_on=None,
            boxes=0,
            state=None,
            is_held=False,
            is_recalled=False,
            is_hidden=True,
        )
    if actor.sees_all or actor.party_id == producer_id:
        return node
    return replace(node, member_name=masked(node.member_name))


_NODES: Rows = (
    select(
        Batch.id,
        Batch.number,
        TradeItem.name_zh,
        TradeItem.name_en,
        Party.short_name,
        Site.name,
        Batch.plot,
        Batch.member_name,
        Batch.origin,
        Batch.harvested_on,
        Batch.grams,
        Batch.boxes,
        Batch.state,
        Batch.is_held,
        Batch.is_recalled,
        Batch.producer_id,
    )
    .join(TradeItem, TradeItem.id == Batch.trade_item_id)
    .join(Party, Party.id == Batch.producer_id)
    .join(Site, Site.id == Batch.site_id)
)


def _reached(name: str, starts: Rows, here: Any, there: Any) -> Any:
    """Return the recursive set of batches that are reached from the starts along edges."""
    reached = starts.cte(name, recursive=True)
    return reached.union(select(there.label("id")).join(reached, here == reached.c.id))


def _along(reached: Any, here: Any) -> Any:
    """Return the edges at the batches that are reached; sorted, SQLite would walk all that there are."""
    columns = (Edge.id, Edge.parent_id, Edge.child_id, Edge.grams_in, Edge.grams_out)
    return select(*columns).join(reached, here == reached.c.id)


def _up(starts: Rows) -> Any:
    return _along(_reached("above", starts, Edge.child_id, Edge.parent_id), Edge.child_id)


def _down(starts: Rows) -> Any:
    return _along(_reached("below", starts, Edge.parent_id, Edge.child_id), Edge.parent_id)


_START: Rows = select(bindparam("start", type_=BigInteger).label("id"))
_STARTS: Rows = select(Batch.id.label("id")).where(Batch.id.in_(bindparam("starts", expanding=True)))
_FROM_ONE = {
    Direction.UP: _up(_START),
    Direction.DOWN: _down(_START),
    Direction.BOTH: union_all(_up(_START), _down(_START)),
}
"""Made once: making a statement costs more than running it. From one batch PostgreSQL keeps one plan."""
_FROM_MANY = _down(_STARTS)
