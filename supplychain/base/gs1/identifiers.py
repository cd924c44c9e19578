"""The application identifiers ready for use: patterns, rules, associations. The facts are in `table`.

An identifier that is not here is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from supplychain.base.gs1.dates import day_of as day_of  # noqa: PLC0414 - the name that callers know
from supplychain.base.gs1.keys import Gs1Error
from supplychain.base.gs1.linters import RULES, Rule
from supplychain.base.gs1.table import PREDEFINED, ROWS, Group, Row

CSET82 = r"[A-Za-z0-9!\"%&'()*+,\-./_:;<=>?]"
_SIGNS = {"N": "[0-9]", "X": CSET82, "Y": r"[A-Z0-9#\-/]", "Z": "[A-Za-z0-9_=-]"}


@dataclass(frozen=True, slots=True)
class Part:
    """One component of a value: its character set (N X Y Z) and its length; an optional one may be absent."""

    kind: str
    least: int
    most: int
    is_optional: bool

    @property
    def pattern(self) -> str:
        """Return the regular expression of this component."""
        signs = f"{_SIGNS[self.kind]}{{{self.least},{self.most}}}"
        return f"(?:{signs})?" if self.is_optional else signs


@dataclass(frozen=True, slots=True)
class Check:
    """One rule for a stretch of a value; a stretch that is absent is not checked."""

    start: int
    stop: int
    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class Need:
    """What an identifier cannot be without: one of some others, or all of a set of them."""

    one_of: frozenset[str]
    together: tuple[frozenset[str], ...] = ()

    def is_met(self, present: Mapping[str, str]) -> bool:
        """Tell whether identifiers that are present are enough."""
        return not self.one_of.isdisjoint(present) or any(all_ <= present.keys() for all_ in self.together)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One AI: the pattern of its value, whether its length is predefined, and its place in a Digital Link.

    Every one of `needs` must be met; of `excludes` none may be present.
    """

    ai: str
    parts: tuple[Part, ...]
    pattern: re.Pattern[str]
    shortest: int
    longest: int
    checks: tuple[Check, ...]
    is_predefined: bool
    is_attribute: bool
    sequences: frozenset[tuple[str, ...]]
    """For a primary key: every sequence of qualifiers that may follow it, the empty one among them."""
    needs: tuple[Need, ...]
    excludes: frozenset[str]

    @property
    def is_key(self) -> bool:
        """Tell whether this is a primary key of Digital Links."""
        return bool(self.sequences)

    def verify(self, value: str, today: date) -> None:
        """Raise Gs1Error unless a value is right for this AI."""
        if self.pattern.fullmatch(value) is None:
            is_length = not self.shortest <= len(value) <= self.longest
            raise Gs1Error("length" if is_length else "format", value, self.ai)
        for check in self.checks:
            part = value[check.start : check.stop]
            if part and not check.rule(part, today):
                raise Gs1Error(check.reason, value, self.ai)


def _part(text: str) -> Part:
    kind, length = text[0], text[1:].removesuffix("?")
    least, _, most = length.partition("-")
    return Part(kind, int(least), int(most or least), text.endswith("?"))


def _identifiers(row: Row) -> Iterator[Identifier]:
    parts, checks, start = [], [], 0
    for component in row.format.split():
        text, *rules = component.split(":")
        part = _part(text)
        checks += [Check(start, start + part.most, *RULES[rule]) for rule in rules]
        parts.append(part)
        start += part.most
    shortest = sum(0 if part.is_optional else part.least for part in parts)
    pattern = re.compile("".join(part.pattern for part in parts))
    for ai in row.each():
        yield Identifier(
            ai,
            tuple(parts),
            pattern,
            shortest,
            start,
            tuple(checks),
            ai[:2] in PREDEFINED,
            row.is_attribute,
            _sequences(row),
            tuple(_need(group) for group in row.needs),
            frozenset(other for mask in row.excludes for other in _masked(mask)) - {ai},
        )


def _sequences(row: Row) -> frozenset[tuple[str, ...]]:
    return frozenset(
        chosen
        for order in row.key or ()
        for count in range(len(order) + 1)
        for chosen in combinations(order, count)
    )


_ALL = frozenset(ai for row in ROWS for ai in row.each())


def _masked(mask: str) -> frozenset[str]:
    """Return the identifiers of a mask such as 31nn."""
    digits = mask.rstrip("n")
    return frozenset(ai for ai in _ALL if len(ai) == len(mask) and ai.startswith(digits))


def _need(group: Group) -> Need:
    single = frozenset(ai for mask in group if "+" not in mask for ai in _masked(mask))
    return Need(single, tuple(frozenset(mask.split("+")) for mask in group if "+" in mask))


TABLE = {identifier.ai: identifier for row in ROWS for identifier in _identifiers(row)}
LENGTHS = {ai[:2]: len(ai) for ai in TABLE}
"""By the first two digits of an identifier: how many it has."""
