"""What a registration comes to before anything is written: item, base, dates and mass checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, select

from catalog.models.product import ItemProduct, StorageProfile
from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.base import parts
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Conflict, DomainError, Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import KG
from traceability.models.batch import Batch
from traceability.rules.batch import BOUGHT, Origin, is_plausible_mass
from traceability.services.epcis import Place

"""References asked for at once: both databases take this many values in one statement."""


@dataclass(frozen=True, slots=True)
class RegisterBatch:
    """Goods of one trade item from one base. `at` is when they were registered, None now.

    `producer_reference` is the co-operative's own number, or the number that the batch got here;
    `supplier` says from whom bought or received goods came.
    """

    sku: str
    site: str
    harvested_on: date
    boxes: int
    grams: int
    producer_reference: str | None = None
    member_name: str = ""
    at: datetime | None = None
    plot: str = ""
    harvest_began_on: date | None = None
    origin: Origin = Origin.HARVEST
    supplier: str = ""


class Existing(NamedTuple):
    """A batch that there is."""

    id: int
    number: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A registration that is in order. `existing` or `same_as` when its reference is known already."""

    gtin: str
    trade_item_id: int
    producer_id: int
    site_id: int
    place: Place
    producer_reference: str | None
    member_name: str
    harvested_on: date
    best_before_on: date
    boxes: int
    grams: int
    at: datetime
    plot: str
    harvest_began_on: date | None
    origin: Origin
    supplier: str
    existing: Existing | None = None
    same_as: Draft | None = None

    @property
    def is_first(self) -> bool:
        """Tell whether a batch is to be made of it."""
        return self.existing is None and self.same_as is None


Facts = tuple[object, ...]
"""Producer, item, site, harvest day, boxes, grams, member, plot: what the same reference must name again."""


@dataclass(frozen=True, slots=True)
class _Item:
    id: int
    gtin: str
    brand_party_id: int
    net_grams: int
    is_catch_weight: bool
    is_active: bool
    lives: Sequence[tuple[date, int]]
    """(first day, shelf life in days) of its storage profiles, newest first."""


@dataclass(frozen=True, slots=True)
class _Base:
    id: int
    party_id: int
    is_active: bool
    place: Place


def drafts(uow: UnitOfWork, commands: Sequence[RegisterBatch]) -> list[Draft | DomainError]:
    """Return for each command, in its place, the draft of a batch or what is wrong with it.

    What is made from other batches is only known here when there is such a batch already.
    """
    items = _items(uow, {command.sku for command in commands})
    bases = _bases(uow, {command.site for command in commands})
    checked = [_checked(uow, command, items, bases) for command in commands]
    known = _known(uow, [draft for draft in checked if isinstance(draft, Draft)])
    first: dict[tuple[int, str], Draft] = {}
    return [_placed(draft, known, first) for draft in checked]


def made(uow: UnitOfWork, commands: Sequence[RegisterBatch]) -> list[Draft]:
    """Return the drafts of what a process makes, in order; raises the first thing that is wrong."""
    items = _items(uow, {command.sku for command in commands})
    bases = _bases(uow, {command.site for command in commands})
    found = [_checked(uow, command, items, bases) for command in commands]
    for draft in found:
        if isinstance(draft, DomainError):
            raise draft
    return [draft for draft in found if isinstance(draft, Draft)]


def _checked(
    uow: UnitOfWork, command: RegisterBatch, items: Mapping[str, _Item], bases: Mapping[str, _Base]
) -> Draft | DomainError:
    try:
        base = _own_base(uow, command, bases)
        item = _own_item(command, base, items)
        at = _time(uow, command)
        _check_origin(command)
        best_before_on = _best_before(command, item, at)
        _check_amount(command, item)
    except DomainError as error:
        return error
    return Draft(
        item.gtin,
        item.id,
        base.party_id,
        base.id,
        base.place,
        command.producer_reference or None,
        command.member_name,
        command.harvested_on,
        best_before_on,
        command.boxes,
        command.grams,
        at,
        command.plot,
        command.harvest_began_on,
        command.origin,
        command.supplier,
    )


