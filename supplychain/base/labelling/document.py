"""A design as a document that a database keeps, and back; what people send is checked elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from supplychain.base.labelling.design import (
    KIND_OF,
    Align,
    AnyElement,
    Code,
    Design,
    Dots,
    Fact,
    Facts,
    Stock,
    StockKind,
    Symbology,
    Text,
)

_TYPES: Mapping[str, type[AnyElement]] = {kind.value: made for made, kind in KIND_OF.items()}  # type: ignore[misc]  # Element itself is never a key


def dump(design: Design) -> dict[str, Any]:
    """Return a design as JSON values, lengths in micrometres."""
    elements = [{"kind": element.kind.value} | _plain(asdict(element)) for element in design.elements]
    return {"stock": _plain(asdict(design.stock)), "elements": elements}


def load(document: Mapping[str, Any]) -> Design:
    """Return the design of a document that `dump` made."""
    stock = dict(document["stock"])
    kept = Stock(**stock | {"kind": StockKind(stock["kind"]), "dots": Dots(stock["dots"])})
    return Design(kept, tuple(_element(item) for item in document["elements"]))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _element(item: Mapping[str, Any]) -> AnyElement:
    made = _TYPES[item["kind"]]
    given = {one.name: item[one.name] for one in fields(made) if one.name in item}
    if made is Text:
        given["align"] = Align(given["align"])
    if made is Facts:
        given["facts"] = tuple(Fact(**fact) for fact in given["facts"])
    if made is Code:
        given["symbology"] = Symbology(given["symbology"])
    return made(**given)
