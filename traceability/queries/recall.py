"""Reading recalls: the own ones whole, others' as far as they concern own places; drills are private."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session

from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.base import parts
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.recall import Recall, RecallBatch, RecallPlace
from traceability.rules.ledger import Bucket
from traceability.rules.recall import Account, RecallState


@dataclass(frozen=True, slots=True)
class RecallRow:
    """A recall with its balance, as far as the reader may see its places; masses in grams."""

    id: int
    number: str
    party_id: int
    producer: str
    reason: str
    start_kind: str
    start: str
    is_drill: bool
    state: RecallState
    opened_at: datetime
    opened_by: str
    found_ms: int
    closed_at: datetime | None
    closed_by: str | None
    closing_note: str
    places: int
    acknowledged: int
    last_acknowledged_at: datetime | None
    found_grams: int
    held_grams: int
    returned_grams: int
    destroyed_grams: int
    sold_grams: int

    @property
    def account(self) -> Account:
        """Return the balance over all places."""
        return Account(
            self.found_grams, self.held_grams, self.returned_grams, self.destroyed_grams, self.sold_grams
        )

    @property
    def unaccounted_grams(self) -> int:
        """Return what nobody has said anything of."""
        return self.account.unaccounted

    @property
    def took(self) -> timedelta | None:
        """Return how long it was open; None while it is."""
        return self.closed_at - self.opened_at if self.closed_at else None


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Goods of a called-back batch at one place, and what is said to have become of them; grams."""

    id: int
    recall: str
    batch: str
    item_name_zh: str
    item_name_en: str
    site: str
    site_name: str
    party_id: int
    party: str
    bucket: Bucket
    found_grams: int
    found_boxes: int
    held_grams: int
    returned_grams: int
    destroyed_grams: int
    sold_grams: int
    note: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None

    @property
    def item_name(self) -> str:
        """Return what it is, in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh

    @property
    def unaccounted_grams(self) -> int:
        """Return what nobody has said anything of."""
        told = self.held_grams + self.returned_grams + self.destroyed_grams + self.sold_grams
        return self.found_grams - told


@dataclass(frozen=True, slots=True)
class LotRow:
    """A called-back batch with its balance: made into others, gone before, found at places; grams."""

    batch: str
    item_name_zh: str
    item_name_en: str
    grams: int
    stem_grams: int
    made_grams: int
    gone_grams: int

    @property
    def item_name(self) -> str:
        """Return what it is, in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh

    @property
    def found_grams(self) -> int:
        """Return what was at places when the recall was opened."""
        return self.grams - self.made_grams - self.gone_grams


@dataclass(frozen=True, slots=True)
class RecallFilter(PageRequest):
    """Which recalls: under way or closed, drills or not, with a text in number, reason or start."""

    q: str = ""
    state: RecallState | None = None
    is_drill: bool | None = None


@dataclass(frozen=True, slots=True)
class Concerned:
    """A recall as the page behind a code tells it."""

    number: str
    reason: str
    opened_at: datetime


def page(session: Session, actor: Actor, wanted: RecallFilter) -> Page[RecallRow]:
    """Return the recalls that fit, newest first, in three statements: only places of those are added up."""
    found = paginate(
        session,
        _matching(actor, wanted),
        wanted,
        row=lambda *columns: columns,
        sorts={"opened_at": Recall.opened_at, "number": Recall.number},
        default="-opened_at",
        key=Recall.id,
    )
    return replace(found, rows=_with_sums(session, actor, found.rows))  # type: ignore[arg-type,return-value]  # rows of another kind


def every(session: Session, actor: Actor, wanted: RecallFilter) -> Iterator[RecallRow]:
    """Return all recalls that fit, oldest first; for files."""
    found = session.execute(_matching(actor, wanted).order_by(Recall.id)).all()
    for part in parts(found, 200):
        yield from _with_sums(session, actor, part)


def one(session: Session, actor: Actor, number: str) -> RecallRow:
    """Return a recall by its number; NotFound unless it is the own one or concerns an own place."""
    found = session.execute(_RECALLS.where(_seen(actor), Recall.number == number)).all()
    if not found:
        raise NotFound(N_("There is no recall %(number)s."), number=number)
    return _with_sums(session, actor, found)[0]


def places(session: Session, actor: Actor, number: str = "") -> list[PlaceRow]:
    """Return the places of a recall, or of all, that the actor may see: the producer's all, others' own."""
    wanted = _PLACES.where(_seen(actor), _place_seen(actor))
    if number:
        wanted = wanted.where(Recall.number == number)
    found = session.execute(wanted.order_by(RecallPlace.acknowledged_at.is_not(None), RecallPlace.id))
    return [PlaceRow(*row) for row in found]


def place(session: Session, actor: Actor, place_id: int) -> PlaceRow:
    """Return one place that the actor may see; NotFound otherwise."""
    wanted = _PLACES.where(_seen(actor), _place_seen(actor), RecallPlace.id == place_id)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such place in this recall."))
    return PlaceRow(*row)


def at(session: Session, actor: Actor, number: str, batch: str, site: str, bucket: Bucket) -> PlaceRow:
    """Return one place by what a list calls it; NotFound otherwise."""
    wanted = _PLACES.where(_seen(actor), _place_seen(actor), Recall.number == number)
    wanted = wanted.where(Batch.number == batch, Site.code == site, RecallPlace.bucket == bucket)
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such place in this recall."))
    return PlaceRow(*row)


