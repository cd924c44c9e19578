"""Shapes of label designs: stock, elements, whole designs as JSON; also those that the suite ships."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, ClassVar

import marshmallow as ma

from supplychain.base.labelling.check import MOST_ELEMENTS
from supplychain.base.labelling.design import (
    ALIGNS,
    DOTS,
    STOCK_KINDS,
    SYMBOLOGIES,
    Align,
    Box,
    Code,
    Dots,
    Element,
    Fact,
    Facts,
    Kind,
    Line,
    Stock,
    StockKind,
    Symbology,
    Text,
)
from supplychain.kernel.i18n import N_
from supplychain.kernel.i18n import Text as Message
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import STANDARD, Shape, load
from supplychain.kernel.units import MM, POINT
from supplychain.kernel.web.openapi import PageIn, QueryShape
from traceability.queries.label import DesignFilter
from traceability.rules.label import LABEL_FORMATS, LABELS_OF, LabelFormat, LabelOf, Printing
from traceability.services.label import NameDesign, PutDesign

_NAME = r"[a-z_]{0,40}"
_LARGEST = 450_000
"""Of a side: an A3 sheet has 420 mm."""


def _length(label: str, **options: Any) -> fields.Scaled:
    return fields.Scaled(MM, label, most=options.pop("most", _LARGEST), **options)


class StockIn(Shape):
    """What a design is printed on. All lengths are millimetres."""

    command = Stock

    kind = fields.Choice(StockKind, N_("Kind of stock"), labels=STOCK_KINDS, required=True)
    label_width = _length(N_("Width of a label"), least=5_000, required=True)
    label_height = _length(N_("Height of a label"), least=5_000, required=True)
    page_width = _length(
        N_("Width of the page"), least=5_000, required=True, help=N_("Of a roll: all labels side by side.")
    )
    page_height = _length(
        N_("Height of the page"),
        least=5_000,
        required=True,
        help=N_("Of a roll: one label, without the gap."),
    )
    columns = fields.Count(N_("Labels side by side"), least=1, most=20, load_default=1)
    rows = fields.Count(N_("Labels below each other"), least=1, most=60, load_default=1)
    first_x = _length(N_("First label from the left edge"), load_default=0)
    first_y = _length(N_("First label from the upper edge"), load_default=0)
    pitch_x = _length(
        N_("From label to label, across"), load_default=0, help=N_("From left edge to left edge.")
    )
    pitch_y = _length(
        N_("From label to label, down"), load_default=0, help=N_("From upper edge to upper edge.")
    )
    gap = _length(
        N_("Gap of the roll"),
        most=20_000,
        load_default=0,
        help=N_("Between two labels of a roll; 0 is paper without end."),
    )
    corner = _length(N_("Radius of the corners"), most=50_000, load_default=0)
    dots = fields.Choice(Dots, N_("Printer"), labels=DOTS, load_default=Dots.ANY)


class ElementIn(Shape):
    """Room on a label, in millimetres from its upper left corner."""

    x = _length(N_("From the left"), required=True)
    y = _length(N_("From above"), required=True)
    width = _length(N_("Width"), least=50, required=True)
    height = _length(N_("Height"), least=50, required=True)
    only_if = fields.Code(
        N_("Only if there is"), pattern=_NAME, load_default="", help=N_("Left out when this says nothing.")
    )


def _letters(label: str, default: int) -> fields.Scaled:
    return fields.Scaled(POINT, label, least=30, most=1_440, load_default=default)


class TextIn(ElementIn):
    """A field, or a text that is always the same."""

    command = Text

    field = fields.Code(N_("Field"), pattern=_NAME, load_default="")
    literal = fields.Words(N_("Or always the same text"), least=0, most=120, load_default="")
    caption = fields.Flag(N_("The field's name before it"), load_default=False)
    bold = fields.Flag(N_("Bold"), load_default=False)
    largest = _letters(N_("Largest letters"), 80)
    smallest = _letters(N_("Smallest letters"), 55)
    align = fields.Choice(Align, N_("Alignment"), labels=ALIGNS, load_default=Align.LEFT)
    lines = fields.Count(N_("Lines at most"), least=1, most=12, load_default=1)


class FactIn(Shape):
    """One line of facts."""

    command = Fact

    field = fields.Code(N_("Field"), pattern=_NAME, required=True)
    bold = fields.Flag(N_("Bold"), load_default=False)


class FactsIn(ElementIn):
    """Fields one below the other."""

    command = Facts

    largest = _letters(N_("Largest letters"), 80)
    smallest = _letters(N_("Smallest letters"), 55)
    facts = fields.Lines(FactIn, N_("Facts"), least=1, most=20, required=True)


class LineIn(ElementIn):
    """A level or upright line."""

    command = Line


class BoxIn(ElementIn):
    """A frame."""

    command = Box

    stroke = _length(N_("Thickness of the line"), least=50, most=10_000, load_default=250)
    corner = _length(N_("Radius of the corners"), most=50_000, load_default=0)


class SymbolIn(ElementIn):
    """Bars or a matrix code."""

    command = Code

    symbology = fields.Choice(Symbology, N_("Kind of code"), labels=SYMBOLOGIES, required=True)
    content = fields.Code(N_("What it carries"), pattern=_NAME, required=True)
    smallest = _length(
        N_("Smallest module"),
        least=100,
        most=3_000,
        required=True,
        help=N_("The narrowest bar, or the side of one square of a matrix."),
    )
    largest = _length(N_("Largest module"), least=100, most=3_000, required=True)
    words = fields.Flag(N_("Text below the bars"), load_default=False)


SHAPES: Mapping[Kind, type[ElementIn]] = {
    Kind.TEXT: TextIn,
    Kind.FACTS: FactsIn,
    Kind.LINE: LineIn,
    Kind.BOX: BoxIn,
    Kind.SYMBOL: SymbolIn,
}
_SHAPES = {kind.value: shape for kind, shape in SHAPES.items()}


class Elements(ma.fields.Field[Any]):
    """The elements of a design, each of the shape that its `kind` names."""

    def __init__(self, **options: Any) -> None:
        """Tell the OpenAPI document that it is a list of objects."""
        kinds = {"type": "object", "properties": {"kind": {"type": "string", "enum": sorted(_SHAPES)}}}
        described = {"type": "array", "items": kinds, "maxItems": MOST_ELEMENTS, "label": N_("Elements")}
        super().__init__(metadata=described, error_messages=dict(STANDARD), **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[dict[str, Any]]:
        return [dump_element(element) for element in value]

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Element]:
        if not isinstance(value, list):
            raise ma.ValidationError([Message(STANDARD["type"])])
        if len(value) > MOST_ELEMENTS:
            raise ma.ValidationError([Message(N_("At most %(most)s elements."), {"most": MOST_ELEMENTS})])
        made, wrong = [], {}
        for at, item in enumerate(value):
            try:
                made.append(_load_element(item))
            except ma.ValidationError as error:
                wrong[at] = error.messages if isinstance(error.messages, dict) else {"kind": error.messages}
        if wrong:
            raise ma.ValidationError(wrong)
        return made


def dump_element(element: Element) -> dict[str, Any]:
    """Return an element as JSON."""
    values: dict[str, Any] = SHAPES[element.kind]().dump(element)
    return {"kind": element.kind.value} | values


def _load_element(item: Any) -> Any:
    if not isinstance(item, dict):
        raise ma.ValidationError([Message(STANDARD["type"])])
    kind = item.get("kind")
    if not isinstance(kind, str) or kind not in _SHAPES:
        known = ", ".join(sorted(_SHAPES))
        raise ma.ValidationError([Message(N_("An element's kind is one of: %(known)s."), {"known": known})])
    return _SHAPES[kind]().load({name: value for name, value in item.items() if name != "kind"})


class NameIn(Shape):
    """A design's name and what it is for."""

    command: ClassVar[type[Any]] = NameDesign

    name = fields.Words(N_("Name"), most=60, required=True)
    for_boxes = fields.Flag(N_("First choice for boxes"), load_default=False)
    for_items = fields.Flag(N_("First choice for items"), load_default=False)


