"""Element strings: what a GS1 barcode carries, as (AI)value pairs, with FNC1, or after a symbology prefix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from supplychain.base.gs1.identifiers import TABLE, Identifier, day_of
from supplychain.base.gs1.keys import Gs1Error, has_check_digit

FNC1 = "\x1d"
_PREFIX = re.compile(r"\](?:C1|e0|d2|Q3|J1)")
_BRACKETED = re.compile(r"\((\d{2,4})\)((?:\\.|[^\\(])*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Element:
    """What a code says: its pairs in the order in which they stand."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, ai: str) -> str | None:
        """Return the value of an AI, or None."""
        return next((value for name, value in self.pairs if name == ai), None)


def parse(text: str, today: date) -> Element:
    """Read a bracketed or raw element string; Gs1Error names the AI that is wrong.

    Raw strings mark FNC1 as GS (0x1D) or `^`; a symbology prefix (]C1 ]d2 ]Q3 ]e0 ]J1) may stand before.
    """
    if text.startswith("("):
        pairs = _bracketed(text)
    else:
        pairs = _raw(_PREFIX.sub("", text, count=1).replace("^", FNC1).removeprefix(FNC1))
    check(pairs, today)
    return Element(tuple(pairs))


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
    if not pairs:
        raise Gs1Error("empty", "")
    seen: dict[str, str] = {}
    for ai, value in pairs:
        check_value(ai, value, today)
        if seen.setdefault(ai, value) != value:
            raise Gs1Error("repeated", value, ai)
    for ai, value in pairs:
        identifier = TABLE[ai]
        if identifier.needs and not any(needed in seen for needed in identifier.needs):
            raise Gs1Error("needs-another", value, ai)
        if any(excluded in seen for excluded in identifier.excludes):
            raise Gs1Error("excludes-another", value, ai)


def check_value(ai: str, value: str, today: date) -> Identifier:
    """Raise Gs1Error unless a value is right for its AI; return the AI."""
    identifier = TABLE.get(ai)
    if identifier is None:
        raise Gs1Error("unknown-ai", value, ai)
    if identifier.pattern.fullmatch(value) is None:
        raise Gs1Error("format", value, ai)
    if identifier.has_check_digit and not has_check_digit(value):
        raise Gs1Error("check-digit", value, ai)
    if identifier.is_date and day_of(value, today) is None:
        raise Gs1Error("date", value, ai)
    return identifier


def _bracketed(text: str) -> list[tuple[str, str]]:
    pairs = [(found[1], re.sub(r"\\(.)", r"\1", found[2])) for found in _BRACKETED.finditer(text)]
    if "".join(found[0] for found in _BRACKETED.finditer(text)) != text:
        raise Gs1Error("format", text)
    return pairs


def _raw(text: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    while text:
        ai = next((text[:length] for length in (2, 3, 4) if text[:length] in TABLE), None)
        if ai is None:
            raise Gs1Error("unknown-ai", text)
        text = text[len(ai) :]
        if TABLE[ai].is_predefined:
            length = int(str(TABLE[ai].pattern.pattern)[3:-1])
            value, text = text[:length], text[length:].removeprefix(FNC1)
        else:
            value, _, text = text.partition(FNC1)
        pairs.append((ai, value))
    return pairs
