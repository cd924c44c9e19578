"""The genealogy as a picture: batches in layers from left to right, kilograms on the edges; pure SVG.

Only presentation attributes are used, no style: a page may forbid inline styles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from supplychain.kernel.units import KG

BOX, TALL, GAP_X, GAP_Y, EDGE = 190, 66, 96, 18, 12
MOST = 120
"""Boxes in one picture; of a larger tree those nearest to the batch are drawn, and the rest is counted."""


@dataclass(frozen=True, slots=True)
class Box:
    """A batch as it is drawn: three lines, where it leads, and whether it is the one that was asked for."""

    id: int
    title: str
    lines: tuple[str, str]
    href: str
    is_start: bool
    is_alarm: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """So many grams from one batch into another."""

    source: int
    target: int
    grams: int


def nearest(start: int, arrows: Sequence[Arrow], most: int = MOST) -> set[int]:
    """Return the batches that are the fewest steps away from one, at most so many."""
    beside: defaultdict[int, list[int]] = defaultdict(list)
    for arrow in arrows:
        beside[arrow.source].append(arrow.target)
        beside[arrow.target].append(arrow.source)
    kept, ahead = [start], [start]
    seen = {start}
    while ahead and len(kept) < most:
        found = [key for node in ahead for key in beside[node]]
        ahead = [key for key in dict.fromkeys(found) if key not in seen][: most - len(kept)]
        seen.update(ahead)
        kept += ahead
    return set(kept)


def genealogy(boxes: Sequence[Box], arrows: Sequence[Arrow], levels: Mapping[int, int], title: str) -> Markup:
    """Return the picture; `levels` say in which layer each box stands, `title` is what is read aloud."""
    places = _places(boxes, arrows, levels)
    width = max(x for x, _ in places.values()) + BOX + EDGE
    height = max(y for _, y in places.values()) + TALL + EDGE
    head = (
        f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
    )
    drawn = [arrow for arrow in arrows if arrow.source in places and arrow.target in places]
    parts = [_arrow(places[arrow.source], places[arrow.target], arrow.grams) for arrow in drawn]
    parts += [_box(box, *places[box.id]) for box in boxes]
    return Markup("".join([head, *parts, "</svg>"]))  # noqa: S704 - every text in it is escaped


def _places(
    boxes: Sequence[Box], arrows: Sequence[Arrow], levels: Mapping[int, int]
) -> dict[int, tuple[int, int]]:
    """Return where each box stands: by level, and in a level as high as its parents on average."""
    kept = {box.id for box in boxes}
    layers: defaultdict[int, list[int]] = defaultdict(list)
    for box in sorted(boxes, key=lambda one: one.id):
        layers[levels[box.id]].append(box.id)
    parents: defaultdict[int, list[int]] = defaultdict(list)
    for arrow in arrows:
        if arrow.source in kept and arrow.target in kept:
            parents[arrow.target].append(arrow.source)
    tallest = max(len(layer) for layer in layers.values())
    rows: dict[int, float] = {}
    for level in sorted(layers):
        layer = sorted(layers[level], key=lambda key: (_mean([rows[one] for one in parents[key]]), key))
        lead = (tallest - len(layer)) / 2
        rows.update({key: lead + place for place, key in enumerate(layer)})
    columns = {level: place for place, level in enumerate(sorted(layers))}
    return {
        key: (
            EDGE + columns[levels[key]] * (BOX + GAP_X),
            EDGE + round(row * (TALL + GAP_Y)),
        )
        for key, row in rows.items()
    }


def _mean(rows: Sequence[float]) -> float:
    return sum(rows) / len(rows) if rows else 0.0


def _arrow(start: tuple[int, int], end: tuple[int, int], grams: int) -> str:
    x, y, to_x, to_y = start[0] + BOX, start[1] + TALL // 2, end[0], end[1] + TALL // 2
    middle = (x + to_x) // 2
    label = f"{KG.short(grams)} kg"
    return (
        f'<path d="M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}" fill="none" stroke="#9a938a" '
        f'stroke-width="1.5"/><text x="{middle}" y="{(y + to_y) // 2 - 5}" text-anchor="middle" '
        f'font-size="11" fill="currentColor" stroke="none">{escape(label)}</text>'
    )


def _box(box: Box, x: int, y: int) -> str:
    colour = "#c53030" if box.is_alarm else "#1f7a4d" if box.is_start else "#9a938a"
    wide = 2.5 if box.is_start or box.is_alarm else 1
    left = f'<text x="{x + 10}" fill="currentColor"'
    lines = "".join(
        f'{left} y="{y + 38 + 17 * place}" font-size="12">{escape(_cut(line, 24))}</text>'
        for place, line in enumerate(box.lines)
    )
    drawn = (
        f'<rect x="{x}" y="{y}" width="{BOX}" height="{TALL}" rx="6" fill="none" stroke="{colour}" '
        f'stroke-width="{wide}"/>{left} y="{y + 20}" font-size="13" font-weight="600">'
        f"{escape(box.title)}</text>{lines}"
    )
    return f'<a href="{escape(box.href)}">{drawn}</a>' if box.href else drawn


def _cut(text: str, room: int) -> str:
    """Return a text that fits: a Chinese character takes the room of two."""
    used = 0
    for place, character in enumerate(text):
        used += 1 if character.isascii() else 2
        if used > room + 2:
            return text[:place] + "…"
    return text
