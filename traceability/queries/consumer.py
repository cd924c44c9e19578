"""What a consumer reads of a batch or an item: no quantities, no other codes, nobody's full name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import and_, bindparam, false, func, select
from sqlalchemy.orm import Session, aliased

from catalog.models.product import ItemProduct, Product
from catalog.rules import Family
from supplychain.base.models.party import Division, Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import ItemUnit
from supplychain.kernel.db.paging import Rows
from traceability.models.batch import Batch, Certificate
from traceability.models.code import Code, ScanTotal, subject_expression
from traceability.models.ledger import EntryBatch
from traceability.queries import journey
from traceability.queries.journey import PublicStep
from traceability.queries.scan import UNSEEN, Looks
from traceability.rules import BatchState, CertificateKind, CodeState, Step, masked


@dataclass(frozen=True, slots=True)
class Scanned:
    """The batch that was scanned; the subject of the slot `trace.chapters`."""

    batch_id: int
    gtin: str
    lot: str


@dataclass(frozen=True, slots=True)
class Goods:
    """What is sold, in words for a consumer."""

    gtin: str
    name_zh: str
    name_en: str
    grade: str
    grade_standard: str
    unit: ItemUnit
    net_grams: int
    is_catch_weight: bool
    family: Family | None
    variety: str
    geographical_indication: str
    story_zh: str
    story_en: str
    brand_name: str
    contact_phone: str


@dataclass(frozen=True, slots=True)
class Story:
    """A batch with its origin and producer."""

    batch_id: int
    lot: str
    state: BatchState
    is_held: bool
    harvested_on: date
    best_before_on: date
    member_name: str
    """Masked."""
    producer_name: str
    uscc: str | None
    address: str
    contact_phone: str
    site_id: int
    site_name: str
    altitude_m: int | None
    latitude_e6: int | None
    longitude_e6: int | None
    province: str | None
    city: str | None
    county: str | None
    town: str | None

    @property
    def origin(self) -> str:
        """Return where it comes from, as 福建省三明市大田县屏山乡."""
        names = (self.province, self.city, self.county, self.town)
        return "".join(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True)
class Leg:
    """One station of the way as the public reads it: what, when, where; never how much or to whom else."""

    step: Step
    at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper that counts or counted, as the public reads it."""

    kind: CertificateKind
    number: str
    issuer: str
    issued_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class ItemCode:
    """The code on one item, through which somebody came."""

    id: int
    serial: str
    state: CodeState


