"""Pictures made on the server: curves with band, marks and gaps, and sparklines. Points in, SVG out, pure.

Only presentation attributes are used, no style: a page may forbid inline styles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from supplychain.kernel.clock import SHANGHAI

WIDTH, HEIGHT = 720, 240
PHONE_WIDTH, PHONE_HEIGHT = 340, 200
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 14, 26
COLD, STOP, MUTED, BAND = "#2b6cb0", "#c53030", "#75706a", "#1f7a4d"


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch that is drawn red, with its label."""

    start: datetime
    end: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A series over time in 1/100 units, its band, what left the band, and where nothing is known."""

    points: Sequence[tuple[datetime, int]]
    title: str
    """What the picture finds, in words: read aloud instead of it."""
    unit: str
    low: int | None = None
    high: int | None = None
    marks: Sequence[Mark] = ()
    gaps: Sequence[tuple[datetime, datetime]] = ()
    width: int = WIDTH
    height: int = HEIGHT


def thin(points: Sequence[tuple[datetime, int]], limit: int = 240) -> Sequence[tuple[datetime, int]]:
    """Return at most `limit` points that keep every bucket's lowest and highest: no peak is lost."""
    if len(points) <= limit:
        return points
    size = -(-len(points) // (limit // 2))
    kept: list[tuple[datetime, int]] = []
    for start in range(0, len(points), size):
        bucket = points[start : start + size]
        ends = {min(bucket, key=lambda point: point[1]), max(bucket, key=lambda point: point[1])}
        kept.extend(sorted(ends))
    return kept


def curve(drawn: Curve) -> Markup:
    """Return the curve for the desk and for the phone: the style sheet shows one. Empty without points."""
    wide = single(drawn, "curve curve-wide")
    if not wide:
        return wide
    small = replace(drawn, width=PHONE_WIDTH, height=PHONE_HEIGHT)
    return wide + single(small, "curve curve-small")


def single(drawn: Curve, style: str = "curve") -> Markup:
    """Return one SVG: band shaded, excursions red, gaps hatched, axes labelled; empty without points."""
    if len(drawn.points) < 2:
        return Markup("")
    frame = _Frame.around(drawn)
    parts = [
        _open(drawn, style),
        *_band(drawn, frame),
        *_gaps(drawn, frame),
        *_ticks(frame, drawn),
        *_lines(drawn, frame),
        *_marks(drawn, frame),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 - every text in it is escaped where it is made


def spark(values: Sequence[int], label: str = "") -> Markup:
    """Return a small line of values, oldest first; empty for fewer than two."""
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    span = max(high - low, 1)
    step = 78 / (len(values) - 1)
    dots = " ".join(
        f"{1 + index * step:.1f},{19 - 16 * (value - low) / span:.1f}" for index, value in enumerate(values)
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 80 22" width="80" height="22" role="img" aria-label="{}">'
        '<polyline points="{}" fill="none" stroke="currentColor" stroke-width="1.6" '
        'stroke-linejoin="round"/></svg>'
    ).format(label, dots)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where instants and values fall on the picture."""

    start: datetime
    end: datetime
    low: int
    high: int
    width: int
    height: int

    @classmethod
    def around(cls, drawn: Curve) -> _Frame:
        values = [value for _, value in drawn.points]
        edges = [edge for edge in (drawn.low, drawn.high) if edge is not None]
        low, high = min([*values, *edges]), max([*values, *edges])
        margin = max((high - low) // 10, 50)
        first = min([drawn.points[0][0], *(gap[0] for gap in drawn.gaps)])
        last = max([drawn.points[-1][0], *(gap[1] for gap in drawn.gaps)])
        return cls(first, last, low - margin, high + margin, drawn.width, drawn.height)

    def x(self, at: datetime) -> float:
        seconds = max((self.end - self.start).total_seconds(), 1)
        return LEFT + (self.width - LEFT - RIGHT) * (at - self.start).total_seconds() / seconds

    def y(self, value: int) -> float:
        return TOP + (self.height - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def _open(drawn: Curve, style: str) -> str:
    opened = (
        f'<svg class="{style}" viewBox="0 0 {drawn.width} {drawn.height}" role="img" '
        f'aria-label="{escape(drawn.title)}" font-size="11" font-family="sans-serif">'
    )
    if not drawn.gaps:
        return opened
    return (
        f'{opened}<defs><pattern id="gap-{drawn.width}" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)">'
        f'<path d="M0 0V6" stroke="{MUTED}" stroke-width="1.5" stroke-opacity=".5"/></pattern></defs>'
    )


def _text(x: float, y: float, anchor: str, fill: str, text: object) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'


def _box(left: float, top: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(width, 2):.1f}" height="{height:.1f}" {fill}/>'


def _band(drawn: Curve, frame: _Frame) -> list[str]:
    edges = [edge for edge in (drawn.low, drawn.high) if edge is not None]
    if not edges:
        return []
    low = frame.low if drawn.low is None else drawn.low
    high = frame.high if drawn.high is None else drawn.high
    right = drawn.width - RIGHT
    shade = f'fill="{BAND}" fill-opacity=".1"'
    found = [_box(LEFT, frame.y(high), right - LEFT, frame.y(low) - frame.y(high), shade)]
    for edge in edges:
        y = frame.y(edge)
        found += [
            f'<path d="M{LEFT} {y:.1f}H{right}" stroke="{BAND}" stroke-dasharray="4 3"/>',
            _text(right, y - 3, "end", BAND, f"{_short(edge)} {drawn.unit}"),
        ]
    return found


def _gaps(drawn: Curve, frame: _Frame) -> list[str]:
    height = drawn.height - TOP - BOTTOM
    return [
        _box(frame.x(start), TOP, frame.x(end) - frame.x(start), height, f'fill="url(#gap-{drawn.width})"')
        for start, end in drawn.gaps
    ]


def _ticks(frame: _Frame, drawn: Curve) -> list[str]:
    bottom, right = drawn.height - BOTTOM, drawn.width - RIGHT
    axes = f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="{MUTED}" stroke-opacity=".6"/>'
    values = [
        _text(LEFT - 5, frame.y(value) + 4, "end", "currentColor", _short(value))
        for value in _round_values(frame.low, frame.high)
    ]
    found = [axes, *values]
    for at in _round_hours(frame.start, frame.end, min(7, drawn.width // 60)):
        local, x = at.astimezone(SHANGHAI), frame.x(at)
        label = f"{local.month}/{local.day}" if local.hour == 0 else f"{local:%H:%M}"
        found += [
            f'<path d="M{x:.1f} {bottom}v4" stroke="{MUTED}"/>',
            _text(min(x, right - 12), bottom + 16, "middle", "currentColor", label),
        ]
    return found


def _lines(drawn: Curve, frame: _Frame) -> list[str]:
    """Draw the series, broken where nothing is known."""
    path: list[str] = []
    previous: datetime | None = None
    for at, value in thin(drawn.points, drawn.width // 3):
        broken = previous is not None and any(previous <= start and end <= at for start, end in drawn.gaps)
        path.append(f"{'M' if previous is None or broken else 'L'}{frame.x(at):.1f} {frame.y(value):.1f}")
        previous = at
    stroke = f'stroke="{COLD}" stroke-width="1.8" stroke-linejoin="round"'
    return [f'<path d="{"".join(path)}" fill="none" {stroke}/>']


def _marks(drawn: Curve, frame: _Frame) -> list[str]:
    found = []
    for mark in drawn.marks:
        left, right = frame.x(mark.start), frame.x(mark.end)
        inside = [(at, value) for at, value in drawn.points if mark.start <= at <= mark.end]
        path = " ".join(f"{frame.x(at):.1f},{frame.y(value):.1f}" for at, value in thin(inside))
        is_late = left > drawn.width * 0.5
        shade = f'fill="{STOP}" fill-opacity=".08"'
        found += [
            _box(left, TOP, right - left, drawn.height - TOP - BOTTOM, shade),
            f'<polyline points="{path}" fill="none" stroke="{STOP}" stroke-width="2.4"/>',
            _text(right if is_late else left, TOP - 3, "end" if is_late else "start", STOP, mark.label),
        ]
    return found


def _round_values(low: int, high: int) -> list[int]:
    step = next(size for size in (50, 100, 200, 500, 1000, 2000, 5000, 10**6) if (high - low) / size <= 6)
    first = -(-low // step) * step
    return list(range(first, high + 1, step))


def _round_hours(start: datetime, end: datetime, most: int) -> list[datetime]:
    hours = (end - start).total_seconds() / 3600
    step = next(size for size in (1, 2, 3, 6, 12, 24, 48, 168, 10**5) if hours / size <= most)
    local = start.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
    at = local - timedelta(hours=local.hour % step)
    found = []
    while at <= end:
        if at >= start:
            found.append(at)
        at += timedelta(hours=step)
    return found


def _short(value: int) -> str:
    return f"{value / 100:g}"
