"""What may be used on crops and animals, and from which day they may be harvested or slaughtered; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.units import Scale

DOSE = Scale("", 3)
"""Doses are kept in 1/1 000 of their unit."""

EVERYTHING = "*"
"""The scope of what holds for every crop and animal."""

UNSTATED_WITHDRAWAL_DAYS = 28
"""Days of withdrawal of a veterinary drug for which none is stated (trade practice: 未规定按28日)."""

SEASON_DAYS = 365
"""How far back from a harvest records count."""


class InputKind(StrEnum):
    """Kinds of farm inputs (农业投入品)."""

    PESTICIDE = "pesticide"
    FERTILISER = "fertiliser"
    VETERINARY = "veterinary"
    FEED = "feed"
    OTHER = "other"


INPUT_KINDS = {
    InputKind.PESTICIDE: N_("Pesticide"),
    InputKind.FERTILISER: N_("Fertiliser"),
    InputKind.VETERINARY: N_("Veterinary drug"),
    InputKind.FEED: N_("Feed"),
    InputKind.OTHER: N_("Other input"),
}


class DoseUnit(StrEnum):
    """What a dose is counted in."""

    ML_MU = "ml_mu"
    G_MU = "g_mu"
    KG_MU = "kg_mu"
    MG_KG = "mg_kg"
    ML_HEAD = "ml_head"
    G_HEAD = "g_head"
    KG_HEAD = "kg_head"


DOSE_UNITS = {
    DoseUnit.ML_MU: N_("ml per mu"),
    DoseUnit.G_MU: N_("g per mu"),
    DoseUnit.KG_MU: N_("kg per mu"),
    DoseUnit.MG_KG: N_("mg per kg of body"),
    DoseUnit.ML_HEAD: N_("ml per head"),
    DoseUnit.G_HEAD: N_("g per head"),
    DoseUnit.KG_HEAD: N_("kg per head"),
}


class Breach(StrEnum):
    """Why goods may not be harvested, slaughtered or promised."""

    BANNED = "banned"
    NOT_REGISTERED = "not_registered"
    TOO_EARLY = "too_early"
    TOO_OFTEN = "too_often"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Crop:
    """A crop or species as the catalogue knows it."""

    code: str
    family: str
    species: str

    def is_in(self, scope: str) -> bool:
        """Tell whether a scope holds for it: everything, its family, its scientific name or its code."""
        return scope in {EVERYTHING, self.family, self.species, self.code}

    def narrowness(self, scope: str) -> int:
        """Return how closely a scope that holds for it names it: what is said more closely counts."""
        return [EVERYTHING, self.family, self.species, self.code].index(scope)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of an input. Days are Shanghai calendar days; `stopped_on` is the last day of a course."""

    input: str
    name: str
    kind: InputKind
    substance: str
    crop: Crop
    applied_on: date
    stopped_on: date | None
    dose_milli: int
    dose_unit: DoseUnit
    season: str

    @property
    def last_on(self) -> date:
        """Return the last day of use."""
        return self.stopped_on or self.applied_on