def owned(session: Session, actor: Actor, number: str) -> RecallRow:
    """Return an own recall by its number; NotFound otherwise."""
    row = one(session, actor, number)
    if not (actor.sees_all or row.party_id == actor.party_id):
        raise NotFound(N_("There is no recall %(number)s."), number=number)
    return row


def lots(session: Session, recall_id: int) -> list[LotRow]:
    """Return the batches of a recall with the balance of each; the caller has checked that it is own."""
    found = session.execute(
        select(
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            RecallBatch.grams,
            RecallBatch.stem_grams,
            RecallBatch.made_grams,
            RecallBatch.gone_grams,
        )
        .join(Batch, Batch.id == RecallBatch.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .where(RecallBatch.recall_id == recall_id)
        .order_by(RecallBatch.batch_id)
    )
    return [LotRow(*row) for row in found]


def waiting(session: Session, actor: Actor) -> int:
    """Return at how many own places an open recall has not been heard."""
    mine = true() if actor.sees_all else RecallPlace.party_id == actor.party_id
    found = (
        select(func.count())
        .select_from(RecallPlace)
        .join(Recall, Recall.id == RecallPlace.recall_id)
        .where(mine, _LIVE, RecallPlace.acknowledged_at.is_(None))
    )
    return session.execute(found).scalar_one()


def of_batch(session: Session, batch_id: int) -> Concerned | None:
    """Return the newest open recall of a batch, which is nobody's secret; None when there is none."""
    row = session.execute(
        select(Recall.number, Recall.reason, Recall.opened_at)
        .join(RecallBatch, RecallBatch.recall_id == Recall.id)
        .where(RecallBatch.batch_id == batch_id, _LIVE)
        .order_by(Recall.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Concerned(*row)


_LIVE = and_(Recall.state == RecallState.OPEN, ~Recall.is_drill)


def _own(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.sees_all else Recall.party_id == actor.party_id


def _seen(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on Recall: the own ones, and those in earnest that concern an own place."""
    concerns = exists().where(RecallPlace.recall_id == Recall.id, RecallPlace.party_id == actor.party_id)
    return or_(_own(actor), and_(~Recall.is_drill, concerns.correlate(Recall)))


def _place_seen(actor: Actor) -> ColumnElement[bool]:
    return or_(_own(actor), RecallPlace.party_id == actor.party_id)


def _with_sums(session: Session, actor: Actor, found: Sequence[Sequence[Any]]) -> list[RecallRow]:
    """Return recalls with the sums of the places that the actor may see."""
    asked = (
        select(
            RecallPlace.recall_id,
            func.count(),
            func.count(RecallPlace.acknowledged_at),
            func.max(RecallPlace.acknowledged_at),
            *(func.sum(column) for column in _MASSES),
        )
        .join(Recall, Recall.id == RecallPlace.recall_id)
        .where(_place_seen(actor), RecallPlace.recall_id.in_([row[0] for row in found]))
        .group_by(RecallPlace.recall_id)
    )
    sums = {
        key: [places, heard, last, *masses] for key, places, heard, last, *masses in session.execute(asked)
    }
    nothing = [0, 0, None, *(0 for _ in _MASSES)]
    return [RecallRow(*row, *_plain(sums.get(row[0], nothing))) for row in found]


def _plain(sums: Sequence[Any]) -> list[Any]:
    """Return sums as whole numbers: PostgreSQL adds big ones up as decimals."""
    return [int(one) if isinstance(one, Decimal) else one for one in sums]


def _matching(actor: Actor, wanted: RecallFilter) -> Rows:
    conditions: list[ColumnElement[bool]] = [_seen(actor)]
    if wanted.state:
        conditions.append(Recall.state == wanted.state)
    if wanted.is_drill is not None:
        conditions.append(Recall.is_drill == wanted.is_drill)
    if wanted.q:
        columns = (Recall.number, Recall.reason, Recall.start)
        conditions.append(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return _RECALLS.where(*conditions)


_MASSES: Sequence[Any] = (
    RecallPlace.found_grams,
    RecallPlace.held_grams,
    RecallPlace.returned_grams,
    RecallPlace.destroyed_grams,
    RecallPlace.sold_grams,
)
_RECALLS: Rows = select(
    Recall.id,
    Recall.number,
    Recall.party_id,
    Party.short_name,
    Recall.reason,
    Recall.start_kind,
    Recall.start,
    Recall.is_drill,
    Recall.state,
    Recall.opened_at,
    Recall.opened_by,
    Recall.found_ms,
    Recall.closed_at,
    Recall.closed_by,
    Recall.closing_note,
).join(Party, Party.id == Recall.party_id)
_PLACES: Rows = (
    select(
        RecallPlace.id,
        Recall.number,
        Batch.number,
        TradeItem.name_zh,
        TradeItem.name_en,
        Site.code,
        Site.name,
        RecallPlace.party_id,
        Party.short_name,
        RecallPlace.bucket,
        RecallPlace.found_grams,
        RecallPlace.found_boxes,
        RecallPlace.held_grams,
        RecallPlace.returned_grams,
        RecallPlace.destroyed_grams,
        RecallPlace.sold_grams,
        RecallPlace.note,
        RecallPlace.acknowledged_at,
        RecallPlace.acknowledged_by,
    )
    .join(Recall, Recall.id == RecallPlace.recall_id)
    .join(Batch, Batch.id == RecallPlace.batch_id)
    .join(TradeItem, TradeItem.id == Batch.trade_item_id)
    .join(Site, Site.id == RecallPlace.site_id)
    .join(Party, Party.id == RecallPlace.party_id)
)
