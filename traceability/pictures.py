"""The genealogy as a picture: batches in columns from left to right, kilograms on the edges; pure SVG.

Only presentation attributes and classes are used, no style: a page may forbid inline styles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

BOX, TALL, GAP_X, GAP_Y, EDGE = 190, 66, 170, 18, 40
PILL = 34
LINE = 13
"""Between labels of edges that meet at one batch."""

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A batch as it is drawn: three lines, a word of alarm, where it leads, and what is read aloud."""

    id: int
    title: str
    lines: tuple[str, str]
    alarm: str
    href: str
    said: str
    is_start: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """What went from one batch into another: `label` is drawn at the end that is further from the start."""

    source: int
    target: int
    label: str


@dataclass(frozen=True, slots=True)
class Pill:
    """A button on one side of a box (1 right, -1 left) that folds or unfolds what stands there.

    An `is_more` stands as a box of its own where the neighbours that are not drawn would.
    """

    id: int
    side: int
    label: str
    href: str
    said: str
    is_more: bool = False


def genealogy(
    boxes: Sequence[Box],
    arrows: Sequence[Arrow],
    pills: Sequence[Pill],
    columns: Mapping[int, int],
    title: str,
) -> Markup:
    """Return the picture; `columns` say where each box stands, `title` is what is read aloud."""
    more = [pill for pill in pills if pill.is_more]
    places = _places(columns, arrows, more)
    width = max(x for x, _ in places.values()) + BOX + EDGE
    height = max(y for _, y in places.values()) + TALL + EDGE
    head = (
        f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
    )
    parts = [
        *_arrows(arrows, places, columns),
        *(_dashes(places[pill.id], places[_key(pill)], pill.side) for pill in more),
        *(_box(box, *places[box.id]) for box in boxes),
        *(_more(pill, *places[_key(pill)]) for pill in more),
        *(_pill(pill, *places[pill.id]) for pill in pills if not pill.is_more),
    ]
    return Markup("".join([head, *parts, "</svg>"]))  # noqa: S704 - every text in it is escaped


def _key(pill: Pill) -> int:
    """Return under what the place of a box of more is kept: batches are numbered from 1."""
    return -2 * pill.id - (pill.side > 0)


def _places(columns: Mapping[int, int], arrows: Sequence[Arrow], more: Sequence[Pill]) -> dict[int, Place]:
    """Return where each box stands: by column, and in it as high as its neighbours nearer to the start."""
    stands = dict(columns) | {_key(pill): columns[pill.id] + pill.side for pill in more}
    nearer = _nearer(columns, arrows)
    nearer.update((_key(pill), [pill.id]) for pill in more)
    layers: defaultdict[int, list[int]] = defaultdict(list)
    for key, column in stands.items():
        layers[column].append(key)
    tallest, rows = max(len(layer) for layer in layers.values()), dict[int, float]()
    for column in sorted(layers, key=lambda one: (abs(one), one)):
        layer = sorted(
            layers[column], key=lambda key: (_mean([rows[one] for one in nearer[key]]), key < 0, key)
        )
        lead = (tallest - len(layer)) / 2
        rows.update({key: lead + place for place, key in enumerate(layer)})
    first = min(layers)
    return {
        key: (EDGE + (stands[key] - first) * (BOX + GAP_X), EDGE + round(row * (TALL + GAP_Y)))
        for key, row in rows.items()
    }


