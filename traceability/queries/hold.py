"""Reading holds: the list, one with what it covers and where that is, why a batch or a unit stands still.

The own ones are seen whole; others' as far as goods of theirs came to own places.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.hold import Hold, HoldBatch
from traceability.models.ledger import Entry, EntryBatch, EntryThing, Holding
from traceability.rules.hold import Decision, Disposition, HoldKind, HoldScope, HoldState, Purpose
from traceability.rules.identifier import HOST
from traceability.rules.ledger import Bucket, Step, ThingRole


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold as its list, its page and its spreadsheet show it."""

    id: int
    number: str
    party_id: int
    producer: str
    producer_name: str
    scope: HoldScope
    kind: HoldKind
    reason: str
    batch: str | None
    sscc: str | None
    batches: int
    grams: int
    placed_at: datetime
    placed_by: str
    state: HoldState
    disposition: Disposition | None
    finding: str
    sku: str | None
    item_name_zh: str | None
    item_name_en: str | None
    buyer: str | None
    buyer_name: str | None
    diverted_to: str
    proposed_at: datetime | None
    proposed_by: str
    proposed_by_id: int | None
    decided_at: datetime | None
    decided_by: str
    lifted_at: datetime | None

    @property
    def what(self) -> str:
        """Return what it was placed on: a batch's number, or the SSCC of a box or pallet."""
        return self.batch or self.sscc or ""

    @property
    def item_name(self) -> str:
        """Return what it must be made into, in the reader's language; empty when nothing is said."""
        return (self.item_name_en if locale() == "en" else self.item_name_zh) or ""

    @property
    def resolution(self) -> str:
        """Return what was found, once the hold was lifted."""
        return self.finding if self.lifted_at else ""

    @property
    def lifted_by(self) -> str | None:
        """Return who signed, once the hold was lifted."""
        return self.decided_by if self.lifted_at else None


@dataclass(frozen=True, slots=True)
class CoveredRow:
    """A batch that a hold covers, at one of the places where it is; nowhere when nothing is left."""

    batch: str
    item_name_zh: str
    item_name_en: str
    site: str | None
    site_name: str | None
    party_id: int | None
    party_name: str | None
    bucket: Bucket | None
    grams: int
    boxes: int

    @property
    def item_name(self) -> str:
        """Return what it is, in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh


@dataclass(frozen=True, slots=True)
class ContentRow:
    """What a held box or pallet was packed with of one batch."""

    batch: str
    item_name_zh: str
    item_name_en: str
    grams: int
    boxes: int

    @property
    def item_name(self) -> str:
        """Return what it is, in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh


