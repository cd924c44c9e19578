"""Reading batches: lists, one, what is on hand, what can be sold. Why one is held is `hold`'s."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, SQLColumnExpression, false, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from catalog.models.product import ItemProduct
from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import ItemUnit
from supplychain.kernel import clock
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.ledger import Holding
from traceability.queries import certificate as certificates
from traceability.queries import hold as holds
from traceability.queries.visibility import own, visible
from traceability.rules.batch import BatchState, Origin, masked
from traceability.rules.certificate import missing_papers
from traceability.rules.ledger import Bucket


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as lists, its page and its spreadsheet show it."""

    id: int
    number: str
    gtin: str
    sku: str
    item_name_zh: str
    item_name_en: str
    grade: str
    unit: ItemUnit
    net_grams: int
    trade_item_id: int
    producer_id: int
    producer: str
    producer_name: str
    site: str
    site_name: str
    producer_reference: str | None
    member_name: str
    plot: str
    origin: Origin
    supplier: str
    harvest_began_on: date | None
    harvested_on: date
    best_before_on: date
    boxes: int
    grams: int
    state: BatchState
    is_held: bool
    registered_at: datetime
    registered_by: str
    released_at: datetime | None
    version: int

    @property
    def at(self) -> datetime:
        """Return when it was registered, as the command calls it."""
        return self.registered_at


@dataclass(frozen=True, slots=True)
class BatchFilter(PageRequest):
    """Which batches: in a state, of an item (sku), of a producer (code), held, harvested between days."""

    q: str = ""
    state: BatchState | None = None
    sku: str = ""
    producer: str = ""
    held: bool | None = None
    harvested_from: date | None = None
    harvested_to: date | None = None


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """How much of a batch is at a place, and in which way."""

    site: str
    site_name: str
    party_name: str
    bucket: Bucket
    grams: int
    boxes: int


@dataclass(frozen=True, slots=True)
class SellableBatch:
    """What is on hand of a released batch at one of its producer's places."""

    batch_id: int
    number: str
    trade_item_id: int
    producer_id: int
    site_id: int
    site_name: str
    boxes: int
    grams: int
    harvested_on: date
    best_before_on: date


def page(session: Session, actor: Actor, wanted: BatchFilter) -> Page[BatchRow]:
    """Return the batches that fit and that the actor may see, newest first, with boxes and kg in all."""
    found = _batches().where(visible(actor), *_conditions(wanted))
    result = paginate(
        session,
        found,
        wanted,
        row=BatchRow,
        sorts={
            "number": Batch.number,
            "harvested_on": Batch.harvested_on,
            "best_before_on": Batch.best_before_on,
            "grams": Batch.grams,
            "boxes": Batch.boxes,
            "item": TradeItem.sku,
            "producer": Party.code,
            "registered_at": Batch.registered_at,
        },
        default="-registered_at",
        key=Batch.id,
        sums={"boxes": Batch.boxes, "grams": Batch.grams},
    )
    return replace(result, rows=[_for(actor, row) for row in result.rows])


def every(session: Session, actor: Actor, wanted: BatchFilter) -> Iterator[BatchRow]:
    """Return all batches that fit and that the actor may see, oldest first; for files."""
    found = _batches().where(visible(actor), *_conditions(wanted)).order_by(Batch.id)
    streamed = session.execute(found.execution_options(yield_per=1000))
    return (_for(actor, BatchRow(*row)) for row in streamed)


def one(session: Session, actor: Actor, number: str) -> BatchRow:
    """Return a batch by its number; NotFound when there is none that the actor may see."""
    return _one(session, actor, Batch.number == number, visible(actor), number)


def by_id(session: Session, actor: Actor, batch_id: int) -> BatchRow:
    """Return a batch by its id; NotFound when there is none that the actor may see."""
    return _one(session, actor, Batch.id == batch_id, visible(actor), batch_id)


def mine(session: Session, actor: Actor, number: str) -> BatchRow:
    """Return a batch that the actor may change, the own party's; NotFound otherwise."""
    return _one(session, actor, Batch.number == number, own(actor), number)


def named(session: Session, actor: Actor, name: str, producer: str = "") -> int:
    """Return the id of an own batch by its number or by its producer's reference.

    `producer` is a party's code; it tells equal references apart for those who see everything. Raises
    Invalid at `batch`.
    """
    wanted = (
        select(Batch.id)
        .join(Party, Party.id == Batch.producer_id)
        .where(own(actor), (Batch.number == name) | (Batch.producer_reference == name))
    )
    if producer:
        wanted = wanted.where(Party.code == producer)
    found = session.scalars(wanted.limit(2)).all()
    if len(found) == 1:
        return found[0]
    if found:
        raise Invalid.at(
            "batch", N_("Several producers have a batch %(number)s. Name the producer."), number=name
        )
    raise Invalid.at("batch", N_("You have no batch %(number)s."), number=name)


