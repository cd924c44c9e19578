"""The one name that a thing always has in events: the constrained canonical Digital Link; pure.

Source: CBV 2.0, 8.8.1 and EPCIS 2.0, 6.4; EPC URNs by the EPC Tag Data Standard 1.13, section 6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

from supplychain.base.gs1.keys import check_digit

HOST = "https://id.gs1.org"
_PLAIN = "';=<>\""
_LINK = re.compile(r"https?://[^?#\s]*", re.IGNORECASE)
_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(\d{6,12})\.(.*)", re.ASCII)

_SHAPES: Mapping[str, re.Pattern[str]] = {
    ai: re.compile(shape, re.ASCII)
    for ai, shape in {
        "00": r"\d{18}",
        "01": r"\d{8}|\d{12,14}",
        "253": r"\d{13}[^/]{0,34}",
        "255": r"\d{13}\d{0,12}",
        "401": r"\d{4}[^/]+",
        "402": r"\d{17}",
        "414": r"\d{13}",
        "417": r"\d{13}",
        "8003": r"\d{14}[^/]{0,48}",
        "8004": r"\d{4}[^/]+",
        "8006": r"\d{18}",
        "8010": r"\d{4}[^/]+",
        "8017": r"\d{18}",
        "8018": r"\d{18}",
    }.items()
}
_FINEST: Mapping[str, tuple[str, ...]] = {
    "01": ("21", "235", "10"),
    "8006": ("21", "10"),
    "414": ("254",),
    "8010": ("8011",),
}
"""Qualifiers that tell things apart, the finest first: beside a serial the lot says nothing."""


@lru_cache(maxsize=16_384)
def canonical_id(text: str) -> str:
    """Return the constrained canonical Digital Link of a Digital Link or EPC URN; other text as it is.

    The host becomes id.gs1.org, query and coarser qualifiers go, a GTIN has 14 digits.
    """
    if text.startswith("urn:epc:"):
        return _from_urn(text) or text
    if text[:4].lower() == "http":
        return _from_link(text) or text
    return text


def is_pattern(text: str) -> bool:
    """Tell whether a text stands for every serial of a kind (`urn:epc:idpat:…*`)."""
    return text.startswith("urn:epc:idpat:")


def _from_link(text: str) -> str | None:
    found = _LINK.match(text)
    if found is None:
        return None
    segments = found.group().rstrip("/").split("/")[3:]
    for place in range(len(segments) - 2, -1, -1):
        shape = _SHAPES.get(segments[place])
        if shape is not None and shape.fullmatch(segments[place + 1]):
            return _constrained(segments[place], segments[place + 1], segments[place + 2 :])
    return None


def _constrained(ai: str, value: str, rest: list[str]) -> str | None:
    if len(rest) % 2:
        return None
    named = dict(zip(rest[::2], rest[1::2], strict=True))
    key = value.zfill(14) if ai == "01" else _encoded(value)
    for name in _FINEST.get(ai, ()):
        if name in named:
            return f"{HOST}/{ai}/{key}/{name}/{_encoded(named[name])}"
    return f"{HOST}/{ai}/{key}"


def _encoded(value: str) -> str:
    """Return a value with what a link may not hold percent-encoded (GS1 Digital Link, table 7-1)."""
    return value if value.isalnum() and value.isascii() else quote(unquote(value), safe=_PLAIN[:3])


def _from_urn(text: str) -> str | None:
    found = _URN.fullmatch(text)
    if found is None:
        return None
    kind, scheme, prefix, rest = found.groups()
    make = _SCHEMES.get((kind, scheme))
    return None if make is None else make(prefix, rest)


def _gtin(prefix: str, item: str) -> str | None:
    if len(prefix) + len(item) != 13 or not item.isdigit():
        return None
    body = item[0] + prefix + item[1:]
    return body + check_digit(body)


def _key13(prefix: str, reference: str) -> str | None:
    if len(prefix) + len(reference) != 12 or not (reference.isdigit() or reference == ""):
        return None
    body = prefix + reference
    return body + check_digit(body)


def _serialised(ai: str):  # type: ignore[no-untyped-def]  # a factory of makers, typed where they are kept
    def make(prefix: str, rest: str) -> str | None:
        item, _, serial = rest.partition(".")
        gtin = _gtin(prefix, item)
        return f"{HOST}/01/{gtin}/{ai}/{_encoded(serial)}" if gtin and serial else None

    return make
