"""Reading farm records, the references behind their gates, and what stands against a harvest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, or_, select, true, union
from sqlalchemy.orm import Session, aliased

from catalog.models.product import ItemProduct, Product
from supplychain.base.models.party import Party, Site
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.farm import FarmBan, FarmInput, FarmRecord, FarmRule
from traceability.queries.visibility import own
from traceability.rules import farm as rules
from traceability.rules.farm import Ban, Crop, DoseUnit, Finding, InputKind, Rule, Use

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A use as it is shown and exported."""

    id: int
    party_id: int
    producer_name: str
    site: str
    site_name: str
    product: str
    product_zh: str
    product_en: str
    input: str
    input_zh: str
    input_en: str
    kind: InputKind
    plot: str
    member_name: str
    dose_milli: int
    dose_unit: DoseUnit
    area_mu_e2: int
    target: str
    applied_on: date
    stopped_on: date | None
    season: str
    operator_name: str
    recorded_at: datetime
    recorded_by: str
    voided_at: datetime | None
    voided_by: str | None
    void_reason: str

    @property
    def input_name(self) -> str:
        """Return what was used in the reader's language."""
        return self.input_en if locale() == "en" else self.input_zh

    @property
    def product_name(self) -> str:
        """Return the crop or animal in the reader's language."""
        return self.product_en if locale() == "en" else self.product_zh


@dataclass(frozen=True, slots=True)
class RecordFilter(PageRequest):
    """Which records: of a base, a crop, a kind; with the void ones or without."""

    q: str = ""
    site: str = ""
    product: str = ""
    kind: InputKind | None = None
    voided: bool | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """What was harvested or slaughtered where, and from which day to which."""

    site_id: int
    trade_item_id: int
    plot: str
    member_name: str
    began_on: date
    ended_on: date


@dataclass(frozen=True, slots=True)
class Counted:
    """A record that counts for a batch, with the first day that it allows."""

    row: RecordRow
    interval_days: int
    first_allowed_on: date


def page(session: Session, actor: Actor, wanted: RecordFilter) -> Page[RecordRow]:
    """Return the own records that fit, newest first."""
    return paginate(
        session,
        _matching(actor, wanted),
        wanted,
        row=RecordRow,
        sorts={"applied_on": FarmRecord.applied_on, "site": Site.code, "input": FarmInput.code},
        default="-applied_on",
        key=FarmRecord.id,
    )


def every(session: Session, actor: Actor, wanted: RecordFilter) -> Iterator[RecordRow]:
    """Return all own records that fit and were not voided; for files."""
    found = _matching(actor, wanted).where(FarmRecord.voided_at.is_(None)).order_by(FarmRecord.id)
    return (RecordRow(*row) for row in session.execute(found))


def one(session: Session, actor: Actor, record_id: int) -> RecordRow:
    """Return an own record; NotFound for somebody else's."""
    found = session.execute(_records().where(FarmRecord.id == record_id, _own(actor))).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such farm record."))
    return RecordRow(*found)


def last(session: Session, actor: Actor) -> RecordRow | None:
    """Return what was recorded last for the actor's party."""
    mine = _records().where(FarmRecord.party_id == actor.party_id).order_by(FarmRecord.id.desc()).limit(1)
    found = session.execute(mine).one_or_none()
    return None if found is None else RecordRow(*found)


def picked(batch: Batch) -> Picked:
    """Return what a batch picked."""
    began_on = batch.harvest_began_on or batch.harvested_on
    return Picked(
        batch.site_id, batch.trade_item_id, batch.plot, batch.member_name, began_on, batch.harvested_on
    )


def findings(session: Session, asked: Mapping[K, Picked]) -> dict[K, list[Finding]]:
    """Return under each key what stands against that harvest, nothing when it is in order.

    The records that count are those of the same base and the same crop (by product, or by species, as of
    fresh leaf and made tea) that were not voided; a record or harvest that names no plot or no household
    counts for all of them. One statement when there are none, three otherwise.
    """
    uses = _uses(session, asked)
    if not uses:
        return {key: [] for key in asked}
    allowed = _rules(session, {use.input for found in uses.values() for use in found})
    bans = _bans(session)
    return {
        key: rules.check(uses.get(key, ()), allowed, bans, one.began_on, one.ended_on)
        for key, one in asked.items()
    }