def last_registered(session: Session, actor: Actor) -> BatchRow | None:
    """Return what the actor's party registered last, for the defaults of the next form."""
    newest = (Batch.registered_at.desc(), Batch.id.desc())
    ordered = _batches().where(own(actor)).order_by(*newest).limit(1)
    found = session.execute(ordered).one_or_none()
    return None if found is None else BatchRow(*found)


def choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (number, number with name and day) of own batches that are not used up, newest first."""
    found = session.execute(
        select(Batch.number, TradeItem.name_zh, Batch.harvested_on)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .where(own(actor), Batch.state != BatchState.CLOSED)
        .order_by(Batch.registered_at.desc(), Batch.id.desc())
        .limit(500)
    )
    return [(number, f"{number} {name} {day:%m-%d}") for number, name, day in found]


def holdings(session: Session, actor: Actor, batch_id: int) -> Sequence[HoldingRow]:
    """Return where a batch is: everywhere for its producer, at own places for anybody else."""
    owner = aliased(Party)
    found = (
        select(Site.code, Site.name, owner.short_name, Holding.bucket, Holding.grams, Holding.boxes)
        .join(Site, Site.id == Holding.site_id)
        .join(owner, owner.id == Site.party_id)
        .join(Batch, Batch.id == Holding.batch_id)
        .where(Holding.batch_id == batch_id, (Holding.grams > 0) | (Holding.boxes > 0))
        .where(or_(own(actor), Site.party_id == actor.party_id))
        .order_by(Holding.bucket, Site.code)
    )
    return [HoldingRow(*row) for row in session.execute(found)]


def sellable(
    session: Session,
    trade_item_ids: Collection[int],
    producer_ids: Collection[int],
    on: date | None = None,
    buyer_id: int | None = None,
) -> list[SellableBatch]:
    """Return what can be sold on a day (None is today), first-expired first, in three statements.

    Released, not held or diverted to this very buyer, not past its date, its papers counting that day, on
    hand at the producer's own places. What is packed for somebody already is the allocation's business.
    """
    day = on or clock.today()
    free = or_(Batch.is_held.is_(False), false() if buyer_id is None else ~holds.blocks(buyer_id))
    found: Rows = (
        select(
            Batch.id,
            Batch.number,
            Batch.trade_item_id,
            Batch.producer_id,
            Site.id,
            Site.name,
            Holding.boxes,
            Holding.grams,
            Batch.harvested_on,
            Batch.best_before_on,
        )
        .join(Holding, Holding.batch_id == Batch.id)
        .join(Site, Site.id == Holding.site_id)
        .where(
            Batch.trade_item_id.in_(trade_item_ids),
            Batch.producer_id.in_(producer_ids),
            Batch.state == BatchState.RELEASED,
            free,
            Batch.best_before_on >= day,
            Holding.bucket == Bucket.ON_HAND,
            Holding.grams > 0,
            Site.party_id == Batch.producer_id,
        )
        .order_by(Batch.best_before_on, Batch.id, Site.id)
    )
    rows = [SellableBatch(*row) for row in session.execute(found)]
    return _with_papers(session, rows, day) if rows else []


@dataclass(frozen=True, slots=True)
class OnHand:
    """What is left of a batch at its producer's places."""

    number: str
    site_name: str
    best_before_on: date
    boxes: int
    grams: int


def on_hand(session: Session, actor: Actor, product_id: int, most: int = 20) -> list[OnHand]:
    """Return what producers have on hand of a product, of own batches, first-expired first."""
    found = (
        select(Batch.number, Site.name, Batch.best_before_on, Holding.boxes, Holding.grams)
        .join(Holding, Holding.batch_id == Batch.id)
        .join(Site, Site.id == Holding.site_id)
        .join(ItemProduct, ItemProduct.trade_item_id == Batch.trade_item_id)
        .where(own(actor), ItemProduct.product_id == product_id, Batch.state != BatchState.CLOSED)
        .where(Holding.bucket == Bucket.ON_HAND, Holding.grams > 0, Site.party_id == Batch.producer_id)
        .order_by(Batch.best_before_on, Batch.id)
        .limit(most)
    )
    return [OnHand(*row) for row in session.execute(found)]


def sku_of(session: Session, trade_item_id: int) -> str:
    """Return a trade item's number; empty for none."""
    return session.scalar(select(TradeItem.sku).where(TradeItem.id == trade_item_id)) or ""


def producer_code_of(session: Session, party_id: int) -> str:
    """Return a party's code; empty for none."""
    return session.scalar(select(Party.code).where(Party.id == party_id)) or ""


