"""GS1 Digital Link URIs: reading, making, and the canonical form that events are matched by.

Source: GS1 Digital Link Standard: URI Syntax 1.4; strict where the standard is. `compression` shortens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, unquote_to_bytes

from supplychain.base.gs1 import compression, element
from supplychain.base.gs1.identifiers import TABLE
from supplychain.base.gs1.keys import Gs1Error

CANONICAL = "https://id.gs1.org"
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_WHOLE = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/]*)(.*)", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9.:\[\]\-]+")
_SCHEMES = frozenset(("http", "https", "HTTP", "HTTPS"))
_DIGITS = re.compile(r"[0-9]*")
_FINEST = {
    "00": ((),),
    "01": (("21",), ("10",), ("235",), ()),
    "253": ((),),
    "255": ((),),
    "401": ((),),
    "402": ((),),
    "414": (("254",), ()),
    "417": ((),),
    "8003": ((),),
    "8004": ((),),
    "8006": (("21",), ("10",), ()),
    "8010": (("8011",), ()),
    "8013": ((),),
    "8017": ((),),
    "8018": ((),),
}
"""By key: the qualifiers that its canonical form keeps, the finest first (CBV 2.0, 8.8.1)."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """What a Digital Link names: the key, its qualifiers, and the attributes of its query string."""

    key: tuple[str, str]
    qualifiers: Pairs
    attributes: Pairs = ()

    @property
    def pairs(self) -> Pairs:
        """Return everything as (AI, value) pairs."""
        return (self.key, *self.qualifiers, *self.attributes)

    def get(self, ai: str) -> str | None:
        """Return the value of an AI, or None."""
        return next((value for name, value in self.pairs if name == ai), None)

    def uri(self, host: str = CANONICAL) -> str:
        """Return the URI at a host, or below a stem, with attributes of predefined length first."""
        path = "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in (self.key, *self.qualifiers))
        sorted_ = sorted(self.attributes, key=lambda pair: not TABLE[pair[0]].is_predefined)
        query = "&".join(f"{ai}={quote(value, safe='')}" for ai, value in sorted_)
        return f"{host.rstrip('/')}{path}{'?' if query else ''}{query}"


def parse(uri: str, today: date) -> Link:
    """Read a Digital Link, whole or from its path on; Gs1Error says what is wrong with it.

    The rightmost key in the path counts; query keys that are no AI are left alone, a key or qualifier that
    belongs into the path is refused there. A path alone may end with a slash, as resolvers allow.
    """
    if uri.startswith("/"):
        path, query = _cut(uri)
        return _parsed(path.removesuffix("/"), query, today)
    return parse_uri(uri, today)


def parse_uri(uri: str, today: date) -> Link:
    """Read a whole Digital Link, scheme and host with it; Gs1Error says what is wrong with it."""
    found = _WHOLE.fullmatch(uri)
    if found is None or found[1] not in _SCHEMES:
        raise Gs1Error("scheme", uri)
    if _HOST.fullmatch(found[2]) is None:
        raise Gs1Error("host", uri)
    return _parsed(*_cut(found[3]), today)


def of_pairs(pairs: Sequence[tuple[str, str]]) -> Link:
    """Return pairs as a link: the first key, the longest sequence of its qualifiers, the rest attributes.

    Gs1Error when there is no key or something may not stand in a query string.
    """
    key = next((pair for pair in pairs if pair[0] in TABLE and TABLE[pair[0]].is_key), None)
    if key is None:
        raise Gs1Error("no-key", element.bracketed(pairs))
    values = dict(pairs)
    fitting = (sequence for sequence in TABLE[key[0]].sequences if values.keys() >= set(sequence))
    chosen = max(sorted(fitting), key=len)
    rest = [(ai, value) for ai, value in values.items() if ai != key[0] and ai not in chosen]
    for ai, value in rest:
        if ai not in TABLE or not TABLE[ai].is_attribute:
            raise Gs1Error("not-an-attribute", value, ai)
    return Link(key, tuple((ai, values[ai]) for ai in chosen), tuple(rest))


def build(pairs: Sequence[tuple[str, str]], host: str = CANONICAL) -> str:
    """Return the Digital Link of pairs: key and qualifiers in the path, the rest in the query string."""
    return of_pairs(pairs).uri(host)


def canonical(link: Link) -> str:
    """Return the one form that the same thing always has: id.gs1.org, the finest key, no query.

    With lot and serial both, the serial alone tells the thing apart (CBV 2.0, 8.8.1).
    """
    values = dict(link.qualifiers)
    for wanted in _FINEST.get(link.key[0], (tuple(values),)):
        if all(ai in values for ai in wanted):
            path = ((ai, values[ai]) for ai in wanted)
            return CANONICAL + "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in (link.key, *path))
    return build((link.key,))


def compressed(link: Link, host: str = CANONICAL) -> str:
    """Return a link in one short segment; never printed by default, since few readers know it.

    Where an attribute is a key itself the link's own key goes first: readers take the first that they find.
    """
    path = (link.key, *link.qualifiers)
    has_other_key = any(TABLE[ai].is_key for ai, _ in link.attributes)
    groups = (path, link.attributes) if has_other_key else ((*path, *link.attributes), ())
    return f"{host.rstrip('/')}/{compression.compress(*groups)}"


def _cut(rest: str) -> tuple[str, str]:
    """Return path and query of what follows the host; Gs1Error for signs that no URI has."""
    if _URI.fullmatch(rest) is None:
        raise Gs1Error("characters", rest)
    if _BAD_PERCENT.search(rest):
        raise Gs1Error("percent", rest)
    path, _, query = rest.partition("#")[0].partition("?")
    return path, query


def _parsed(path: str, query: str, today: date) -> Link:
    in_path, packed = _path(path, today)
    attributes = packed + _query(query, in_path, packed, today)
    if len(in_path) + len(attributes) > element.MOST:
        raise Gs1Error("too-many", path)
    link = Link(in_path[0], tuple(in_path[1:]), attributes)
    element.check_together(link.pairs)
    return link


def _path(path: str, today: date) -> tuple[Pairs, Pairs]:
    """Return key and qualifiers of a path, whatever stem it has, and the attributes of a compressed one."""
    segments = path.split("/")[1:]
    start = _start(segments)
    if start is None:
        return _short(path, segments, today)
    pairs = [(segments[at], _plain(segments[at + 1])) for at in range(start, len(segments), 2)]
    for ai, value in pairs:
        element.check_value(ai, value, today)
    if tuple(ai for ai, _ in pairs[1:]) not in TABLE[pairs[0][0]].sequences:
        raise Gs1Error("qualifier-order", path)
    return tuple(pairs), ()


def _start(segments: Sequence[str]) -> int | None:
    """Return where the rightmost key stands, walking back from the end by pairs of identifier and value."""
    for at in range(len(segments) - 2, -1, -2):
        identifier = TABLE.get(segments[at])
        if identifier is None:
            return None
        if identifier.is_key:
            return at
    return None


def _short(path: str, segments: Sequence[str], today: date) -> tuple[Pairs, Pairs]:
    """Return what a compressed last segment says, after a key in plain digits or alone; else no key."""
    try:
        pairs = compression.decompress(segments[-1] if segments else "")
        start = _start(segments[:-1])
        plain = segments[start:-1] if start is not None else []
        pairs = [(plain[at], _plain(plain[at + 1])) for at in range(0, len(plain), 2)] + pairs
        for ai, value in pairs:
            element.check_value(ai, value, today)
        found = of_pairs(pairs)
    except Gs1Error as error:
        raise Gs1Error("no-key", path) from error
    if len(found.pairs) != len(pairs):
        raise Gs1Error("repeated", path)
    return (found.key, *found.qualifiers), found.attributes


def _plain(text: str) -> str:
    """Return a text without percent signs; what is not UTF-8 stays wrong and is refused later."""
    return unquote_to_bytes(text).decode("utf-8", "replace") if "%" in text else text


def _query(query: str, in_path: Pairs, packed: Pairs, today: date) -> Pairs:
    found: dict[str, str] = {}
    for ai, value in _numbered(query):
        if ai in found or any(ai == other for other, _ in in_path + packed):
            raise Gs1Error("repeated", value, ai)
        if not TABLE[ai].is_attribute:
            raise Gs1Error("not-an-attribute", value, ai)
        if _belongs(ai, in_path):
            raise Gs1Error("in-path", value, ai)
        element.check_value(ai, value, today)
        found[ai] = value
    return tuple(found.items())


def _numbered(query: str) -> Iterable[tuple[str, str]]:
    """Yield the attributes of a query; keys that are no numbers belong to others."""
    for piece in query.split("&"):
        name, equals, text = piece.partition("=")
        if not equals or _DIGITS.fullmatch(name) is None:
            continue
        if name not in TABLE:
            raise Gs1Error("unknown-ai", text, name)
        value = _plain(text.replace("+", " "))
        yield name, value.zfill(14) if name == "01" and len(value) in {8, 12, 13} else value


def _belongs(ai: str, in_path: Pairs) -> bool:
    """Tell whether an attribute could stand among the qualifiers of the path, and so must."""
    sequence = tuple(other for other, _ in in_path[1:])
    allowed = TABLE[in_path[0][0]].sequences
    return any((*sequence[:at], ai, *sequence[at:]) in allowed for at in range(len(sequence) + 1))