def _nearer(columns: Mapping[int, int], arrows: Sequence[Arrow]) -> defaultdict[int, list[int]]:
    """Return the neighbours of each box that stand nearer to the start, which are placed before it."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for arrow in arrows:
        ends = (arrow.source, arrow.target)
        near, far = sorted(ends, key=lambda key: abs(columns[key]))
        if abs(columns[near]) < abs(columns[far]):
            found[far].append(near)
    return found


def _mean(rows: Sequence[float]) -> float:
    return sum(rows) / len(rows) if rows else 0.0


def _arrows(arrows: Sequence[Arrow], places: Mapping[int, Place], columns: Mapping[int, int]) -> list[str]:
    """Draw the edges; where several meet at the outer end of a box, their labels stand one below another."""
    outer = [arrow.target if columns[arrow.target] > 0 else arrow.source for arrow in arrows]
    count, turn, drawn = Counter(outer), Counter[int](), []
    for arrow, end in zip(arrows, outer, strict=True):
        shift = round((turn[end] - (count[end] - 1) / 2) * LINE)
        turn[end] += 1
        drawn.append(
            _arrow(arrow, places[arrow.source], places[arrow.target], shift, at_target=end == arrow.target)
        )
    return drawn


def _arrow(arrow: Arrow, start: Place, end: Place, shift: int, *, at_target: bool) -> str:
    x, y, to_x, to_y = start[0] + BOX, start[1] + TALL // 2, end[0], end[1] + TALL // 2
    y, to_y = (y, to_y + shift) if at_target else (y + shift, to_y)
    middle = (x + to_x) // 2
    spot = f'x="{to_x - 6}" y="{to_y - 4}" text-anchor="end"' if at_target else f'x="{x + 6}" y="{y - 4}"'
    return (
        f'<path d="M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}" fill="none" stroke="#9a938a" '
        f'stroke-width="1.5"/><text {spot} font-size="11" fill="currentColor" class="halo">'
        f"{escape(arrow.label)}</text>"
    )


def _dashes(box: Place, more: Place, side: int) -> str:
    x, to_x = (box[0] + BOX, more[0]) if side > 0 else (box[0], more[0] + BOX)
    y, to_y, middle = box[1] + TALL // 2, more[1] + TALL // 2, (x + to_x) // 2
    return (
        f'<path d="M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}" fill="none" stroke="#9a938a" '
        'stroke-dasharray="4 4"/>'
    )


def _box(box: Box, x: int, y: int) -> str:
    colour = "#c53030" if box.alarm else "#1f7a4d" if box.is_start else "#9a938a"
    wide = 2.5 if box.is_start or box.alarm else 1
    left = f'<text x="{x + 10}" fill="currentColor"'
    lines = "".join(
        f'{left} y="{y + 38 + 17 * place}" font-size="12">{escape(_cut(line, 27))}</text>'
        for place, line in enumerate(box.lines)
    )
    alarm = (
        f'<text x="{x + BOX - 10}" y="{y + 20}" text-anchor="end" font-size="12" font-weight="600" '
        f'class="alarm" fill="#c53030">{escape(box.alarm)}</text>'
        if box.alarm
        else ""
    )
    drawn = (
        f"<title>{escape(box.said)}</title>"
        f'<rect x="{x}" y="{y}" width="{BOX}" height="{TALL}" rx="6" class="paper" fill="none" '
        f'stroke="{colour}" stroke-width="{wide}"/>{left} y="{y + 20}" font-size="13" font-weight="600">'
        f"{escape(box.title)}</text>{alarm}{lines}"
    )
    mark = f'id="b{box.id}"' + (" data-start" if box.is_start else "")
    return f'<a {mark} href="{escape(box.href)}">{drawn}</a>' if box.href else f"<g {mark}>{drawn}</g>"


def _more(pill: Pill, x: int, y: int) -> str:
    return _button(
        pill,
        f'<rect x="{x}" y="{y}" width="{BOX}" height="{TALL}" rx="6" class="paper" fill="none" '
        f'stroke="#9a938a" stroke-dasharray="4 4"/>',
        (x + BOX // 2, y + TALL // 2 + 5),
    )


def _pill(pill: Pill, x: int, y: int) -> str:
    middle = x + BOX + PILL // 2 if pill.side > 0 else x - PILL // 2
    return _button(
        pill,
        f'<rect x="{middle - 22}" y="{y + TALL // 2 - 22}" width="44" height="44" fill="transparent"/>'
        f'<rect x="{middle - PILL // 2}" y="{y + TALL // 2 - 11}" width="{PILL}" height="22" rx="11" '
        f'class="paper" fill="#fff" stroke="#9a938a"/>',
        (middle, y + TALL // 2 + 4),
    )


def _button(pill: Pill, shape: str, spot: Place) -> str:
    """Return a link that changes what is drawn; a page with scripts puts only the picture in its place."""
    mark = f"{'more' if pill.is_more else 'fold'}{pill.id * pill.side}"
    return (
        f'<a id="{mark}" class="fold" href="{escape(pill.href)}" data-fold aria-label="{escape(pill.said)}">'
        f'<title>{escape(pill.said)}</title>{shape}<text x="{spot[0]}" y="{spot[1]}" text-anchor="middle" '
        f'font-size="12" font-weight="600" fill="currentColor">{escape(pill.label)}</text></a>'
    )


def _cut(text: str, room: int) -> str:
    """Return a text that fits: a Chinese character takes the room of two."""
    used = 0
    for place, character in enumerate(text):
        used += 1 if character.isascii() else 2
        if used > room + 2:
            return text[:place] + "…"
    return text