def waiting(session: Session, actor: Actor) -> tuple[int, int]:
    """Return how many own batches wait to be released and how many are held and not used up."""
    counted = select(func.count()).select_from(Batch).where(own(actor))
    free = func.count().filter(Batch.is_held.is_(False))
    registered = select(free).select_from(Batch).where(own(actor), Batch.state == BatchState.REGISTERED)
    held = counted.where(Batch.is_held, Batch.state != BatchState.CLOSED)
    found = session.execute(select(registered.scalar_subquery(), held.scalar_subquery())).one()
    return int(found[0]), int(found[1])


def released_grams(session: Session, actor: Actor, since: datetime, until: datetime) -> Mapping[date, int]:
    """Return the mass released on each Shanghai day between two instants, of batches the actor may see."""
    ends = [since]
    while ends[-1] < until:
        ends.append(min(clock.day_start(clock.local_day(ends[-1]) + timedelta(days=1)), until))
    spans = list(pairwise(ends))
    sums = [
        func.sum(Batch.grams).filter(Batch.released_at >= start, Batch.released_at < end)
        for start, end in spans
    ]
    asked = select(*sums).where(visible(actor), Batch.released_at >= since, Batch.released_at < until)
    found = session.execute(asked).one()
    days = {clock.local_day(start): int(grams or 0) for (start, _), grams in zip(spans, found, strict=True)}
    return {day: grams for day, grams in days.items() if grams}


def _with_papers(session: Session, rows: Sequence[SellableBatch], day: date) -> list[SellableBatch]:
    families = certificates.families(session, {row.trade_item_id for row in rows})
    papers = certificates.valid_kinds(session, {row.batch_id for row in rows}, day)
    return [
        row
        for row in rows
        if not missing_papers(families.get(row.trade_item_id, ""), papers.get(row.batch_id, frozenset()))
    ]


def _one(
    session: Session, actor: Actor, which: ColumnElement[bool], seen: ColumnElement[bool], name: object
) -> BatchRow:
    found = session.execute(_batches().where(which, seen)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no batch %(number)s."), number=name)
    return _for(actor, BatchRow(*found))


def _for(actor: Actor, row: BatchRow) -> BatchRow:
    """Keep the member household's name and the supplier's from everybody but the co-operative."""
    if actor.sees_all or actor.party_id == row.producer_id:
        return row
    return replace(row, member_name=masked(row.member_name), supplier="")


def _conditions(wanted: BatchFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(Batch.state == wanted.state)
    if wanted.held is not None:
        found.append(Batch.is_held.is_(wanted.held))
    if wanted.sku:
        found.append(TradeItem.sku == wanted.sku)
    if wanted.producer:
        found.append(Party.code == wanted.producer)
    if wanted.harvested_from is not None:
        found.append(Batch.harvested_on >= wanted.harvested_from)
    if wanted.harvested_to is not None:
        found.append(Batch.harvested_on <= wanted.harvested_to)
    if wanted.q:
        found.append(Batch.id.in_(_named(wanted.q)))
    return found


def _named(q: str) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the batches with a text in a number or name, each found by what is searched fastest."""

    def holds(*columns: SQLColumnExpression[Any]) -> ColumnElement[bool]:
        return or_(*(column.contains(q, autoescape=True) for column in columns))

    items = select(TradeItem.id).where(holds(TradeItem.name_zh, TradeItem.name_en))
    sites = select(Site.id).where(holds(Site.name))
    return union(
        select(Batch.id).where(holds(Batch.number)),
        select(Batch.id).where(holds(Batch.producer_reference)),
        select(Batch.id).where(Batch.trade_item_id.in_(items)),
        select(Batch.id).where(Batch.site_id.in_(sites)),
    )


def _batches() -> Rows:
    return (
        select(
            Batch.id,
            Batch.number,
            Batch.gtin,
            TradeItem.sku,
            TradeItem.name_zh,
            TradeItem.name_en,
            TradeItem.grade,
            TradeItem.unit,
            TradeItem.net_grams,
            Batch.trade_item_id,
            Batch.producer_id,
            Party.code,
            Party.short_name,
            Site.code,
            Site.name,
            Batch.producer_reference,
            Batch.member_name,
            Batch.plot,
            Batch.origin,
            Batch.supplier,
            Batch.harvest_began_on,
            Batch.harvested_on,
            Batch.best_before_on,
            Batch.boxes,
            Batch.grams,
            Batch.state,
            Batch.is_held,
            Batch.registered_at,
            Batch.registered_by,
            Batch.released_at,
            Batch.version,
        )
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .join(Party, Party.id == Batch.producer_id)
        .join(Site, Site.id == Batch.site_id)
    )
