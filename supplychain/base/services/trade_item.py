"""Trade items come and change; what was ordered under an old name keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from supplychain.base.gs1 import keys
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.queries import party as parties
from supplychain.base.rules import ItemUnit, KeyKind
from supplychain.base.services import key, upkeep
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome


@dataclass(frozen=True, slots=True)
class PutItem:
    """A trade item; `brand` is the code of the party whose company prefix the GTIN carries."""

    sku: str
    gtin: str
    brand: str
    name_zh: str
    name_en: str
    unit: ItemUnit
    net_grams: int
    grade: str = ""
    grade_standard: str = ""
    is_catch_weight: bool = False
    is_active: bool = True


def put(uow: UnitOfWork, command: PutItem) -> Outcome:
    """Register a trade item or bring it up to date, by its sku.

    Raises Invalid at `gtin` (check digit), `brand`, or `grade_standard` (GB 7718).
    """
    try:
        gtin = keys.gtin14(command.gtin)
    except keys.Gs1Error:
        raise Invalid.at(
            "gtin", N_("%(code)s is no valid GTIN: its check digit is wrong."), code=command.gtin
        ) from None
    if command.grade and not command.grade_standard:
        raise Invalid.at("grade_standard", N_("A grade needs the standard that defines it."))
    brand = parties.by_code(uow.session, command.brand, field="brand")
    existing = uow.session.scalar(select(TradeItem).where(TradeItem.sku == command.sku))
    values = upkeep.values_of(command, without=("brand",)) | {"gtin": gtin, "brand_party_id": brand.id}
    is_known = existing is not None and existing.gtin == gtin
    outcome = upkeep.put(uow, "base.trade_item", TradeItem, existing, values)
    if not is_known:
        key.claim(uow, KeyKind.ITEM, gtin, command.sku, field="gtin")
    return outcome