@dataclass(frozen=True, slots=True)
class Stamp:
    """Changes when the batch's ledger or papers do."""

    last_entry_id: int | None
    papers: int
    last_paper_id: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a code names, and how often consumers looked before."""

    goods: Goods
    story: Story | None = None
    """None when only the kind of goods is known."""
    stamp: Stamp | None = None
    code: ItemCode | None = None
    """None for the code of a whole batch."""
    looks: Looks = UNSEEN

    @property
    def scanned(self) -> Scanned | None:
        """Return what the chapters of other addons are about."""
        if self.story is None:
            return None
        return Scanned(self.story.batch_id, self.goods.gtin, self.story.lot)


def find(session: Session, gtin: str, lot: str | None, serial: str | None) -> Found | None:
    """Return what a code names, in one statement if it is ours; None when the GTIN is not.

    With a lot the batch decides. Of an item whose serial was never given out, or not for this batch,
    nothing but the kind of goods is told.
    """
    found = _find(session, gtin, lot, serial)
    if found is not None and (serial is None or found.code is not None):
        return found
    about = found.goods if found else goods(session, gtin)
    return None if about is None else Found(about)


def of_batch(session: Session, gtin: str, lot: str) -> tuple[Goods, Story] | None:
    """Return what the code of a batch names; None when there is no such batch."""
    found = _find(session, gtin, lot, None)
    return None if found is None or found.story is None else (found.goods, found.story)


def legs(session: Session, story: Story) -> list[Leg]:
    """Return the way of a batch: each kind of step once, at its first time.

    Where a batch went to several buyers their names are nobody's business: the counties stand instead.
    """
    steps = journey.public(session, story.batch_id)
    found = []
    for kind in (Step.HARVEST, Step.RELEASE, Step.PACK, Step.SHIP, Step.RECEIVE):
        same = [step for step in steps if step.step is kind]
        if same:
            found.append(Leg(kind, same[0].at, _place(same)))
    return found


def _place(steps: Sequence[PublicStep]) -> str:
    if len({step.site_id for step in steps}) == 1:
        return steps[0].site_name
    return "、".join(journey.counties(steps)) or steps[0].site_name


def papers(session: Session, batch_id: int) -> list[PaperLine]:
    """Return the papers of a batch that were not revoked, by kind."""
    return [PaperLine(*row) for row in session.execute(_PAPERS, {"batch_id": batch_id})]


def _find(session: Session, gtin: str, lot: str | None, serial: str | None) -> Found | None:
    statement = _FIND.get((lot is not None, serial is not None))
    if statement is None:
        return None
    named = {"gtin": gtin, "lot": lot, "serial": serial}
    row = session.connection().execute(statement, named).one_or_none()
    if row is None:
        return None
    parts = iter(row)
    about = Goods(*islice(parts, len(_GOODS)))
    story = Story(*islice(parts, len(_STORY)))
    stamp = Stamp(*islice(parts, len(_STAMP)))
    looks = Looks(*islice(parts, len(_LOOKS)))
    code_id, *rest = parts
    code = None if code_id is None else ItemCode(code_id, *rest)
    return Found(about, replace(story, member_name=masked(story.member_name)), stamp, code, looks)


def goods(session: Session, gtin: str) -> Goods | None:
    """Return what a GTIN names; None when we know no such item."""
    found = session.execute(_ITEM, {"gtin": gtin}).one_or_none()
    return None if found is None else Goods(*found)


_GOODS: tuple[Any, ...] = (
    TradeItem.gtin,
    TradeItem.name_zh,
    TradeItem.name_en,
    TradeItem.grade,
    TradeItem.grade_standard,
    TradeItem.unit,
    TradeItem.net_grams,
    TradeItem.is_catch_weight,
    Product.family,
    Product.variety,
    Product.geographical_indication,
    Product.story_zh,
    Product.story_en,
    Party.short_name,
    Party.contact_phone,
)


_DIVISIONS = {digits: aliased(Division) for digits in (2, 4, 6, 9)}
"""Province, city, county and town of a place, by the digits of their codes."""


_STORY: tuple[Any, ...] = (
    Batch.id,
    Batch.number,
    Batch.state,
    Batch.is_held,
    Batch.harvested_on,
    Batch.best_before_on,
    Batch.member_name,
    Party.name,
    Party.uscc,
    Party.address,
    Party.contact_phone,
    Site.id,
    Site.name,
    Site.altitude_m,
    Site.latitude_e6,
    Site.longitude_e6,
    *(division.name for division in _DIVISIONS.values()),
)

_VALID = and_(Certificate.batch_id == Batch.id, Certificate.revoked_at.is_(None))

_STAMP: tuple[Any, ...] = tuple(
    figure.correlate(Batch).scalar_subquery()
    for figure in (
        select(func.max(EntryBatch.entry_id)).where(EntryBatch.batch_id == Batch.id),
        select(func.count()).select_from(Certificate).where(_VALID),
        select(func.max(Certificate.id)).where(_VALID),
    )
)

_LOOKS: tuple[Any, ...] = (func.coalesce(ScanTotal.visitors, 0), ScanTotal.first_at)


def _stories(*, lot: bool, serial: bool) -> Rows:
    named = and_(Code.gtin == bindparam("gtin"), Code.serial == bindparam("serial")) if serial else false()
    found: Rows = (
        select(
            *_GOODS,
            *_STORY,
            *_STAMP,
            *_LOOKS,
            Code.id,
            Code.serial,
            Code.state,
        )
        .select_from(Batch)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .join(Party, Party.id == Batch.producer_id)
        .join(Site, Site.id == Batch.site_id)
        .join(Code, and_(Code.batch_id == Batch.id, named), isouter=lot)
        .outerjoin(ScanTotal, ScanTotal.subject == subject_expression(Batch.id, Code.id))
        .outerjoin(ItemProduct, ItemProduct.trade_item_id == TradeItem.id)
        .outerjoin(Product, Product.id == ItemProduct.product_id)
        .where(Batch.gtin == bindparam("gtin"))
    )
    for digits, division in _DIVISIONS.items():
        found = found.outerjoin(division, division.code == func.substr(Site.division_code, 1, digits))
    return found.where(Batch.number == bindparam("lot")) if lot else found


_FIND: dict[tuple[bool, bool], Rows] = {
    (True, False): _stories(lot=True, serial=False),
    (True, True): _stories(lot=True, serial=True),
    (False, True): _stories(lot=False, serial=True),
}
"""By (lot is known, serial is known). Made once: making a statement costs more than running it."""

_ITEM: Rows = (
    select(*_GOODS)
    .join(Party, Party.id == TradeItem.brand_party_id)
    .outerjoin(ItemProduct, ItemProduct.trade_item_id == TradeItem.id)
    .outerjoin(Product, Product.id == ItemProduct.product_id)
    .where(TradeItem.gtin == bindparam("gtin"))
)

_PAPERS: Rows = (
    select(
        Certificate.kind,
        Certificate.number,
        Certificate.issuer,
        Certificate.issued_on,
        Certificate.valid_until,
    )
    .where(Certificate.batch_id == bindparam("batch_id"), Certificate.revoked_at.is_(None))
    .order_by(Certificate.kind, Certificate.issued_on.desc())
)
