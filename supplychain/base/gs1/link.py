"""GS1 Digital Link URIs: reading, making, and the canonical form that events are matched by.

Source: GS1 Digital Link Standard: URI Syntax 1.4; strict where the standard is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from supplychain.base.gs1 import element
from supplychain.base.gs1.identifiers import TABLE
from supplychain.base.gs1.keys import Gs1Error

CANONICAL = "https://id.gs1.org"
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Link:
    """What a Digital Link names: the key, its qualifiers, and the attributes of its query string."""

    key: tuple[str, str]
    qualifiers: tuple[tuple[str, str], ...]
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return everything as (AI, value) pairs."""
        return (self.key, *self.qualifiers, *self.attributes)

    def get(self, ai: str) -> str | None:
        """Return the value of an AI, or None."""
        return next((value for name, value in self.pairs if name == ai), None)


def parse(uri: str, today: date) -> Link:
    """Read a Digital Link, whole or from its path on; Gs1Error says what is wrong with it.

    The rightmost key in the path counts; query keys that are no AI are left alone, a key or qualifier among
    them is refused.
    """
    if _BAD_PERCENT.search(uri):
        raise Gs1Error("percent", uri)
    split = urlsplit(uri)
    if split.scheme and split.scheme not in {"http", "https", "HTTP", "HTTPS"}:
        raise Gs1Error("scheme", uri)
    pairs = _path(split.path)
    attributes = _query(split.query, today)
    for ai, value in pairs:
        element.check_value(ai, value, today)
    return Link(pairs[0], tuple(pairs[1:]), attributes)


def build(pairs: Sequence[tuple[str, str]], host: str = CANONICAL) -> str:
    """Return the Digital Link of a key, its qualifiers in order, and attributes in the query string."""
    path, query = [], []
    key = TABLE[pairs[0][0]]
    for ai, value in pairs:
        if ai == key.ai or ai in key.qualifiers:
            path.append(f"/{ai}/{quote(value, safe='')}")
        else:
            query.append(f"{ai}={quote(value, safe='')}")
    return host.rstrip("/") + "".join(path) + (f"?{'&'.join(query)}" if query else "")


def canonical(link: Link) -> str:
    """Return the one form that the same thing always has: id.gs1.org, the finest key, no query.

    With lot and serial both, the serial alone tells the thing apart (CBV 2.0, 8.8.1).
    """
    qualifiers = link.qualifiers
    if link.key[0] == "01" and any(ai == "21" for ai, _ in qualifiers):
        qualifiers = tuple(pair for pair in qualifiers if pair[0] == "21")
    return build((link.key, *qualifiers))


def _path(path: str) -> list[tuple[str, str]]:
    segments = path.rstrip("/").split("/")[1:]
    keys = [place for place in range(len(segments) - 1) if _is_key(segments[place])]
    for place in reversed(keys):
        rest = segments[place:]
        if len(rest) % 2 == 0:
            pairs = [(rest[at], unquote(rest[at + 1])) for at in range(0, len(rest), 2)]
            _check_order(pairs, path)
            return pairs
    raise Gs1Error("no-key", path)


def _is_key(segment: str) -> bool:
    return segment in TABLE and TABLE[segment].is_key


def _check_order(pairs: Sequence[tuple[str, str]], path: str) -> None:
    order = TABLE[pairs[0][0]].qualifiers
    places = [order.index(ai) if ai in order else -1 for ai, _ in pairs[1:]]
    if -1 in places or places != sorted(set(places)):
        raise Gs1Error("qualifier-order", path)


def _query(query: str, today: date) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if not name.isdigit():
            continue
        if name not in TABLE or not TABLE[name].is_attribute or TABLE[name].is_key:
            raise Gs1Error("not-an-attribute", value, name)
        if name in found:
            raise Gs1Error("repeated", value, name)
        element.check_value(name, value, today)
        found[name] = value
    return tuple(found.items())