def _own_base(uow: UnitOfWork, command: RegisterBatch, bases: Mapping[str, _Base]) -> _Base:
    base = bases.get(command.site)
    if base is None:
        raise Invalid.at("site", N_("There is no place %(code)s."), code=command.site)
    if uow.actor.party_id is not None and uow.actor.party_id != base.party_id:
        raise Invalid.at("site", N_("The place %(code)s belongs to somebody else."), code=command.site)
    if not base.is_active:
        raise Invalid.at("site", N_("The place %(code)s is no longer used."), code=command.site)
    return base


def _own_item(command: RegisterBatch, base: _Base, items: Mapping[str, _Item]) -> _Item:
    item = items.get(command.sku)
    if item is None:
        raise Invalid.at("sku", N_("There is no trade item %(sku)s."), sku=command.sku)
    if item.brand_party_id != base.party_id:
        raise Invalid.at("sku", N_("The trade item %(sku)s belongs to somebody else."), sku=command.sku)
    if not item.is_active:
        raise Invalid.at("sku", N_("The trade item %(sku)s is no longer sold."), sku=command.sku)
    return item


def _time(uow: UnitOfWork, command: RegisterBatch) -> datetime:
    at = command.at or uow.now
    if at > uow.now:
        raise Invalid.at("at", N_("This time lies in the future."))
    if command.harvested_on > local_day(at):
        raise Invalid.at("harvested_on", N_("This day lies after the registration."))
    return at


def _check_origin(command: RegisterBatch) -> None:
    if command.harvest_began_on is not None and command.harvest_began_on > command.harvested_on:
        raise Invalid.at("harvest_began_on", N_("The harvest cannot begin after it ended."))
    if command.origin in BOUGHT and not command.supplier:
        raise Invalid.at("supplier", N_("Say from whom these goods came."))


def _best_before(command: RegisterBatch, item: _Item, at: datetime) -> date:
    """Return harvest day + shelf life of the storage profile that counts on the harvest day."""
    life = next((days for begins, days in item.lives if begins <= command.harvested_on), None)
    if life is None:
        raise Invalid.at(
            "sku", N_("The catalogue does not say how %(sku)s keeps on that day."), sku=command.sku
        )
    last = command.harvested_on + timedelta(days=life)
    if last < local_day(at):
        raise Invalid.at(
            "harvested_on",
            N_("Harvested on this day, the goods were best before %(day)s. Check the date."),
            day=last.isoformat(),
        )
    return last


def _check_amount(command: RegisterBatch, item: _Item) -> None:
    if command.boxes <= 0:
        raise Invalid.at("boxes", N_("Must be more than nothing."))
    if command.grams <= 0:
        raise Invalid.at("grams", N_("Must be more than nothing."))
    if item.is_catch_weight or is_plausible_mass(command.boxes, item.net_grams, command.grams):
        return
    raise Invalid.at(
        "grams",
        N_("%(boxes)s boxes of %(net)s kg make %(expected)s kg, but %(given)s kg were entered."),
        boxes=command.boxes,
        net=KG.short(item.net_grams),
        expected=KG.short(command.boxes * item.net_grams),
        given=KG.short(command.grams),
    )


def _placed(
    draft: Draft | DomainError,
    known: Mapping[tuple[int, str], tuple[Existing, Facts]],
    first: dict[tuple[int, str], Draft],
) -> Draft | DomainError:
    """Say of a draft whether its reference is known from before or from an earlier line."""
    if isinstance(draft, DomainError):
        return draft
    if draft.producer_reference is None:
        return _unmade(draft)
    key = (draft.producer_id, draft.producer_reference)
    if key in known:
        existing, facts = known[key]
        return replace(draft, existing=existing) if facts == _facts(draft) else _taken(draft)
    if key in first:
        return replace(draft, same_as=first[key]) if _facts(first[key]) == _facts(draft) else _taken(draft)
    first[key] = draft
    return _unmade(draft)


