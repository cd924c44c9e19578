"""Factories for what base owns: rows put straight into the database, with valid codes."""

from __future__ import annotations

from itertools import count
from typing import TypeVar

from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import ItemUnit, PartyKind, SiteKind
from supplychain.base.services import key
from supplychain.kernel.db.uow import UnitOfWork

T = TypeVar("T")

_numbers = count(1)


def check_digit(body: str) -> str:
    """Return the mod-10 digit of a GS1 key's body (written again: tests do not trust the code)."""
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(body)))
    return str(-total % 10)


def make_party(uow: UnitOfWork, kind: PartyKind = PartyKind.COOP, **values: object) -> Party:
    """Make a party with a code of its own."""
    number = next(_numbers)
    given: dict[str, object] = {
        "code": f"P{number:05d}",
        "name": f"Party {number}",
        "short_name": f"P{number}",
        "kind": kind,
    }
    prefix = values.pop("gs1_prefix", f"69{number % 100000:05d}")
    party = _saved(uow, Party(**(given | values)))
    if prefix is not None:
        key.ensure_prefix(uow, party, str(prefix))
    return party


def make_site(uow: UnitOfWork, party: Party, kind: SiteKind = SiteKind.BASE, **values: object) -> Site:
    """Make a place of a party."""
    number = next(_numbers)
    body = f"6999{number:08d}"
    given: dict[str, object] = {
        "code": f"S{number:05d}",
        "party_id": party.id,
        "name": f"Site {number}",
        "kind": kind,
        "gln": body + check_digit(body),
    }
    return _saved(uow, Site(**(given | values)))


def make_item(uow: UnitOfWork, brand: Party, **values: object) -> TradeItem:
    """Make a trade item with a valid GTIN: 15 kg crates of cabbage unless told otherwise."""
    number = next(_numbers)
    body = f"0699{number:09d}"
    given: dict[str, object] = {
        "sku": f"ITEM-{number:04d}",
        "gtin": body + check_digit(body),
        "brand_party_id": brand.id,
        "name_zh": "高山甘蓝",
        "name_en": "Highland cabbage",
        "unit": ItemUnit.CRATE,
        "net_grams": 15_000,
    }
    return _saved(uow, TradeItem(**(given | values)))


def _saved(uow: UnitOfWork, row: T) -> T:
    uow.session.add(row)
    uow.session.flush()
    return row
