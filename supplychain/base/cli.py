"""Commands of base for integrators: `supplychain gs1`. What the codes mean lives in `gs1`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

import click

from supplychain.base.gs1 import element, link, reasons
from supplychain.base.gs1.keys import Gs1Error
from supplychain.base.gs1.link import Link
from supplychain.kernel import clock

Pairs = Sequence[tuple[str, str]]


@click.command()
def gs1() -> None:
    """Read GS1 codes: JSON lines in, one JSON answer a line out.

    A line is {"kind": "bracketed", "value": "(01)…"}; kinds are bracketed, raw (FNC1 as ^, also at the head)
    and dl (a Digital Link). The answer tells the identifiers, the code as Digital Link and as element string,
    or what is wrong with it.
    """
    for line in sys.stdin.buffer:
        click.echo(json.dumps(answer(line, clock.today())))


def answer(line: bytes, today: date) -> dict[str, Any]:
    """Return what one line comes to; a line that is no question is answered as well."""
    try:
        question = json.loads(line)
    except (ValueError, RecursionError):
        return _wrong("The line is no JSON.")
    kind, value = (
        (question.get("kind"), question.get("value")) if isinstance(question, dict) else (None, None)
    )
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None or not isinstance(value, str):
        return _wrong('A line must be {"kind": "bracketed", "raw" or "dl", "value": text}.')
    try:
        return reader(value, today)
    except Gs1Error as error:
        return _wrong(reasons.in_english(error))


def _element(pairs: Pairs) -> dict[str, Any]:
    try:
        uri = link.build(pairs)
    except Gs1Error:
        uri = None
    return _right(pairs, uri)


def _link(found: Link) -> dict[str, Any]:
    return _right(found.pairs, found.uri())


def _right(pairs: Pairs, uri: str | None) -> dict[str, Any]:
    return {"ok": True, "ais": [list(pair) for pair in pairs], "dl": uri, "element": element.bracketed(pairs)}


def _wrong(words: str) -> dict[str, Any]:
    return {"ok": False, "error": words}


_READERS: Mapping[str, Callable[[str, date], dict[str, Any]]] = MappingProxyType(
    {
        "bracketed": lambda value, today: _element(element.parse_bracketed(value, today).pairs),
        "raw": lambda value, today: _element(element.parse_raw(value, today).pairs),
        "dl": lambda value, today: _link(link.parse_uri(value, today)),
    }
)
