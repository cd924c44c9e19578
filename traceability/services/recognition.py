"""What partners' events name that we know: lots, items with codes, places; in a few statements a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from sqlalchemy import select

from supplychain.base.models.party import Site
from supplychain.kernel.db.base import parts
from supplychain.kernel.db.uow import UnitOfWork
from traceability.models.batch import Batch
from traceability.models.code import Code
from traceability.rules.epcis_words import in_base_unit
from traceability.rules.identifier import canonical_id
from traceability.rules.ledger import Role
from traceability.services import epcis
from traceability.services.chain import Amount

_GTIN, _GLN = f"{epcis.HOST}/01/", f"{epcis.HOST}/414/"
_HEAVIEST = 10**12
"""Grams that an event may tell of at most; nobody moves a million tonnes at once."""
_QUANTITIES = {
    "quantityList": Role.SUBJECT,
    "childQuantityList": Role.SUBJECT,
    "inputQuantityList": Role.INPUT,
    "outputQuantityList": Role.OUTPUT,
}
_NumberedOf = Mapping[tuple[str, str], str]
"""Canonical names by GTIN and lot number or serial."""


class Lot(NamedTuple):
    """A batch that an event names."""

    id: int
    gtin: str
    number: str


class Item(NamedTuple):
    """A code on an item that an event names."""

    id: int
    lot: Lot


@dataclass(frozen=True, slots=True)
class World:
    """What the events of a document name and we know, by canonical names; places by their GLN."""

    lots: Mapping[str, Lot]
    items: Mapping[str, Item]
    sites: Mapping[str, int]

    def site_of(self, document: Mapping[str, Any]) -> int | None:
        """Return the place of an event that is ours or a partner's; None when we do not know it."""
        return next((self.sites[gln] for gln in _glns(document) if gln in self.sites), None)

    def amounts_of(self, document: Mapping[str, Any]) -> list[Amount]:
        """Return what is said of batches; what has no mass, and single items, weigh nothing."""
        found = [
            Amount(lot.id, name, role, grams_of(item) or 0, 0)
            for role, name, item in _classes(document)
            if (lot := self.lots.get(name)) is not None
        ]
        items = [self.items[name].lot for name in _epcs(document) if name in self.items]
        return found + [
            Amount(lot.id, epcis.lot_id(lot.gtin, lot.number), Role.SUBJECT, 0, 0)
            for lot in sorted(set(items))
        ]


def recognise(uow: UnitOfWork, documents: Sequence[Mapping[str, Any]]) -> World:
    """Return what some events name and we know."""
    lots = {name for document in documents for _, name, _ in _classes(document)}
    items = {name for document in documents for name in _epcs(document)}
    glns = {gln for document in documents for gln in _glns(document)}
    return World(_lots(uow, _numbered("10", lots)), _items(uow, _numbered("21", items)), _sites(uow, glns))


def grams_of(item: Mapping[str, Any]) -> int | None:
    """Return a quantity as grams; None when it is no mass, or none that there can be."""
    value, unit = in_base_unit(float(item.get("quantity", 0)), item.get("uom", ""))
    if unit != "KGM" or not 0 <= value * 1_000 <= _HEAVIEST:
        return None
    return round(value * 1_000)


def _classes(document: Mapping[str, Any]) -> Iterator[tuple[Role, str, Mapping[str, Any]]]:
    for field, role in _QUANTITIES.items():
        for item in document.get(field, ()):
            yield role, canonical_id(item["epcClass"]), item


def _epcs(document: Mapping[str, Any]) -> list[str]:
    return [canonical_id(name) for name in document.get("epcList", ())]


def _glns(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the GLNs of where an event happened, the business location first."""
    for field in ("bizLocation", "readPoint"):
        name = canonical_id(document.get(field, {}).get("id", ""))
        if name.startswith(_GLN):
            yield name.split("/")[4]


def _numbered(qualifier: str, names: set[str]) -> _NumberedOf:
    """Return the names that are a GTIN with this qualifier, by both."""
    found = {}
    for name in names:
        key = name.removeprefix(_GTIN).split("/")
        if name.startswith(_GTIN) and len(key) == 3 and key[1] == qualifier:
            found[key[0], unquote(key[2])] = name
    return found


def _lots(uow: UnitOfWork, wanted: _NumberedOf) -> dict[str, Lot]:
    found = {}
    for part in parts(sorted({number for _, number in wanted})):
        asked = select(Batch.id, Batch.gtin, Batch.number).where(Batch.number.in_(part))
        for key, gtin, number in uow.execute(asked):
            if (gtin, number) in wanted:
                found[wanted[gtin, number]] = Lot(key, gtin, number)
    return found


def _items(uow: UnitOfWork, wanted: _NumberedOf) -> dict[str, Item]:
    found = {}
    gtins = sorted({gtin for gtin, _ in wanted})
    for part in parts(sorted({serial for _, serial in wanted})):
        asked = (
            select(Code.id, Code.gtin, Code.serial, Batch.id, Batch.gtin, Batch.number)
            .join(Batch, Batch.id == Code.batch_id)
            .where(Code.gtin.in_(gtins), Code.serial.in_(part))
        )
        for code_id, gtin, serial, *lot in uow.execute(asked):
            if (gtin, serial) in wanted:
                found[wanted[gtin, serial]] = Item(code_id, Lot(*lot))
    return found


def _sites(uow: UnitOfWork, glns: set[str]) -> dict[str, int]:
    if not glns:
        return {}
    found = uow.execute(select(Site.gln, Site.id).where(Site.gln.in_(glns)))
    return {gln: key for gln, key in found}  # noqa: C416 - a Row is no pair to mypy