@dataclass(frozen=True, slots=True)
class Named:
    """The name of a copy."""

    name: str


class CopyIn(Shape):
    """The name of a copy."""

    command = Named

    name = fields.Words(N_("Name"), most=60, required=True)


class DesignIn(NameIn):
    """A whole label design."""

    command = PutDesign

    stock = ma.fields.Nested(StockIn, required=True, error_messages=dict(STANDARD))
    elements = Elements(required=True)


@dataclass(frozen=True, slots=True)
class Pasted:
    """A design as text."""

    document: str


class ImportIn(Shape):
    """A design as text, pasted from a file."""

    command = Pasted

    document = fields.Words(N_("Design as JSON"), most=60_000, required=True, widget="textarea")


class ShippedIn(DesignIn):
    """A label design that comes with the suite."""

    key = fields.Code(N_("Code"), required=True)


class DesignFindingOut(Shape):
    """Something unwise about a design."""

    path = fields.Code(N_("Where"))
    text = fields.Words(N_("Finding"))


class DesignOut(Shape):
    """A label design."""

    id = fields.Count(N_("Number"))
    name = fields.Words(N_("Name"))
    is_house = fields.Flag(N_("The house's"))
    for_boxes = fields.Flag(N_("First choice for boxes"))
    for_items = fields.Flag(N_("First choice for items"))
    stock = ma.fields.Nested(StockIn, attribute="design.stock")
    elements = Elements(attribute="design.elements")
    warnings = ma.fields.List(ma.fields.Nested(DesignFindingOut))
    changed_at = fields.Moment(N_("Changed at"))
    changed_by = fields.Words(N_("Changed by"))


class DesignFilterIn(PageIn):
    """Which designs."""

    command = DesignFilter

    own = fields.Flag(N_("Own designs"), load_default=None)


class PrintingIn(QueryShape):
    """Which labels are printed, and how."""

    command = Printing

    of = fields.Choice(LabelOf, N_("Labels for"), labels=LABELS_OF, load_default=LabelOf.BOXES)
    design = fields.Count(N_("Design"), least=1, most=2**63 - 1, load_default=None)
    format = fields.Choice(LabelFormat, N_("For"), labels=LABEL_FORMATS, load_default=LabelFormat.PDF)
    part = fields.Count(
        N_("Which thousand"), least=1, most=1_000, load_default=1, help=N_("A file has a thousand at most.")
    )
    skip = fields.Count(
        N_("Places peeled off"), least=0, most=1_200, load_default=0, help=N_("On the first sheet.")
    )
    dots = fields.Choice(
        Dots,
        N_("Resolution of pictures"),
        labels={**DOTS, Dots.ANY: N_("Like the design's printer")},
        load_default=Dots.ANY,
        help=N_("For PNG alone."),
    )


def shipped() -> list[PutDesign]:
    """Return the designs that come with the suite, in the order of their files' names."""
    folder = resources.files("traceability") / "data" / "labels"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return [load(ShippedIn(), json.loads(file.read_text("utf-8"))) for file in files]
