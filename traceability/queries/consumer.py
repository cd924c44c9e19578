"""What a consumer reads of a batch or an item: no quantities, no other codes, nobody's full name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    Date,
    String,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from catalog.models.product import ItemProduct, Product
from catalog.rules import Family
from supplychain.base.models.party import Division, Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import ItemUnit
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.db.types import Instant
from supplychain.kernel.permissions import NOBODY
from traceability.models.batch import Batch, Certificate, Cover
from traceability.models.inspection import Inspection
from traceability.queries import genealogy, journey
from traceability.queries.genealogy import OriginShare
from traceability.queries.journey import PublicStep
from traceability.rules.batch import masked
from traceability.rules.certificate import CERTIFICATE_KINDS, CertificateKind
from traceability.rules.inspection import INSPECTION_KINDS, InspectionKind, InspectionResult
from traceability.rules.ledger import Step


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
    harvested_on: date
    best_before_on: date
    member_name: str
    """Masked."""
    producer_name: str
    uscc: str | None
    address: str
    contact_phone: str
    site_name: str
    altitude_m: int | None
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
class OriginPart:
    """So much of a batch, in 1/10 000, that grew at one place."""

    place: str
    grower: str
    """Masked; empty where several brought it, or nobody is named."""
    share_bp: int


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper that counts or counted, or a test that was passed, as the public reads it."""

    title: str
    """What it is (msgid)."""
    number: str
    """Of a test: its report's, or its own where there is no report."""
    issuer: str
    issued_on: date
    valid_until: date | None
    is_test: bool = False


def of_batch(session: Session, batch_id: int) -> tuple[Goods, Story]:
    """Return what a batch is and where it comes from, for somebody who found it."""
    parts = iter(session.execute(_STORIES, {"batch_id": batch_id}).one())
    about, story = Goods(*islice(parts, len(_GOODS))), Story(*parts)
    return about, replace(story, member_name=masked(story.member_name))


def goods(session: Session, gtin: str) -> Goods:
    """Return what a GTIN names that was found."""
    return Goods(*session.execute(_ITEM, {"gtin": gtin}).one())


def known(session: Session, gtin: str) -> Goods | None:
    """Return what a GTIN names; None when it is not ours."""
    row = session.execute(_ITEM, {"gtin": gtin}).one_or_none()
    return None if row is None else Goods(*row)


def legs(session: Session, batch_id: int) -> list[Leg]:
    """Return the way of a batch: each kind of step once, at its first time.

    Where a batch went to several buyers their names are nobody's business: the counties stand instead.
    """
    steps = journey.public(session, batch_id)
    found = []
    for kind in (Step.HARVEST, Step.PROCESS, Step.RELEASE, Step.PACK, Step.SHIP, Step.RECEIVE):
        same = [step for step in steps if step.step is kind]
        if same:
            found.append(Leg(kind, same[0].at, _place(same)))
    return found


def _place(steps: Sequence[PublicStep]) -> str:
    if len({step.site_id for step in steps}) == 1:
        return steps[0].site_name
    return "、".join(journey.counties(steps)) or steps[0].site_name


def origins(session: Session, batch_id: int) -> list[OriginPart]:
    """Return where the goods of a batch grew, the largest share first; empty when all of it is one place."""
    parts: dict[str, list[OriginShare]] = {}
    found = genealogy.origins(session, NOBODY, batch_id)
    is_one_base = len({origin.node.site_name for origin in found}) == 1
    for origin in found:
        base, plot = origin.node.site_name, origin.node.plot
        parts.setdefault(plot if is_one_base and plot else f"{base} {plot}".strip(), []).append(origin)
    if len(parts) < 2:
        return []
    shares = [
        OriginPart(place, _grower(same), sum(one.share_bp for one in same)) for place, same in parts.items()
    ]
    return sorted(shares, key=lambda part: -part.share_bp)


def _grower(same: Sequence[OriginShare]) -> str:
    names = {one.node.member_name for one in same}
    return names.pop() if len(names) == 1 else ""