def of_batch(session: Session, batch_id: int) -> tuple[list[Counted], list[Finding]]:
    """Return the records that count for a batch with the days they ask for, and what stands against it."""
    asked = picked(session.get_one(Batch, batch_id))
    found = list(session.execute(_counting([asked.site_id], [asked.trade_item_id], asked.ended_on)))
    fitting = [row for row in found if _fits(asked, row[3], row[4])]
    ids = [row[0] for row in fitting]
    used = {row[0]: _use(row) for row in fitting}
    allowed = _rules(session, {use.input for use in used.values()})
    shown = session.execute(_records().where(FarmRecord.id.in_(ids)).order_by(FarmRecord.applied_on))
    rows = [
        Counted(
            RecordRow(*row),
            rules.interval_days(used[row[0]], allowed),
            rules.first_allowed_on(used[row[0]], allowed),
        )
        for row in shown
    ]
    against = rules.check(list(used.values()), allowed, _bans(session), asked.began_on, asked.ended_on)
    return rows, against


def batches_of_input(
    session: Session, actor: Actor, code: str, since: date | None, until: date | None
) -> set[int]:
    """Return the own batches for which a use of an input counts, if given only of uses between two days.

    `code` is the input's own or its registration number.
    """
    packed = aliased(Product)
    wanted = (
        select(Batch.id, Batch.harvested_on, FarmRecord.applied_on)
        .join(FarmRecord, FarmRecord.site_id == Batch.site_id)
        .join(FarmInput, FarmInput.id == FarmRecord.input_id)
        .join(Product, Product.id == FarmRecord.product_id)
        .join(ItemProduct, ItemProduct.trade_item_id == Batch.trade_item_id)
        .join(packed, packed.id == ItemProduct.product_id)
        .where(
            own(actor),
            or_(FarmInput.code == code, and_(FarmInput.registration == code, FarmInput.registration != "")),
            or_(packed.id == Product.id, and_(packed.species == Product.species, packed.species != "")),
            or_(FarmRecord.plot == Batch.plot, FarmRecord.plot == "", Batch.plot == ""),
            or_(
                FarmRecord.member_name == Batch.member_name,
                FarmRecord.member_name == "",
                Batch.member_name == "",
            ),
            FarmRecord.applied_on <= Batch.harvested_on,
            FarmRecord.voided_at.is_(None),
        )
    )
    if since:
        wanted = wanted.where(FarmRecord.applied_on >= since)
    if until:
        wanted = wanted.where(FarmRecord.applied_on <= until)
    found = session.execute(wanted)
    return {batch for batch, cut, used in found if (cut - used).days <= rules.SEASON_DAYS}


