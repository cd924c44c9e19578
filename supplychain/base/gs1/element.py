"""Element strings: what a GS1 barcode carries, as (AI)value pairs, with FNC1, or after a symbology prefix.

Which identifiers there are is in `table`; Digital Links are read by `link`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from supplychain.base.gs1.identifiers import LENGTHS, TABLE, Identifier
from supplychain.base.gs1.keys import Gs1Error

FNC1 = "\x1d"
MOST = 64
"""Pairs that one message may have; more are a mistake of the reader."""
_PREFIX = re.compile(r"\](?:C1|e0|d2|Q3|J1)")
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:[^\\(]|\\\()+)", re.DOTALL)
_SERIAL_KEYS = ("253", "255", "8003")


@dataclass(frozen=True, slots=True)
class Element:
    """What a code says: its pairs in the order in which they stand."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, ai: str) -> str | None:
        """Return the value of an AI, or None."""
        return next((value for name, value in self.pairs if name == ai), None)


def parse(text: str, today: date) -> Element:
    """Read a bracketed or raw element string; Gs1Error names the AI that is wrong.

    Raw strings mark FNC1 as GS (0x1D) or `^`; a symbology prefix (]C1 ]d2 ]Q3 ]e0 ]J1) may stand before, and
    the FNC1 at the head may be missing, as most scanners send it.
    """
    if text.startswith("("):
        return parse_bracketed(text, today)
    return _element(_raw(_PREFIX.sub("", text, count=1).replace("^", FNC1).removeprefix(FNC1)), today)


def parse_bracketed(text: str, today: date) -> Element:
    r"""Read `(01)…(10)…`; a `(` inside a value is written `\(`; Gs1Error names the AI that is wrong."""
    return _element(_bracketed(text), today)


def parse_raw(text: str, today: date) -> Element:
    """Read a message with FNC1 as `^`, also at its head; Gs1Error names the AI that is wrong."""
    if not text.startswith("^"):
        raise Gs1Error("fnc1", text)
    if FNC1 in text:
        raise Gs1Error("format", text)
    return _element(_raw(text[1:].replace("^", FNC1)), today)


def raw(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the pairs as a barcode carries them: FNC1 after values of no predefined length but the last."""
    parts = []
    for place, (ai, value) in enumerate(pairs):
        ends = TABLE[ai].is_predefined or place == len(pairs) - 1
        parts.append(f"{ai}{value}{'' if ends else FNC1}")
    return "".join(parts)


def bracketed(pairs: Iterable[tuple[str, str]]) -> str:
    r"""Return the pairs for people, with `(` in values written `\(`."""
    return "".join(f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in pairs)


def check(pairs: Sequence[tuple[str, str]], today: date) -> None:
    """Raise Gs1Error unless every value is right for its AI and the AIs go together."""
    for ai, value in pairs:
        check_value(ai, value, today)
    check_together(pairs)


def check_together(pairs: Sequence[tuple[str, str]]) -> None:
    """Raise Gs1Error unless the AIs go together; their values are right already.

    Source: General Specifications 4.13 (pairs that must not and pairs that must come together).
    """
    if not pairs:
        raise Gs1Error("empty", "")
    if len(pairs) > MOST:
        raise Gs1Error("too-many", str(len(pairs)))
    present = dict(pairs)
    if len(present) < len(pairs):
        _check_repeated(pairs, present)
    for ai, value in pairs:
        identifier = TABLE[ai]
        if not identifier.excludes.isdisjoint(present):
            raise Gs1Error("excludes-another", value, ai)
        if not all(need.is_met(present) for need in identifier.needs):
            raise Gs1Error("needs-another", value, ai)
    if "8030" in present:
        _check_signed(present)


@lru_cache(maxsize=4096)
def check_value(ai: str, value: str, today: date) -> Identifier:
    """Raise Gs1Error unless a value is right for its AI; return the AI.

    What was right is kept: the codes of a run differ in their serial alone.
    """
    identifier = TABLE.get(ai)
    if identifier is None:
        raise Gs1Error("unknown-ai", value, ai)
    identifier.verify(value, today)
    return identifier


def _element(pairs: list[tuple[str, str]], today: date) -> Element:
    check(pairs, today)
    return Element(tuple(pairs))


def _check_repeated(pairs: Sequence[tuple[str, str]], present: dict[str, str]) -> None:
    """Raise Gs1Error for an AI that has two values; the same value may stand twice."""
    for ai, value in pairs:
        if present[ai] != value:
            raise Gs1Error("repeated", value, ai)


def _check_signed(present: dict[str, str]) -> None:
    """Raise Gs1Error for a digital signature over a key without its serial component."""
    for ai in _SERIAL_KEYS:
        if len(present.get(ai, "")) == TABLE[ai].shortest:
            raise Gs1Error("serial-missing", present[ai], ai)


def _bracketed(text: str) -> list[tuple[str, str]]:
    pairs, end = [], 0
    for found in _BRACKETED.finditer(text):
        if found.start() != end:
            break
        pairs.append((found[1], found[2].replace("\\(", "(")))
        end = found.end()
    if end != len(text):
        raise Gs1Error("format", text)
    return pairs


def _raw(text: str) -> list[tuple[str, str]]:
    pairs, at = [], 0
    while at < len(text):
        ai = text[at : at + LENGTHS.get(text[at : at + 2], 0)]
        identifier = TABLE.get(ai)
        if identifier is None:
            raise Gs1Error("unknown-ai", text[at:])
        at += len(ai)
        end = text.find(FNC1, at)
        end = len(text) if end < 0 else end
        if identifier.is_predefined:
            end = min(end, at + identifier.longest)
        pairs.append((ai, text[at:end]))
        at = end + (text[end : end + 1] == FNC1)
    return pairs