def _unmade(draft: Draft) -> Draft | Invalid:
    """Let through what is registered first; what is made from other batches comes with its process."""
    if draft.origin is not Origin.PROCESS:
        return draft
    return Invalid.at("origin", N_("What is made from other batches is registered with its process."))


def _taken(draft: Draft) -> Conflict:
    message = N_("The reference %(reference)s already names another batch.")
    return Conflict(message, reference=draft.producer_reference)


def _facts(draft: Draft) -> Facts:
    return (
        draft.producer_id,
        draft.trade_item_id,
        draft.site_id,
        draft.harvested_on,
        draft.boxes,
        draft.grams,
        draft.member_name,
        draft.plot,
    )


def _known(uow: UnitOfWork, found: Sequence[Draft]) -> Mapping[tuple[int, str], tuple[Existing, Facts]]:
    references = sorted({draft.producer_reference for draft in found if draft.producer_reference})
    producers = list({draft.producer_id for draft in found})
    known: dict[tuple[int, str], tuple[Existing, Facts]] = {}
    for part in parts(references):
        asked = {"producers": producers, "references": part}
        for number, reference, batch_id, producer_id, *facts in uow.execute(_KNOWN, asked):
            found_before = (Existing(batch_id, number), (producer_id, *facts))
            known[producer_id, number] = found_before
            if reference is not None:
                known[producer_id, reference] = found_before
    return known


def _items(uow: UnitOfWork, skus: Iterable[str]) -> Mapping[str, _Item]:
    lives: dict[str, list[tuple[date, int]]] = {}
    facts: dict[str, tuple[int, str, int, int, bool, bool]] = {}
    found = uow.execute(_ITEMS, {"skus": list(skus)})
    for sku, item_id, gtin, brand, net, is_catch, is_active, begins, days in found:
        facts[sku] = (item_id, gtin, brand, net, is_catch, is_active)
        if begins is not None:
            lives.setdefault(sku, []).append((begins, days))
    return {sku: _Item(*values, lives.get(sku, ())) for sku, values in facts.items()}


def _bases(uow: UnitOfWork, codes: Iterable[str]) -> Mapping[str, _Base]:
    found = uow.execute(_BASES, {"codes": list(codes)})
    return {
        code: _Base(site_id, party_id, is_active, Place(code, name, gln, party_id, party_code))
        for code, site_id, party_id, is_active, name, gln, party_code in found
    }


_KNOWN = select(
    Batch.number,
    Batch.producer_reference,
    Batch.id,
    Batch.producer_id,
    Batch.trade_item_id,
    Batch.site_id,
    Batch.harvested_on,
    Batch.boxes,
    Batch.grams,
    Batch.member_name,
    Batch.plot,
).where(
    Batch.producer_id.in_(bindparam("producers", expanding=True)),
    Batch.producer_reference.in_(bindparam("references", expanding=True))
    | Batch.number.in_(bindparam("references", expanding=True)),
)
_ITEMS = (
    select(
        TradeItem.sku,
        TradeItem.id,
        TradeItem.gtin,
        TradeItem.brand_party_id,
        TradeItem.net_grams,
        TradeItem.is_catch_weight,
        TradeItem.is_active,
        StorageProfile.valid_from,
        StorageProfile.shelf_life_days,
    )
    .outerjoin(ItemProduct, ItemProduct.trade_item_id == TradeItem.id)
    .outerjoin(StorageProfile, StorageProfile.product_id == ItemProduct.product_id)
    .where(TradeItem.sku.in_(bindparam("skus", expanding=True)))
    .order_by(StorageProfile.valid_from.desc())
)
_BASES = (
    select(Site.code, Site.id, Site.party_id, Site.is_active, Site.name, Site.gln, Party.code)
    .join(Party, Party.id == Site.party_id)
    .where(Site.code.in_(bindparam("codes", expanding=True)))
)
"""Made once: making a statement costs more than running it."""
