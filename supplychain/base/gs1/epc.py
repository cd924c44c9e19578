"""EPC URNs and the (AI)value pairs they stand for. Digital Links are made from those pairs by `link`.

A URN parts the company prefix from the rest and has no check digit: to read one nothing else is needed, to
make one the length of the prefix must be known. Source: GS1 EPC Tag Data Standard 2.1, sections 6, 7 and 8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, unquote

from supplychain.base.gs1 import element, keys
from supplychain.base.gs1.keys import Gs1Error

Pairs = tuple[tuple[str, str], ...]

SHORTEST_PREFIX, LONGEST_PREFIX = 6, 12
_URN = re.compile(r"urn:epc:(id|idpat|class):([a-z]+):(.+)")
_PLAIN = re.compile(r"[A-Za-z0-9!'()*+,\-.:;=_]|%[0-9A-Fa-f]{2}")
_KEPT = "!'()*+,:;="
"""Signs that a URN carries as they are, besides letters, digits, `-`, `.`, `_` (TDS 2.1, table A-1)."""


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How one scheme writes a key: its AI, digits of prefix and reference together, and what follows."""

    name: str
    ai: str
    digits: int
    """Of prefix and reference without the check digit; 0 when there is no fixed end."""
    moves: bool = False
    """Whether the key's first digit stands before the reference in the URN."""
    head: str = ""
    """What stands before the key in the element string only."""
    tail: str | None = None
    """The AI of the third field, empty when it belongs to the key itself, None when there is none."""
    space: str = "id"


_SCHEMES = (
    _Scheme("sgtin", "01", 13, moves=True, tail="21"),
    _Scheme("lgtin", "01", 13, moves=True, tail="10", space="class"),
    _Scheme("sscc", "00", 17, moves=True),
    _Scheme("sgln", "414", 12, tail="254"),
    _Scheme("pgln", "417", 12),
    _Scheme("gdti", "253", 12, tail=""),
    _Scheme("grai", "8003", 12, head="0", tail=""),
    _Scheme("giai", "8004", 0),
)
_BY_NAME = {scheme.name: scheme for scheme in _SCHEMES}
_NO_EXTENSION = "0"
"""An SGLN with this extension is the place itself (TDS 2.1, 6.3.4)."""


def from_urn(text: str, today: date) -> Pairs:
    """Return the pairs that a URN names; Gs1Error with reason `urn` when it is none.

    A pattern with `*` for the serial number names the class of things: its GTIN, GRAI or GDTI alone.
    """
    found = _URN.fullmatch(text)
    scheme = _BY_NAME.get(found[2]) if found else None
    if found is None or scheme is None or not _fits(scheme, found[1], found[3]):
        raise Gs1Error("urn", text)
    pairs = _read(scheme, found[3].split("."), found[1] == "idpat", text)
    for ai, value in pairs:
        element.check_value(ai, value, today)
    return pairs


def to_urn(pairs: Sequence[tuple[str, str]], prefix_length: int) -> str:
    """Return the URN of a key and its qualifier, given the digits of its company prefix.

    A GTIN alone, or a GDTI or GRAI without serial, becomes a pattern. Gs1Error when no scheme fits.
    """
    if not SHORTEST_PREFIX <= prefix_length <= LONGEST_PREFIX:
        raise Gs1Error("company-prefix", str(prefix_length))
    values = dict(pairs)
    scheme = next((one for one in _SCHEMES if _carries(one, values)), None)
    if scheme is None:
        raise Gs1Error("urn", element.bracketed(pairs))
    value = values[scheme.ai].removeprefix(scheme.head)
    fields, serial = _split(scheme, value, prefix_length)
    if scheme.tail:
        serial = values.get(scheme.tail, _NO_EXTENSION if scheme.name == "sgln" else "")
    if scheme.tail is None:
        return f"urn:epc:id:{scheme.name}:{'.'.join(fields)}"
    space = scheme.space if serial else "idpat"
    return f"urn:epc:{space}:{scheme.name}:{'.'.join((*fields, _escaped(serial) or '*'))}"


def _fits(scheme: _Scheme, space: str, body: str) -> bool:
    """Tell whether a body has the fields that its scheme and namespace ask for."""
    count = 2 if scheme.tail is None else 3
    fields = body.split(".", count - 1)
    is_pattern = space == "idpat"
    if len(fields) != count or (space != scheme.space and not is_pattern):
        return False
    if is_pattern and (scheme.space != "id" or scheme.tail is None or fields[-1] != "*"):
        return False
    prefix = fields[0]
    return prefix.isdecimal() and prefix.isascii() and SHORTEST_PREFIX <= len(prefix) <= LONGEST_PREFIX


def _read(scheme: _Scheme, parts: Sequence[str], is_pattern: bool, text: str) -> Pairs:
    prefix, reference, *rest = parts
    serial = "" if is_pattern else _unescaped(".".join(rest), text)
    if not scheme.digits:
        return ((scheme.ai, prefix + _unescaped(".".join((reference, *rest)), text)),)
    key = _key(scheme, prefix, reference, text)
    if scheme.tail is None or (scheme.tail and is_pattern):
        return ((scheme.ai, key),)
    if not serial and not is_pattern:
        raise Gs1Error("urn", text)
    if scheme.tail == "":
        return ((scheme.ai, key + serial),)
    if scheme.name == "sgln" and serial == _NO_EXTENSION:
        return ((scheme.ai, key),)
    return ((scheme.ai, key), (scheme.tail, serial))


def _key(scheme: _Scheme, prefix: str, reference: str, text: str) -> str:
    """Return the key of prefix and reference with its check digit."""
    body = reference[:1] + prefix + reference[1:] if scheme.moves else prefix + reference
    if len(body) != scheme.digits or not body.isdecimal() or not body.isascii():
        raise Gs1Error("urn", text)
    return scheme.head + body + keys.check_digit(body)


def _carries(scheme: _Scheme, values: dict[str, str]) -> bool:
    """Tell whether a scheme says all that the pairs say."""
    names = values.keys() - {scheme.ai}
    if scheme.ai not in values:
        return False
    if not names:
        return True
    return bool(scheme.tail) and names == {scheme.tail}


def _split(scheme: _Scheme, value: str, prefix_length: int) -> tuple[tuple[str, str], str]:
    """Return prefix and reference of a key, and the serial number that is part of it."""
    if not scheme.digits:
        if len(value) <= prefix_length or not value[:prefix_length].isdecimal():
            raise Gs1Error("company-prefix", value, scheme.ai)
        return (value[:prefix_length], _escaped(value[prefix_length:])), ""
    body, serial = value[: scheme.digits], value[scheme.digits + 1 :]
    first, rest = (body[0], body[1:]) if scheme.moves else ("", body)
    return (rest[:prefix_length], first + rest[prefix_length:]), serial


def _escaped(text: str) -> str:
    return quote(text, safe=_KEPT).replace("~", "%7E")


def _unescaped(text: str, urn: str) -> str:
    """Return a field without escapes; Gs1Error for signs that a URN may not carry as they are."""
    if _PLAIN.sub("", text):
        raise Gs1Error("urn", urn)
    return unquote(text, errors="replace")