def _own(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.sees_all else FarmRecord.party_id == actor.party_id


def _fits(asked: Picked, plot: str, member_name: str) -> bool:
    """Tell whether plot and household agree, as far as both are known."""
    return (not asked.plot or not plot or plot == asked.plot) and (
        not asked.member_name or not member_name or member_name == asked.member_name
    )


def _uses(session: Session, asked: Mapping[K, Picked]) -> dict[K, list[Use]]:
    sites = {one.site_id for one in asked.values()}
    items = {one.trade_item_id for one in asked.values()}
    until = max(one.ended_on for one in asked.values())
    at: dict[tuple[int, int], list[Sequence[object]]] = defaultdict(list)
    for row in session.execute(_counting(sites, items, until)):
        at[row[1], row[2]].append(row)
    found: dict[K, list[Use]] = {}
    for key, one in asked.items():
        fitting = [row for row in at[one.site_id, one.trade_item_id] if _fits(one, str(row[3]), str(row[4]))]
        if fitting:
            found[key] = [_use(row) for row in fitting]
    return found


def _counting(sites: Collection[int], items: Collection[int], until: date) -> Rows:
    """Return the uses on crops of these items at these bases, item by item."""
    packed = aliased(Product)
    return (
        select(
            FarmRecord.id,
            FarmRecord.site_id,
            ItemProduct.trade_item_id,
            FarmRecord.plot,
            FarmRecord.member_name,
            FarmInput.code,
            FarmInput.name_zh,
            FarmInput.name_en,
            FarmInput.kind,
            FarmInput.substance,
            packed.code,
            packed.family,
            packed.species,
            FarmRecord.applied_on,
            FarmRecord.stopped_on,
            FarmRecord.dose_milli,
            FarmRecord.dose_unit,
            FarmRecord.season,
        )
        .join(Product, Product.id == FarmRecord.product_id)
        .join(FarmInput, FarmInput.id == FarmRecord.input_id)
        .join(
            packed,
            or_(packed.id == Product.id, and_(packed.species == Product.species, packed.species != "")),
        )
        .join(ItemProduct, ItemProduct.product_id == packed.id)
        .where(
            FarmRecord.site_id.in_(sites),
            ItemProduct.trade_item_id.in_(items),
            FarmRecord.applied_on <= until,
            FarmRecord.voided_at.is_(None),
        )
        .order_by(FarmRecord.applied_on, FarmRecord.id)
    )


def _use(row: Sequence[object]) -> Use:
    code, zh, en, kind, substance, product, family, species, *rest = row[5:]
    name = en if locale() == "en" else zh
    return Use(code, name, kind, substance, Crop(product, family, species), *rest)  # type: ignore[arg-type]  # the columns above


def _rules(session: Session, inputs: Collection[str]) -> list[Rule]:
    found = session.execute(
        select(
            FarmInput.code,
            FarmRule.scope,
            FarmRule.interval_days,
            FarmRule.max_applications,
            FarmRule.max_dose_milli,
            FarmRule.dose_unit,
            FarmRule.valid_from,
            FarmRule.valid_to,
        )
        .join(FarmInput, FarmInput.id == FarmRule.input_id)
        .where(FarmInput.code.in_(inputs))
    )
    return [Rule(*row) for row in found]


def _bans(session: Session) -> list[Ban]:
    columns = (FarmBan.substance, FarmBan.scope, FarmBan.valid_from, FarmBan.valid_to, FarmBan.source)
    return [Ban(*row) for row in session.execute(select(*columns).order_by(FarmBan.valid_from.desc()))]


def _matching(actor: Actor, wanted: RecordFilter) -> Rows:
    found = _records().where(_own(actor))
    if wanted.site:
        found = found.where(Site.code == wanted.site)
    if wanted.product:
        found = found.where(Product.code == wanted.product)
    if wanted.kind is not None:
        found = found.where(FarmInput.kind == wanted.kind)
    if wanted.voided is not None:
        is_void = FarmRecord.voided_at.is_not(None)
        found = found.where(is_void if wanted.voided else ~is_void)
    if wanted.q:
        named, told = (
            [column.contains(wanted.q, autoescape=True) for column in columns]
            for columns in (
                (FarmInput.name_zh, FarmInput.name_en),
                (FarmRecord.plot, FarmRecord.operator_name),
            )
        )
        inputs = select(FarmInput.id).where(or_(*named))
        ids = union(
            select(FarmRecord.id).where(FarmRecord.input_id.in_(inputs)),
            select(FarmRecord.id).where(or_(*told)),
        )
        found = found.where(FarmRecord.id.in_(ids))
    return found


def _records() -> Rows:
    return (
        select(
            FarmRecord.id,
            FarmRecord.party_id,
            Party.short_name,
            Site.code,
            Site.name,
            Product.code,
            Product.name_zh,
            Product.name_en,
            FarmInput.code,
            FarmInput.name_zh,
            FarmInput.name_en,
            FarmInput.kind,
            FarmRecord.plot,
            FarmRecord.member_name,
            FarmRecord.dose_milli,
            FarmRecord.dose_unit,
            FarmRecord.area_mu_e2,
            FarmRecord.target,
            FarmRecord.applied_on,
            FarmRecord.stopped_on,
            FarmRecord.season,
            FarmRecord.operator_name,
            FarmRecord.recorded_at,
            FarmRecord.recorded_by,
            FarmRecord.voided_at,
            FarmRecord.voided_by,
            FarmRecord.void_reason,
        )
        .join(Party, Party.id == FarmRecord.party_id)
        .join(Site, Site.id == FarmRecord.site_id)
        .join(Product, Product.id == FarmRecord.product_id)
        .join(FarmInput, FarmInput.id == FarmRecord.input_id)
    )
