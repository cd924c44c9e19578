"""Where a mixed batch comes from, in shares of its mass along the edges of its genealogy; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from traceability.rules.genealogy import WHOLE_BP, apportion

_PARTS = 10**15
"""Into so many parts a batch is cut before they are handed up, whole parts only: none is lost or doubled."""


def origins(start: int, edges: Iterable[tuple[int, int, int]]) -> Mapping[int, int]:
    """Return the share of each root in a batch, in 1/10 000, adding up to exactly 10 000.

    `edges` are (parent, child, grams of the child that came from the parent), none in a circle. A root has
    no parents; a batch without any is its own root.
    """
    parents: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for parent, child, grams in edges:
        parents[child].append((parent, grams))
    held: defaultdict[int, int] = defaultdict(int, {start: _PARTS})
    roots: defaultdict[int, int] = defaultdict(int)
    for batch in upwards(start, parents):
        handed = parents.get(batch, [])
        if not handed or not sum(grams for _, grams in handed):
            roots[batch] += held[batch]
            continue
        shares = apportion(held[batch], [grams for _, grams in handed])
        for (parent, _), share in zip(handed, shares, strict=True):
            held[parent] += share
    known = sorted(roots)
    return dict(zip(known, apportion(WHOLE_BP, [roots[batch] for batch in known]), strict=True))


def upwards(start: int, parents: Mapping[int, Sequence[tuple[int, int]]]) -> list[int]:
    """Return a batch and its ancestors, every child before its parents; any depth, nothing recurses."""
    order: list[int] = []
    seen, ahead = {start}, [(start, iter(parents.get(start, ())))]
    while ahead:
        batch, rest = ahead[-1]
        following = next((parent for parent, _ in rest if parent not in seen), None)
        if following is None:
            order.append(batch)
            ahead.pop()
            continue
        seen.add(following)
        ahead.append((following, iter(parents.get(following, ()))))
    return order[::-1]


def levels(nodes: Iterable[int], edges: Sequence[tuple[int, int]]) -> Mapping[int, int]:
    """Return how many steps each node is from the furthest node without parents, the longest way."""
    waiting: defaultdict[int, int] = defaultdict(int)
    children: defaultdict[int, list[int]] = defaultdict(list)
    for parent, child in edges:
        waiting[child] += 1
        children[parent].append(child)
    found = {node: 0 for node in nodes if not waiting[node]}
    ahead = list(found)
    while ahead:
        node = ahead.pop()
        for child in children[node]:
            found[child] = max(found.get(child, 0), found[node] + 1)
            waiting[child] -= 1
            if not waiting[child]:
                ahead.append(child)
    return found
