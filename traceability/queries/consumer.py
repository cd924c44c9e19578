"""What a consumer reads of a batch or an item: no quantities, no other codes, nobody's full name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
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
from traceability.models.code import Code
from traceability.queries import journey
from traceability.queries import scan as scans
from traceability.queries.journey import PublicStep
from traceability.queries.scan import Looks
from traceability.rules import BatchState, CertificateKind, CodeState, Step, masked, subject_of


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was scanned; the subject of the slot `trace.chapters`."""

    batch_id: int
    gtin: str
    lot: str
    serial: str | None


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
    """A batch with its origin and producer, and the code through which somebody came."""

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
    code_id: int | None
    serial: str | None
    code_state: CodeState | None

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
class Reading:
    """Everything that one look shows, scans before this look included."""

    goods: Goods
    story: Story | None
    """None when only the kind of goods is known."""
    legs: Sequence[Leg]
    papers: Sequence[PaperLine]
    looks: Looks

    @property
    def scanned(self) -> Scanned | None:
        """Return what the chapters of other addons are about."""
        if self.story is None:
            return None
        return Scanned(self.story.batch_id, self.goods.gtin, self.story.lot, self.story.serial)


def read(session: Session, gtin: str, lot: str | None, serial: str | None) -> Reading | None:
    """Return what a look at a code shows, in at most five statements; None when the GTIN is not ours.

    Of an item whose serial was never given out nothing but the kind of goods is told.
    """
    found = find(session, gtin, lot, serial)
    if found is None:
        known = goods(session, gtin)
        return None if known is None else Reading(known, None, (), (), Looks(0, None))
    about, story = found
    if serial is not None and story.code_id is None:
        return Reading(about, None, (), (), Looks(0, None))
    return Reading(
        about,
        story,
        legs(session, story),
        papers(session, story.batch_id),
        scans.of_subject(session, subject_of(story.batch_id, story.code_id)),
    )


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


def find(session: Session, gtin: str, lot: str | None, serial: str | None) -> tuple[Goods, Story] | None:
    """Return what a code names, in one statement; None when there is no such batch or code.

    With a lot the batch decides, and a serial that is not of it leaves `code_id` None.
    """
    statement = _FIND.get((lot is not None, serial is not None))
    if statement is None:
        return None
    found = session.execute(statement, {"gtin": gtin, "lot": lot, "serial": serial}).one_or_none()
    if found is None:
        return None
    split = len(_GOODS)
    story = Story(*found[split:])
    return Goods(*found[:split]), replace(story, member_name=masked(story.member_name))


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


def _stories(*, lot: bool, serial: bool) -> Rows:
    named = and_(Code.gtin == bindparam("gtin"), Code.serial == bindparam("serial")) if serial else false()
    found: Rows = (
        select(
            *_GOODS,
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
            Code.id,
            Code.serial,
            Code.state,
        )
        .select_from(Batch)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .join(Party, Party.id == Batch.producer_id)
        .join(Site, Site.id == Batch.site_id)
        .join(Code, and_(Code.batch_id == Batch.id, named), isouter=lot)
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