@dataclass(frozen=True, slots=True)
class HoldFilter(PageRequest):
    """Which holds: in a state, for a reason's kind, of a scope, on a batch; `q` in number, reason or SSCC."""

    q: str = ""
    state: HoldState | None = None
    kind: HoldKind | None = None
    scope: HoldScope | None = None
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a box or pallet stands still."""

    number: str
    party_id: int
    reason: str


def page(session: Session, actor: Actor, wanted: HoldFilter) -> Page[HoldRow]:
    """Return the holds that fit, those that wait for somebody first, newest first, with their kilograms."""
    return paginate(
        session,
        _matching(actor, wanted),
        wanted,
        row=HoldRow,
        sorts={"waits": _WAITS, "number": Hold.number, "placed_at": Hold.placed_at, "grams": Hold.grams},
        default="-waits",
        key=Hold.id,
        sums={"grams": Hold.grams},
    )


def every(session: Session, actor: Actor, wanted: HoldFilter) -> Iterator[HoldRow]:
    """Return all holds that fit, oldest first; for files."""
    found = _matching(actor, wanted).order_by(Hold.id).execution_options(yield_per=1000)
    return (HoldRow(*row) for row in session.execute(found))


def one(session: Session, actor: Actor, number: str) -> HoldRow:
    """Return a hold by its number; NotFound unless it is the own one or concerns an own place."""
    return _one(session, _seen(actor), Hold.number == number)


def mine(session: Session, actor: Actor, number: str) -> HoldRow:
    """Return an own hold by its number; NotFound otherwise."""
    return _one(session, _own(actor), Hold.number == number)


def by_id(session: Session, actor: Actor, hold_id: int) -> HoldRow:
    """Return an own hold by its id; NotFound otherwise."""
    return _one(session, _own(actor), Hold.id == hold_id)


def of_batch(session: Session, batch_id: int) -> Sequence[HoldRow]:
    """Return the holds that cover or covered a batch, newest first; the caller has checked who asks."""
    covering = select(HoldBatch.hold_id).where(HoldBatch.batch_id == batch_id)
    found = session.execute(_rows().where(Hold.id.in_(covering)).order_by(Hold.id.desc()))
    return [HoldRow(*row) for row in found]


def of_units(session: Session, ssccs: Collection[str]) -> Mapping[str, Stopped]:
    """Return which of some boxes and pallets are on hold, each with its first hold, in one statement."""
    asked = select(Hold.sscc, Hold.number, Hold.party_id, Hold.reason)
    asked = asked.where(Hold.sscc.in_(ssccs), Hold.lifted_at.is_(None)).order_by(Hold.id.desc())
    return {
        sscc: Stopped(number, party_id, reason)
        for sscc, number, party_id, reason in session.execute(asked)
        if sscc
    }


def of_batches(session: Session, wanted: Collection[tuple[int, int]]) -> Mapping[tuple[int, int], str]:
    """Return why batches are kept from buyers, by (batch, buyer), the first reason of each; one statement."""
    asked = (
        select(HoldBatch.batch_id, Hold.reason, Hold.state, Hold.disposition, Hold.buyer_id, Hold.item_id)
        .join(Hold, Hold.id == HoldBatch.hold_id)
        .where(HoldBatch.batch_id.in_({batch_id for batch_id, _ in wanted}), Hold.lifted_at.is_(None))
        .order_by(Hold.id.desc())
    )
    found: dict[tuple[int, int], str] = {}
    for batch_id, reason, state, disposition, buyer_id, item_id in session.execute(asked):
        decision = Decision(state, disposition, buyer_id, item_id)
        for pair in wanted:
            if pair[0] == batch_id and not decision.permits(Purpose(pair[1])):
                found[pair] = reason
    return found


def covered(session: Session, actor: Actor, hold_id: int) -> list[CoveredRow]:
    """Return what a hold covers and where it is: the producer's all, to others what is at own places."""
    owner = aliased(Party)
    found: Rows = (
        select(
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            Site.code,
            Site.name,
            Site.party_id,
            owner.short_name,
            Holding.bucket,
            func.coalesce(Holding.grams, 0),
            func.coalesce(Holding.boxes, 0),
        )
        .join(HoldBatch, HoldBatch.batch_id == Batch.id)
        .join(Hold, Hold.id == HoldBatch.hold_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .outerjoin(Holding, and_(Holding.batch_id == Batch.id, (Holding.grams > 0) | (Holding.boxes > 0)))
        .outerjoin(Site, Site.id == Holding.site_id)
        .outerjoin(owner, owner.id == Site.party_id)
        .where(HoldBatch.hold_id == hold_id, or_(_own(actor), Site.party_id == actor.party_id))
        .order_by(Batch.id, Holding.id)
    )
    return [CoveredRow(*row) for row in session.execute(found)]


def contents(session: Session, sscc: str) -> list[ContentRow]:
    """Return what was packed into a unit when it was packed last; the caller has checked who asks."""
    wrong = aliased(Entry)
    packed = (
        select(Entry.id)
        .join(EntryThing, EntryThing.entry_id == Entry.id)
        .where(EntryThing.name == f"{HOST}/00/{sscc}", EntryThing.role == ThingRole.PARENT)
        .where(Entry.step == Step.PACK, Entry.declares_id.is_(None))
        .where(~exists().where(wrong.declares_id == Entry.id))
        .order_by(Entry.id.desc())
        .limit(1)
    )
    found = session.execute(
        select(Batch.number, TradeItem.name_zh, TradeItem.name_en, EntryBatch.grams, EntryBatch.boxes)
        .join(Batch, Batch.id == EntryBatch.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .where(EntryBatch.entry_id == packed.scalar_subquery())
        .order_by(EntryBatch.id)
    )
    return [ContentRow(*row) for row in found]


def waiting(session: Session, actor: Actor) -> int:
    """Return how many proposals wait for the actor's signature: own goods, proposed by somebody else."""
    by_another = Hold.proposed_by_id.is_distinct_from(actor.user_id)
    found = select(func.count()).select_from(Hold).where(_own(actor), Hold.state == HoldState.PROPOSED)
    return session.execute(found.where(by_another)).scalar_one()


def to_destroy(session: Session, actor: Actor) -> int:
    """Return how many decisions to destroy others' goods wait to be carried out at own places."""
    if actor.party_id is None:
        return 0
    decided = (Hold.state == HoldState.DECIDED, Hold.disposition == Disposition.DESTROY)
    found = select(func.count()).select_from(Hold)
    found = found.where(*decided, _at_own_places(actor, Holding.grams > 0))
    return session.execute(found).scalar_one()


def _one(session: Session, *which: ColumnElement[bool]) -> HoldRow:
    row = session.execute(_rows().where(*which)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such hold."))
    return HoldRow(*row)


def _own(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.sees_all else Hold.party_id == actor.party_id


def _seen(actor: Actor) -> ColumnElement[bool]:
    return or_(_own(actor), _at_own_places(actor))


def _at_own_places(actor: Actor, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition on Hold: goods that it covers came or are coming to own places."""
    reached = exists().where(
        HoldBatch.hold_id == Hold.id,
        Holding.batch_id == HoldBatch.batch_id,
        Site.id == Holding.site_id,
        Site.party_id == actor.party_id,
        *more,
    )
    return reached.correlate(Hold)


def _matching(actor: Actor, wanted: HoldFilter) -> Rows:
    conditions: list[ColumnElement[bool]] = [_seen(actor)]
    if wanted.state:
        conditions.append(Hold.state == wanted.state)
    if wanted.kind:
        conditions.append(Hold.kind == wanted.kind)
    if wanted.scope:
        conditions.append(Hold.scope == wanted.scope)
    if wanted.batch:
        covering = select(HoldBatch.hold_id).join(Batch, Batch.id == HoldBatch.batch_id)
        conditions.append(Hold.id.in_(covering.where(Batch.number == wanted.batch)))
    if wanted.q:
        columns = (Hold.number, Hold.reason, Hold.sscc, _STARTED.number)
        conditions.append(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return _rows().where(*conditions)


_STARTED = aliased(Batch)
_WAITS = case((Hold.state == HoldState.PROPOSED, 2), (Hold.state != HoldState.SETTLED, 1), else_=0)


def _rows() -> Rows:
    buyer = aliased(Party)
    batches = select(func.count()).where(HoldBatch.hold_id == Hold.id).correlate(Hold).scalar_subquery()
    found: Rows = (
        select(
            Hold.id,
            Hold.number,
            Hold.party_id,
            Party.code,
            Party.short_name,
            Hold.scope,
            Hold.kind,
            Hold.reason,
            _STARTED.number,
            Hold.sscc,
            batches,
            Hold.grams,
            Hold.placed_at,
            Hold.placed_by,
            Hold.state,
            Hold.disposition,
            Hold.finding,
            TradeItem.sku,
            TradeItem.name_zh,
            TradeItem.name_en,
            buyer.code,
            buyer.short_name,
            Hold.diverted_to,
            Hold.proposed_at,
            Hold.proposed_by,
            Hold.proposed_by_id,
            Hold.decided_at,
            Hold.decided_by,
            Hold.lifted_at,
        )
        .join(Party, Party.id == Hold.party_id)
        .outerjoin(_STARTED, _STARTED.id == Hold.batch_id)
        .outerjoin(TradeItem, TradeItem.id == Hold.item_id)
        .outerjoin(buyer, buyer.id == Hold.buyer_id)
    )
    return found


def blocks(buyer_id: int | None) -> ColumnElement[bool]:
    """Return the condition on Batch: a hold covers it that lets this buyer not have it either."""
    is_for_buyer = and_(
        Hold.disposition == Disposition.DIVERT,
        Hold.state.in_((HoldState.DECIDED, HoldState.SETTLED)),
        Hold.buyer_id == buyer_id,
    )
    covering = exists().where(
        HoldBatch.batch_id == Batch.id, Hold.id == HoldBatch.hold_id, Hold.lifted_at.is_(None)
    )
    return covering.where(~is_for_buyer).correlate(Batch)
