"""Factories for what traceability owns: a co-operative with a product, a base and an item; batches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count

from catalog.models.product import ItemProduct, Product, StorageProfile
from catalog.rules import Family, ShelfLifeModel
from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import PartyKind, SiteKind
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.permissions import Actor
from tests.make.base import make_item, make_party, make_site
from traceability.models.batch import Batch, Certificate
from traceability.models.hold import Hold
from traceability.models.ledger import Holding
from traceability.rules.batch import BatchState
from traceability.rules.certificate import REQUIRED_PAPERS, CertificateKind
from traceability.rules.hold import Disposition
from traceability.rules.ledger import Bucket
from traceability.services import disposition
from traceability.services.way_out import Propose

_numbers = count(1)
REGISTERED_AT = datetime(2026, 11, 19, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Farm:
    """A co-operative with one base and one item that the catalogue knows."""

    coop: Party
    base: Site
    item: TradeItem
    product: Product

    @property
    def clerk(self) -> Actor:
        """Return somebody who acts for the co-operative."""
        return actor_of(self.coop)


def actor_of(party: Party, name: str = "郑秀兰") -> Actor:
    """Return somebody who acts for a party and may do everything that its role may."""
    return Actor(None, name, party.id, None, frozenset({"*"}))


def person_of(party: Party, user_id: int, name: str = "郑秀兰") -> Actor:
    """Return somebody with a user of their own who acts for a party: one of the two who end a hold."""
    return Actor(user_id, name, party.id, None, frozenset({"*"}))


def let_go(uow: UnitOfWork, hold_id: int, finding: str = "复检合格") -> Hold:
    """Let held goods go as two people of the co-operative do: one proposes, another signs."""
    before = uow.actor
    try:
        uow.actor = replace(before, user_id=901, name="陈阿月")
        disposition.propose(uow, hold_id, Propose(Disposition.RELEASE, finding))
        uow.actor = replace(before, user_id=902, name="陈建国")
        return disposition.sign(uow, hold_id)
    finally:
        uow.actor = before


def make_product(uow: UnitOfWork, family: Family = Family.VEGETABLE, life: int = 21) -> Product:
    """Make a product that keeps so many days since 2020."""
    number = next(_numbers)
    row = Product(code=f"PROD-{number}", name_zh="高山甘蓝", name_en="Highland cabbage", family=family)
    uow.session.add(row)
    uow.session.flush()
    make_profile(uow, row, date(2020, 1, 1), life)
    return row


def make_profile(uow: UnitOfWork, product: Product, begins: date, life: int) -> None:
    """Say how long a product keeps from a day on."""
    uow.session.add(
        StorageProfile(
            product_id=product.id,
            valid_from=begins,
            min_centi_celsius=0,
            max_centi_celsius=400,
            shelf_life_days=life,
            shelf_life_model=ShelfLifeModel.CALENDAR,
            source="NY/T 1",
        )
    )
    uow.session.flush()


def make_farm(uow: UnitOfWork, family: Family = Family.VEGETABLE, life: int = 21, **item: object) -> Farm:
    """Make a co-operative with a base and an item of a product."""
    coop = make_party(uow, PartyKind.COOP)
    made = make_item(uow, coop, **item)
    product = make_product(uow, family, life)
    uow.session.add(ItemProduct(trade_item_id=made.id, product_id=product.id))
    uow.session.flush()
    return Farm(coop, make_site(uow, coop, SiteKind.BASE), made, product)


def make_batch(uow: UnitOfWork, farm: Farm, *, released: bool = False, **values: object) -> Batch:
    """Make a batch of ten crates, on hand at its base; released with its papers when asked."""
    given: dict[str, object] = {
        "number": f"BT-{next(_numbers):05d}",
        "gtin": farm.item.gtin,
        "trade_item_id": farm.item.id,
        "producer_id": farm.coop.id,
        "site_id": farm.base.id,
        "harvested_on": date(2026, 11, 18),
        "best_before_on": date(2026, 12, 9),
        "boxes": 10,
        "grams": 150_000,
        "registered_at": REGISTERED_AT,
        "registered_by": "郑秀兰",
        "state": BatchState.RELEASED if released else BatchState.REGISTERED,
        "released_at": REGISTERED_AT if released else None,
    }
    batch = Batch(**(given | values))
    uow.session.add(batch)
    uow.session.flush()
    make_holding(uow, batch, farm.base)
    if released:
        make_papers(uow, batch, farm.product.family)
    return batch


def make_holding(
    uow: UnitOfWork,
    batch: Batch,
    site: Site,
    bucket: Bucket = Bucket.ON_HAND,
    grams: int | None = None,
    boxes: int | None = None,
) -> Holding:
    """Put a batch somewhere, all of it unless told otherwise."""
    row = Holding(
        batch_id=batch.id,
        site_id=site.id,
        bucket=bucket,
        grams=batch.grams if grams is None else grams,
        boxes=batch.boxes if boxes is None else boxes,
        arrived_at=batch.registered_at,
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def make_papers(uow: UnitOfWork, batch: Batch, family: Family) -> None:
    """Make every paper that a batch of a family needs."""
    for kind in sorted(REQUIRED_PAPERS[family.value]):
        make_certificate(uow, batch, kind)


def make_certificate(
    uow: UnitOfWork, batch: Batch, kind: CertificateKind = CertificateKind.COC, **values: object
) -> Certificate:
    """Make a paper for a batch that counts from its harvest day without end."""
    given: dict[str, object] = {
        "kind": kind,
        "number": f"C-{next(_numbers):06d}",
        "party_id": batch.producer_id,
        "batch_id": batch.id,
        "issuer": "大田县高山蔬菜专业合作社",
        "basis": "control" if kind is CertificateKind.COC else "",
        "issued_on": batch.harvested_on,
    }
    row = Certificate(**(given | values))
    uow.session.add(row)
    uow.session.flush()
    return row
