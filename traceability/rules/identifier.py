"""The one name that a thing always has in events: the constrained canonical Digital Link; pure.

Source: CBV 2.0, 8.8.1 and EPCIS 2.0, 6.4; EPC URNs by the EPC Tag Data Standard 1.13, section 6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote, unquote

from supplychain.base.gs1.keys import check_digit

HOST = "https://id.gs1.org"
_PLAIN = "';="
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
    return value if value.isalnum() and value.isascii() else quote(unquote(value), safe=_PLAIN)


def _from_urn(text: str) -> str | None:
    """Return the link of an EPC URN; None for a scheme or a shape that has none."""
    found = _URN.fullmatch(text)
    if found is None:
        return None
    kind, scheme, prefix, rest = found.groups()
    if kind == "idpat":
        return _pattern(scheme, prefix, rest)
    if scheme in _WHOLE:
        return f"{HOST}/{_WHOLE[scheme]}/{prefix}{_encoded(rest)}" if rest else None
    if scheme in _SERIALISED:
        item, _, serial = rest.partition(".")
        return _joined(f"{HOST}/01/", _gtin(prefix, item), f"/{_SERIALISED[scheme]}/", serial)
    return _other(scheme, prefix, rest)


def _other(scheme: str, prefix: str, rest: str) -> str | None:
    """Return the link of a key with a check digit, and of what hangs on it."""
    reference, _, serial = rest.partition(".")
    body, found = prefix + reference, None
    match scheme:
        case "sscc":
            found = _joined(f"{HOST}/00/", _key(rest[:1] + prefix + rest[1:], 17))
        case "gsrn" | "gsrnp" | "gsin":
            ai, length = {"gsrn": ("8018", 17), "gsrnp": ("8017", 17), "gsin": ("402", 16)}[scheme]
            found = _joined(f"{HOST}/{ai}/", _key(prefix + rest, length))
        case "sgln":
            extension = ("", "") if serial == "0" else ("/254/", serial)
            found = _joined(f"{HOST}/414/", _key(body, 12), *extension)
        case "pgln":
            found = _joined(f"{HOST}/417/", _key(prefix + rest, 12))
        case "gdti" | "grai" | "sgcn":
            ai = {"gdti": "253/", "grai": "8003/0", "sgcn": "255/"}[scheme]
            found = _joined(f"{HOST}/{ai}", _key(body, 12), "", serial)
        case "cpi" if serial:
            part, _, number = rest.rpartition(".")
            found = f"{HOST}/8010/{prefix}{_encoded(part)}/8011/{number}"
        case "itip" if rest.count(".") == 3:
            item, piece, total, number = rest.split(".")
            found = _joined(f"{HOST}/8006/", _gtin(prefix, item), f"{piece}{total}/21/", number)
    return found


def _pattern(scheme: str, prefix: str, rest: str) -> str | None:
    """Return the link of the kind whose every serial a pattern means."""
    reference, _, star = rest.rpartition(".")
    if star != "*":
        return None
    if scheme in {"sgtin", "upui", "lgtin"}:
        return _joined(f"{HOST}/01/", _gtin(prefix, reference))
    if scheme == "cpi":
        return f"{HOST}/8010/{prefix}{_encoded(reference)}"
    if scheme == "itip" and reference.count(".") == 2:
        item, piece, total = reference.split(".")
        return _joined(f"{HOST}/8006/", _gtin(prefix, item), "", piece + total)
    ai = {"grai": "8003/0", "gdti": "253/", "sgcn": "255/"}.get(scheme)
    return None if ai is None else _joined(f"{HOST}/{ai}", _key(prefix + reference, 12))


def pattern_beginnings(text: str) -> tuple[str, ...]:
    """Return how the names begin that an EPC pattern (`urn:epc:idpat:…`) stands for; none where it is none.

    Stars stand at the end: serials of a kind, or everything of a company prefix. A GTIN and an SSCC have a
    digit of their own before the prefix, so that there are ten beginnings.
    """
    found = _URN.fullmatch(text)
    if found is None or found[1] != "idpat":
        return ()
    scheme, prefix, rest = found[2], found[3], found[4]
    kind = _pattern(scheme, prefix, rest)
    if kind is not None:
        return (f"{kind}/{_SERIALISED[scheme]}/",) if scheme in _SERIALISED else (kind,)
    if set(rest) - {"*", "."} or scheme not in _HEADED:
        return ()
    head, has_digit = _HEADED[scheme]
    digits = "0123456789" if has_digit else [""]
    return tuple(f"{HOST}/{head}{digit}{prefix}" for digit in digits)


_HEADED: Mapping[str, tuple[str, bool]] = {
    "sgtin": ("01/", True),
    "lgtin": ("01/", True),
    "sscc": ("00/", True),
    "sgln": ("414/", False),
    "pgln": ("417/", False),
    "giai": ("8004/", False),
    "grai": ("8003/0", False),
    "gdti": ("253/", False),
}
"""Before which digits a company prefix stands in a link, and whether one of its key comes first."""


def _joined(head: str, key: str | None, between: str = "", serial: str | None = None) -> str | None:
    if key is None or (serial == "" and between):
        return None
    return f"{head}{key}{between}{_encoded(serial or '')}"


def _gtin(prefix: str, item: str) -> str | None:
    return _key(item[:1] + prefix + item[1:], 13)


def _key(body: str, length: int) -> str | None:
    if len(body) != length or not (body.isascii() and body.isdigit()):
        return None
    return body + check_digit(body)


_SERIALISED: Mapping[str, str] = {"sgtin": "21", "lgtin": "10", "upui": "235"}
_WHOLE: Mapping[str, str] = {"giai": "8004", "ginc": "401"}


def urn_of(link: str, prefixes: Sequence[str]) -> str:
    """Return the EPC URN of a canonical Digital Link whose company prefix is among those; else the link."""
    link = canonical_id(link)
    parts = link.removeprefix(f"{HOST}/").split("/")
    if not link.startswith(f"{HOST}/") or parts[0] not in _MOVED:
        return link
    digits = parts[1][1:] if _MOVED[parts[0]] else parts[1]
    prefix = next((each for each in sorted(prefixes, key=len, reverse=True) if digits.startswith(each)), None)
    return link if prefix is None else _urn(parts, prefix) or link


def _urn(parts: Sequence[str], prefix: str) -> str | None:
    """Return the URN of a link's parts; the check digit goes, the leading digit moves behind the prefix."""
    key = parts[1]
    moved = key[0] + key[1 + len(prefix) : -1]
    flat = key[len(prefix) : -1]
    tail = unquote(parts[3]) if len(parts) == 4 else ""
    serial = quote(tail, safe="!'()*+,-.:;=_")
    urns = {
        ("00", ""): f"urn:epc:id:sscc:{prefix}.{moved}",
        ("01", "21"): f"urn:epc:id:sgtin:{prefix}.{moved}.{serial}",
        ("01", "10"): f"urn:epc:class:lgtin:{prefix}.{moved}.{serial}",
        ("01", ""): f"urn:epc:idpat:sgtin:{prefix}.{moved}.*",
        ("414", ""): f"urn:epc:id:sgln:{prefix}.{flat}.0",
        ("414", "254"): f"urn:epc:id:sgln:{prefix}.{flat}.{serial}",
        ("417", ""): f"urn:epc:id:pgln:{prefix}.{flat}",
    }
    return urns.get((parts[0], parts[2] if len(parts) == 4 else ""))


_MOVED: Mapping[str, bool] = {"00": True, "01": True, "414": False, "417": False}
"""Keys that can be told back as URNs; whether their first digit stands before the prefix."""
