"""Whether a design can be printed: every finding at its place in the document, in millimetres.

What cannot be printed or read is a fault; what GS1 or GB 7718 asks for beyond that is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from supplychain.base.gs1.keys import Gs1Error
from supplychain.base.labelling import codes, lines
from supplychain.base.labelling.design import (
    AnyElement,
    Box,
    Code,
    Design,
    Facts,
    Stock,
    StockKind,
    Symbology,
    Text,
    Vocabulary,
)
from supplychain.kernel import i18n
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import MM

MOST_ELEMENTS = 40
SMALLEST_LEGAL = 55
"""Letters of 1.8 mm, the least that GB 7718 lets a label have, stand in a body of 5.5 points."""
_LEAST_BARS_MM = 5
_LEAST_FACTS = 12_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a design: where (`elements.3.x`), what, and whether it stops printing."""

    path: str
    text: i18n.Text
    is_fault: bool = True


def findings(design: Design, vocabulary: Vocabulary) -> list[Finding]:
    """Return everything that is wrong with a design, and everything that is unwise."""
    found = list(_stock(design.stock))
    if len(design.elements) > MOST_ELEMENTS:
        found.append(_fault("elements", N_("At most %(most)s elements."), most=MOST_ELEMENTS))
        return found
    for at, element in enumerate(design.elements):
        path = f"elements.{at}"
        found += _inside(path, element, design.stock)
        found += _names(path, element, vocabulary)
        found += _own(path, element, design.stock, vocabulary)
        if isinstance(element, Text | Facts):
            found += _legal(path, element, vocabulary)
    return found + list(_apart(design.elements))


def require(design: Design, vocabulary: Vocabulary) -> None:
    """Raise Invalid with every fault at its place, when there is one."""
    faults: dict[str, list[i18n.Text | str]] = {}
    for finding in findings(design, vocabulary):
        if finding.is_fault:
            faults.setdefault(finding.path, []).append(finding.text)
    if faults:
        raise Invalid(N_("The label cannot be printed like this."), fields=faults)


def _fault(path: str, msgid: str, **values: object) -> Finding:
    return Finding(path, i18n.Text(msgid, values))


def _warning(path: str, msgid: str, **values: object) -> Finding:
    return Finding(path, i18n.Text(msgid, values), is_fault=False)


def _stock(stock: Stock) -> Iterator[Finding]:
    if stock.kind is StockKind.ROLL and stock.rows > 1:
        yield _fault("stock.rows", N_("A roll has one row of labels a page."))
    if 2 * stock.corner > min(stock.label_width, stock.label_height):
        yield _fault("stock.corner", N_("The corners are rounder than the label is wide."))
    yield from _along("x", stock.first_x, stock.pitch_x, stock.columns, stock.label_width, stock.page_width)
    yield from _along("y", stock.first_y, stock.pitch_y, stock.rows, stock.label_height, stock.page_height)


def _along(axis: str, first: int, pitch: int, count: int, size: int, page: int) -> Iterator[Finding]:
    """Find labels that lie on each other or beyond the paper, in one direction."""
    if count > 1 and pitch < size:
        yield _fault(
            f"stock.pitch_{axis}",
            N_("The labels would lie on each other by %(over)s mm."),
            over=MM.short(size - pitch),
        )
    end = first + (count - 1) * pitch + size
    if end > page:
        yield _fault(
            f"stock.first_{axis}",
            N_("The last label would end %(over)s mm beyond the paper."),
            over=MM.short(end - page),
        )


def _inside(path: str, element: AnyElement, stock: Stock) -> Iterator[Finding]:
    for axis, start, size, room in (
        ("x", element.x, element.width, stock.label_width),
        ("y", element.y, element.height, stock.label_height),
    ):
        if start + size > room:
            yield _fault(
                f"{path}.{axis}",
                N_("It ends %(over)s mm beyond the label, which is %(room)s mm."),
                over=MM.short(start + size - room),
                room=MM.short(room),
            )


def _names(path: str, element: AnyElement, vocabulary: Vocabulary) -> Iterator[Finding]:
    named = {f"{path}.only_if": element.only_if}
    if isinstance(element, Text):
        named[f"{path}.field"] = element.field
    if isinstance(element, Facts):
        named |= {f"{path}.facts.{at}.field": fact.field for at, fact in enumerate(element.facts)}
    for place, name in named.items():
        if name and name not in vocabulary.fields:
            yield _fault(place, N_("There is no field “%(name)s” on labels."), name=name)
    if isinstance(element, Code):
        yield from _content(path, element, vocabulary)


def _content(path: str, element: Code, vocabulary: Vocabulary) -> Iterator[Finding]:
    content = vocabulary.contents.get(element.content)
    if content is None:
        yield _fault(f"{path}.content", N_("There is no content “%(name)s” for codes."), name=element.content)
    elif element.symbology not in content.symbologies:
        yield _fault(f"{path}.content", N_("This content does not go into this kind of code."))


def _own(path: str, element: AnyElement, stock: Stock, vocabulary: Vocabulary) -> Iterator[Finding]:
    match element:
        case Text():
            yield from _text(path, element)
        case Facts():
            yield from _facts(path, element)
        case Box() if 2 * element.stroke > min(element.width, element.height):
            yield _fault(f"{path}.stroke", N_("The line is thicker than the frame has room."))
        case Box() if 2 * element.corner > min(element.width, element.height):
            yield _fault(f"{path}.corner", N_("The corners are rounder than the frame is wide."))
        case Code():
            yield from _code(path, element, stock, vocabulary)