def papers(session: Session, batch_id: int) -> list[PaperLine]:
    """Return the papers of a batch that were not revoked by kind, then the tests that it passed.

    Nothing is told of passed tests while another one stands that it failed.
    """
    return [_paper(*row) for row in session.execute(_PAPERS, {"batch_id": batch_id})]


def _paper(
    is_test: int,
    kind: str,
    number: str,
    issuer: str,
    issued_on: date | None,
    valid_until: date | None,
    known_at: datetime | None,
) -> PaperLine:
    if is_test and known_at is not None:
        title = INSPECTION_KINDS[InspectionKind(kind)]
        return PaperLine(title, number, issuer, local_day(known_at), None, is_test=True)
    assert issued_on is not None  # noqa: S101 - every certificate has its day
    return PaperLine(CERTIFICATE_KINDS[CertificateKind(kind)], number, issuer, issued_on, valid_until)


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
    Batch.harvested_on,
    Batch.best_before_on,
    Batch.member_name,
    Party.name,
    Party.uscc,
    Party.address,
    Party.contact_phone,
    Site.name,
    Site.altitude_m,
    *(division.name for division in _DIVISIONS.values()),
)


def _stories() -> Rows:
    found: Rows = (
        select(*_GOODS, *_STORY)
        .select_from(Batch)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .join(Party, Party.id == Batch.producer_id)
        .join(Site, Site.id == Batch.site_id)
        .outerjoin(ItemProduct, ItemProduct.trade_item_id == TradeItem.id)
        .outerjoin(Product, Product.id == ItemProduct.product_id)
        .where(Batch.id == bindparam("batch_id"))
    )
    for digits, division in _DIVISIONS.items():
        found = found.outerjoin(division, division.code == func.substr(Site.division_code, 1, digits))
    return found


_STORIES = _stories()

_ITEM: Rows = (
    select(*_GOODS)
    .join(Party, Party.id == TradeItem.brand_party_id)
    .outerjoin(ItemProduct, ItemProduct.trade_item_id == TradeItem.id)
    .outerjoin(Product, Product.id == ItemProduct.product_id)
    .where(TradeItem.gtin == bindparam("gtin"))
)

_RETEST = aliased(Inspection)
_FAILED = aliased(Inspection)
_STANDS_FAILED = exists(
    select(_FAILED.id)
    .outerjoin(_RETEST, _RETEST.first_id == _FAILED.id)
    .where(
        _FAILED.batch_id == bindparam("batch_id"),
        _FAILED.result == InspectionResult.FAIL,
        _FAILED.voided_at.is_(None),
        or_(_RETEST.id.is_(None), _RETEST.result != InspectionResult.PASS),
    )
)

_TESTS = select(
    literal(1),
    cast(Inspection.kind, String),
    case((Inspection.report_number != "", Inspection.report_number), else_=Inspection.number),
    Inspection.laboratory,
    cast(null(), Date),
    cast(null(), Date),
    Inspection.known_at,
).where(
    Inspection.batch_id == bindparam("batch_id"),
    Inspection.result == InspectionResult.PASS,
    Inspection.voided_at.is_(None),
    ~_STANDS_FAILED,
)

_CERTIFICATES = select(
    literal(0).label("is_test"),
    cast(Certificate.kind, String).label("kind"),
    Certificate.number,
    Certificate.issuer,
    Certificate.issued_on.label("issued_on"),
    Certificate.valid_until,
    cast(null(), Instant()).label("known_at"),
).where(
    or_(
        Certificate.batch_id == bindparam("batch_id"),
        Certificate.id.in_(select(Cover.certificate_id).where(Cover.batch_id == bindparam("batch_id"))),
    ),
    Certificate.revoked_at.is_(None),
)

_PAPERS = union_all(_CERTIFICATES, _TESTS).order_by(
    "is_test", "kind", column("issued_on").desc(), column("known_at").desc()
)
"""One statement for both, because a look must stay cheap."""
