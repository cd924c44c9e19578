"""Which part of a genealogy is drawn: the batches nearest to one, and what a reader unfolds and folds; pure.

A key is a batch's number with a direction: positive means what it became, negative what it came from.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from traceability.rules.shares import levels

MOST = 40
"""Batches that are drawn without being asked for."""
FAN = 12
"""Neighbours of one batch that are drawn without being asked for, the first of them."""
MORE = 40
"""Batches that opening a key adds at most: of its neighbours, and when these are few of what follows them."""

Beside = Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader has unfolded, in this order and as often as named, and folded; keys."""

    opened: tuple[int, ...] = ()
    folded: tuple[int, ...] = ()

    def open(self, key: int) -> Asked:
        """Return the same with a key unfolded, or with more of what stands there."""
        if key in self.folded:
            return replace(self, folded=tuple(one for one in self.folded if one != key))
        return replace(self, opened=(*self.opened, key))

    def fold(self, key: int) -> Asked:
        """Return the same with a key folded."""
        return replace(self, folded=(*self.folded, key))


@dataclass(frozen=True, slots=True)
class Fold:
    """What stands on one side of a drawn batch: so many neighbours drawn, so many hidden."""

    key: int
    drawn: int
    hidden: int


@dataclass(frozen=True, slots=True)
class View:
    """The part that is drawn: in which column each batch stands, 0 is the start, and where more is hidden."""

    columns: Mapping[int, int]
    folds: Sequence[Fold]


def beside(edges: Iterable[tuple[int, int]]) -> Beside:
    """Return under each key the neighbours of that batch in that direction, each once."""
    found: defaultdict[int, dict[int, None]] = defaultdict(dict)
    for parent, child in edges:
        found[parent][child] = found[-child][parent] = None
    return {key: list(near) for key, near in found.items()}


def view(start: int, near: Beside, asked: Asked) -> View:
    """Return what is drawn around a batch: some forty, then what was opened, without what was folded.

    `near` is from `beside`. A key that is opened shows the next of its neighbours and what follows them,
    named twice as many again; so nothing that was drawn goes away when more is.
    """
    known = {start}
    _grow((-start, start), near, known, MOST - 1, FAN)
    for key in asked.opened:
        if abs(key) in known:
            _grow((key,), near, known, MORE, MORE)
    drawn, keys = _walk(start, near, known, asked.folded)
    folds = [_fold(key, near[key], drawn, asked.folded) for key in keys if near.get(key)]
    return View(_columns(start, near, drawn, keys), folds)


def _grow(keys: Sequence[int], near: Beside, known: set[int], room: int, fan: int) -> None:
    """Add neighbours of some keys, at most `fan` of each, and theirs, the nearest first; as room allows."""
    ahead = deque(keys)
    while ahead and room > 0:
        key = ahead.popleft()
        most = min(room, fan if key in keys else FAN)
        new = [one for one in near.get(key, ()) if one not in known][:most]
        known.update(new)
        room -= len(new)
        ahead.extend(one if key > 0 else -one for one in new)


def _walk(
    start: int, near: Beside, known: Collection[int], folded: Collection[int]
) -> tuple[set[int], list[int]]:
    """Return the batches that are reached where nothing is folded, and the keys that were passed."""
    drawn, keys, ahead = {start}, [-start, start], deque((-start, start))
    while ahead:
        key = ahead.popleft()
        if key in folded:
            continue
        new = [one for one in near.get(key, ()) if one in known and one not in drawn]
        drawn.update(new)
        outward = [one if key > 0 else -one for one in new]
        keys += outward
        ahead.extend(outward)
    return drawn, keys


def _fold(key: int, near: Sequence[int], drawn: Collection[int], folded: Collection[int]) -> Fold:
    shown = 0 if key in folded else sum(one in drawn for one in near)
    return Fold(key, shown, sum(one not in drawn for one in near))


def _columns(start: int, near: Beside, drawn: Collection[int], keys: Sequence[int]) -> dict[int, int]:
    """Return how far each batch stands from the start, the longest way; what it came from, before it."""
    columns = {start: 0}
    for sign in (-1, 1):
        side = {start} | {abs(key) for key in keys if key * sign > 0}
        steps = [(one, other) for one in side for other in near.get(one * sign, ()) if other in side]
        columns |= {one: sign * far for one, far in levels(side, steps).items()}
    return columns