def _text(path: str, element: Text) -> Iterator[Finding]:
    if bool(element.field) == bool(element.literal):
        yield _fault(f"{path}.field", N_("Choose a field, or write a text that is always the same."))
    if element.caption and not element.field:
        yield _fault(f"{path}.caption", N_("Only a field has a name that could stand before it."))
    yield from _letters(path, element)


def _legal(path: str, element: Text | Facts, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Warn of letters that are smaller than the law lets what it asks for be."""
    names = [element.field] if isinstance(element, Text) else [fact.field for fact in element.facts]
    legal = any(vocabulary.fields[name].is_legal for name in names if name in vocabulary.fields)
    if legal and element.smallest < SMALLEST_LEGAL:
        yield _warning(
            f"{path}.smallest", N_("GB 7718 asks for letters of 1.8 mm, which is 5.5 pt, on packed food.")
        )


def _facts(path: str, element: Facts) -> Iterator[Finding]:
    if element.width < _LEAST_FACTS:
        yield _fault(f"{path}.width", N_("Facts need %(least)s mm in width."), least=MM.short(_LEAST_FACTS))
    yield from _letters(path, element)


def _letters(path: str, element: Text | Facts) -> Iterator[Finding]:
    if element.smallest > element.largest:
        yield _fault(f"{path}.largest", N_("The largest letters are smaller than the smallest."))
    needed = lines.height_mm(1, element.smallest / 10) * 1000
    for name, room, least in (("height", element.height, needed), ("width", element.width, 1.2 * needed)):
        if room < least:
            yield _fault(
                f"{path}.{name}",
                N_("Letters of %(points)s pt need %(least)s mm, and the room is %(room)s mm."),
                points=element.smallest / 10,
                least=f"{least / 1000:.1f}",
                room=MM.short(room),
            )


def _code(path: str, element: Code, stock: Stock, vocabulary: Vocabulary) -> Iterator[Finding]:
    if element.smallest > element.largest:
        yield _fault(f"{path}.largest", N_("The largest module is smaller than the smallest."))
        return
    content = vocabulary.contents.get(element.content)
    if content is None or element.symbology not in content.symbologies:
        return
    yield from _room(path, element, stock.dots_per_mm, content.samples)
    if element.symbology not in codes.MATRICES:
        yield from _bars(path, element)
    yield from _gs1(path, element)


def _room(path: str, element: Code, dots: int, samples: Sequence[str]) -> Iterator[Finding]:
    """Find that no sample has room: what carries least decides, longer ones are warned of."""
    refused = None
    for sample in samples:
        try:
            symbol = codes.make(element.symbology, sample)
        except Gs1Error:
            continue
        if codes.fit(element, symbol, dots) is not None:
            if refused is not None:
                yield Finding(f"{path}.width", refused, is_fault=False)
            return
        refused = codes.no_room(element, symbol, dots)
    if refused is not None:
        yield Finding(f"{path}.width", refused)


def _bars(path: str, element: Code) -> Iterator[Finding]:
    high = element.height / 1000 - (codes.WORDS_MM if element.words else 0)
    if high < _LEAST_BARS_MM:
        yield _fault(
            f"{path}.height",
            N_("The bars would be %(high)s mm high; scanners need %(least)s mm."),
            high=f"{high:.1f}",
            least=_LEAST_BARS_MM,
        )
    elif high * 1000 < codes.LEAST_HIGH.get(element.symbology, 0):
        yield _warning(
            f"{path}.height",
            N_("GS1 asks for bars %(least)s mm high; these are %(high)s mm."),
            least=MM.short(codes.LEAST_HIGH[element.symbology]),
            high=f"{high:.1f}",
        )


def _gs1(path: str, element: Code) -> Iterator[Finding]:
    span = codes.GS1_SPANS.get(element.symbology)
    if span is None:
        return
    if element.smallest < span.least or element.largest > span.most:
        yield _warning(
            f"{path}.smallest",
            N_("GS1 allows modules of %(least)s to %(most)s mm here."),
            least=MM.short(span.least),
            most=MM.short(span.most),
        )
    elif element.symbology is Symbology.GS1_128 and element.smallest < codes.DISTRIBUTION.least:
        yield _warning(
            f"{path}.smallest",
            N_("For warehouses GS1 asks for bars of %(least)s mm and more; thinner ones are read close by."),
            least=MM.short(codes.DISTRIBUTION.least),
        )


def _apart(elements: Sequence[AnyElement]) -> Iterator[Finding]:
    """Find what lies on a code's bars or quiet zone, and words that lie on words."""
    for (first, one), (second, other) in combinations(enumerate(elements), 2):
        over = _overlap(one, other)
        if over is None:
            continue
        has_code = isinstance(one, Code) or isinstance(other, Code)
        words = isinstance(one, Text | Facts) and isinstance(other, Text | Facts)
        if not (has_code or words):
            continue
        said = i18n.Text(
            N_("It lies on element %(other)s by %(over)s mm."),
            {"other": first + 1, "over": f"{over[0] / 1000:.1f} × {over[1] / 1000:.1f}"},
        )
        yield Finding(f"elements.{second}.x", said, is_fault=has_code)


def _overlap(one: AnyElement, other: AnyElement) -> tuple[int, int] | None:
    """Return by how much two elements lie on each other; None when not, or when one frames the other."""
    wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    if wide <= 0 or high <= 0 or _frames(one, other) or _frames(other, one):
        return None
    return wide, high


def _frames(outer: AnyElement, inner: AnyElement) -> bool:
    """Tell whether an element lies wholly within a frame's line."""
    if not isinstance(outer, Box):
        return False
    line = outer.stroke
    return (
        outer.x + line <= inner.x
        and outer.y + line <= inner.y
        and inner.x + inner.width <= outer.x + outer.width - line
        and inner.y + inner.height <= outer.y + outer.height - line
    )