@dataclass(frozen=True, slots=True)
class Rule:
    """What the label allows on a crop: days to wait, uses a season, dose; None where it says nothing."""

    input: str
    scope: str
    interval_days: int
    max_applications: int | None
    max_dose_milli: int | None
    dose_unit: DoseUnit | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Ban:
    """A substance that may not be used on a scope from a day on, to `valid_to` inclusive."""

    substance: str
    scope: str
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach: what was used when, the first allowed day where waiting helps, and a sentence."""

    breach: Breach
    input: str
    applied_on: date
    first_allowed_on: date | None
    text: Text


def holds_on(valid_from: date, valid_to: date | None, day: date) -> bool:
    """Tell whether a validity holds on a day; both ends are included."""
    return valid_from <= day and (valid_to is None or day <= valid_to)


def substances(text: str) -> list[str]:
    """Return the single substances of a mixture that is written with 、 , ; · or +."""
    return [part for part in re.split(r"[、,，;；·+\s]+", text) if part]


def rule_for(use: Use, rules: Iterable[Rule]) -> Rule | None:
    """Return the rule that counts on the day of use: the narrowest scope, then the newest."""
    fitting = [
        rule
        for rule in rules
        if rule.input == use.input
        and use.crop.is_in(rule.scope)
        and holds_on(rule.valid_from, rule.valid_to, use.applied_on)
    ]
    return max(fitting, key=lambda rule: (use.crop.narrowness(rule.scope), rule.valid_from), default=None)


def interval_days(use: Use, rules: Iterable[Rule]) -> int:
    """Return the days to wait after the last day of use (安全间隔期, 休药期).

    A veterinary drug without a rule waits UNSTATED_WITHDRAWAL_DAYS; other inputs without one wait 0 days.
    """
    rule = rule_for(use, rules)
    if rule is not None:
        return rule.interval_days
    return UNSTATED_WITHDRAWAL_DAYS if use.kind is InputKind.VETERINARY else 0


def first_allowed_on(use: Use, rules: Iterable[Rule]) -> date:
    """Return the first day on which harvest or slaughter is legal: last day of use + interval days.

    Whole Shanghai calendar days are counted; the day of use is day 0, and harvest on the returned day is
    legal (农药管理条例 art. 34, 兽药管理条例 art. 38 and 40: use stops as long before as the label demands).
    """
    return use.last_on + timedelta(days=interval_days(use, rules))


def check(
    uses: Sequence[Use], rules: Sequence[Rule], bans: Sequence[Ban], began_on: date, ended_on: date
) -> list[Finding]:
    """Return every breach of a harvest or slaughter from one day to another.

    Uses after the last day, or more than SEASON_DAYS before the first, do not count. An input that is used
    while harvesting goes on is measured from its own day: something may have been picked on it.
    """
    since = began_on - timedelta(days=SEASON_DAYS)
    counted = [use for use in uses if since < use.last_on and use.applied_on <= ended_on]
    found = [finding for use in counted for finding in _of_use(use, rules, bans, began_on)]
    found += _too_often(counted, rules)
    return sorted(found, key=lambda one: (one.applied_on, one.input, one.breach))


def earliest(findings: Sequence[Finding]) -> date | None:
    """Return the first day on which nothing of it stands in the way; None when waiting does not help."""
    days = [finding.first_allowed_on for finding in findings]
    return None if None in days else max((day for day in days if day is not None), default=None)


def _of_use(use: Use, rules: Sequence[Rule], bans: Sequence[Ban], began_on: date) -> list[Finding]:
    if banned := _banned(use, bans):
        return [banned]
    rule = rule_for(use, rules)
    if rule is None and use.kind is InputKind.PESTICIDE:
        text = N_("%(input)s, used on %(day)s, is not registered for this crop")
        return [_finding(Breach.NOT_REGISTERED, use, None, text)]
    found = []
    day = max(began_on, use.applied_on)
    first = first_allowed_on(use, rules)
    if day < first:
        text = N_("%(input)s was last used on %(last)s and needs %(days)s days: not before %(first)s")
        days = interval_days(use, rules)
        found.append(
            _finding(
                Breach.TOO_EARLY,
                use,
                first,
                text,
                last=use.last_on.isoformat(),
                days=days,
                first=first.isoformat(),
            )
        )
    if rule is not None and _is_too_much(use, rule):
        text = N_("%(input)s, used on %(day)s: the dose %(dose)s is above the allowed %(most)s")
        figures = {"dose": DOSE.short(use.dose_milli), "most": DOSE.short(rule.max_dose_milli or 0)}
        found.append(_finding(Breach.TOO_MUCH, use, None, text, **figures))
    return found


def _banned(use: Use, bans: Sequence[Ban]) -> Finding | None:
    for ban in bans:
        if (
            ban.substance in substances(use.substance)
            and use.crop.is_in(ban.scope)
            and any(holds_on(ban.valid_from, ban.valid_to, day) for day in (use.applied_on, use.last_on))
        ):
            text = N_("%(input)s, used on %(day)s, contains %(substance)s, which is banned here (%(source)s)")
            return _finding(Breach.BANNED, use, None, text, substance=ban.substance, source=ban.source)
    return None


def _is_too_much(use: Use, rule: Rule) -> bool:
    return (
        rule.max_dose_milli is not None
        and rule.dose_unit is use.dose_unit
        and use.dose_milli > rule.max_dose_milli
    )


def _too_often(uses: Sequence[Use], rules: Sequence[Rule]) -> list[Finding]:
    """Count the uses of each input in the newest season that has any."""
    if not uses:
        return []
    season = max(uses, key=lambda use: use.applied_on).season
    counts = Counter(use.input for use in uses if use.season == season)
    found = []
    for code, count in counts.items():
        last = max((use for use in uses if use.input == code), key=lambda use: use.applied_on)
        rule = rule_for(last, rules)
        if rule is not None and rule.max_applications is not None and count > rule.max_applications:
            text = N_("%(input)s was used %(count)s times this season; %(most)s are allowed")
            figures = {"count": count, "most": rule.max_applications}
            found.append(_finding(Breach.TOO_OFTEN, last, None, text, **figures))
    return found


def _finding(breach: Breach, use: Use, allowed_on: date | None, text: str, **values: object) -> Finding:
    told = {"input": use.name, "day": use.applied_on.isoformat(), **values}
    return Finding(breach, use.input, use.applied_on, allowed_on, Text(text, told))
