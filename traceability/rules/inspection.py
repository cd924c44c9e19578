"""Inspections: who has them made, what a reading says against its limit, what findings come to; pure.

How long a re-test may be asked for stands in `retest`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_, Listed, Text
from supplychain.kernel.state import StateTable
from supplychain.kernel.units import Scale
from traceability.rules.certificate import CocBasis
from traceability.rules.farm import Crop, holds_on

AMOUNT = Scale("", 6)
"""Measured amounts and limits are kept in 1/1 000 000 of their unit."""


class InspectionKind(StrEnum):
    """Who has goods tested, and how (农产品质量安全法 34, 37, 48)."""

    SELF = "self"
    QUICK = "quick"
    COMMISSIONED = "commissioned"
    OFFICIAL = "official"
    OFFICIAL_QUICK = "official_quick"


INSPECTION_KINDS = {
    InspectionKind.SELF: N_("Own test"),
    InspectionKind.QUICK: N_("Own quick test"),
    InspectionKind.COMMISSIONED: N_("Commissioned test"),
    InspectionKind.OFFICIAL: N_("Spot test by market or authority"),
    InspectionKind.OFFICIAL_QUICK: N_("Quick spot test by market or authority"),
}

QUICK_KINDS = frozenset({InspectionKind.QUICK, InspectionKind.OFFICIAL_QUICK})
OFFICIAL_KINDS = frozenset({InspectionKind.OFFICIAL, InspectionKind.OFFICIAL_QUICK})


class InspectionResult(StrEnum):
    """What an inspection came to."""

    PENDING = "pending"
    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"


_ENDS = (InspectionResult.PASS, InspectionResult.FAIL)

RESULT = StateTable(
    initial=InspectionResult.PENDING,
    flow=(InspectionResult.PENDING, InspectionResult.PASS),
    moves={InspectionResult.PENDING: frozenset(_ENDS), **{end: frozenset() for end in _ENDS}},
    labels={
        InspectionResult.PENDING: N_("Result awaited"),
        InspectionResult.PASS: N_("Passed"),
        InspectionResult.FAIL: N_("Not passed"),
    },
)


class Reading(StrEnum):
    """What a laboratory writes in the column of results."""

    MEASURED = "measured"
    NOT_DETECTED = "not_detected"
    BELOW_LOQ = "below_loq"
    NEGATIVE = "negative"
    POSITIVE = "positive"
    PRESENT = "present"


READINGS = {
    Reading.MEASURED: N_("With an amount"),
    Reading.NOT_DETECTED: N_("Not detected"),
    Reading.BELOW_LOQ: N_("Below the limit of quantification"),
    Reading.NEGATIVE: N_("Negative"),
    Reading.POSITIVE: N_("Positive"),
    Reading.PRESENT: N_("Found, and must not be"),
}


class AmountUnit(StrEnum):
    """What an amount is counted in."""

    MG_KG = "mg_kg"
    UG_KG = "ug_kg"
    PERCENT = "percent"
    CFU_G = "cfu_g"
    MPN_G = "mpn_g"


AMOUNT_UNITS = {
    AmountUnit.MG_KG: N_("mg/kg"),
    AmountUnit.UG_KG: N_("µg/kg"),
    AmountUnit.PERCENT: N_("% inhibition"),
    AmountUnit.CFU_G: N_("CFU/g"),
    AmountUnit.MPN_G: N_("MPN/g"),
}

_MICROGRAMS = {AmountUnit.MG_KG: 1_000, AmountUnit.UG_KG: 1}


class Bound(StrEnum):
    """How a limit is meant."""

    AT_MOST = "at_most"
    BELOW = "below"
    ABSENT = "absent"


BOUNDS = {
    Bound.AT_MOST: N_("at most"),
    Bound.BELOW: N_("below"),
    Bound.ABSENT: N_("must not be found"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """What goods may hold of something; `micro` and `unit` are None when it must not be found at all."""

    bound: Bound
    micro: int | None
    unit: AmountUnit | None
    source: str


@dataclass(frozen=True, slots=True)
class KeptLimit:
    """A limit of the table: for which goods (as farm rules have it), from when to when inclusive."""

    analyte: str
    scope: str
    limit: Limit
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Amount:
    """What was read; `micro` of BELOW_LOQ and NOT_DETECTED is what the method can tell, if it was given."""

    reading: Reading
    micro: int | None = None
    unit: AmountUnit | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """A test as far as a promise may rest on it: `result` is the final one, after any re-test."""

    __test__ = False

    number: str
    kind: InspectionKind
    result: InspectionResult


def limit_for(analyte: str, crop: Crop, limits: Iterable[KeptLimit], day: date) -> Limit | None:
    """Return the limit that counts for goods on a day: the narrowest scope, then the newest."""
    fitting = [
        kept
        for kept in limits
        if kept.analyte == analyte
        and crop.is_in(kept.scope)
        and holds_on(kept.valid_from, kept.valid_to, day)
    ]
    best = max(fitting, key=lambda kept: (crop.narrowness(kept.scope), kept.valid_from), default=None)
    return None if best is None else best.limit


def is_laxer(typed: Limit, kept: Limit) -> bool:
    """Tell whether a typed limit allows more than the table's. Raises Invalid at `unit` for unlike units."""
    if kept.bound is Bound.ABSENT or typed.bound is Bound.ABSENT:
        return typed.bound is not Bound.ABSENT
    typed_micro, kept_micro = _comparable(typed.micro, typed.unit, kept)
    if typed_micro == kept_micro:
        return typed.bound is Bound.AT_MOST and kept.bound is Bound.BELOW
    return typed_micro > kept_micro


def passes(amount: Amount, limit: Limit | None) -> bool:
    """Tell whether a reading passes; the one place where pass and fail come from.

    Positive and present fail, negative and not detected pass, whatever the limit. An amount passes within
    its limit, a method that cannot quantify passes when it could have seen the limit. Raises Invalid at
    `amount_micro`, `unit` or `limit_micro` when that cannot be told.
    """
    if amount.reading in {Reading.NEGATIVE, Reading.POSITIVE, Reading.PRESENT}:
        return amount.reading is Reading.NEGATIVE
    if amount.reading is Reading.NOT_DETECTED and (
        amount.micro is None or limit is None or limit.bound is Bound.ABSENT
    ):
        return True
    _check_amount(amount)
    if limit is None:
        raise Invalid.at(
            "limit_micro", N_("No limit is on record for this. Give the limit and where it stands.")
        )
    if limit.bound is Bound.ABSENT:
        return False
    found, most = _comparable(amount.micro, amount.unit, limit)
    is_within = found < most if limit.bound is Bound.BELOW else found <= most
    if amount.reading is not Reading.MEASURED and not is_within:
        raise Invalid.at(
            "amount_micro", N_("The method cannot see amounts as small as the limit: it tells nothing.")
        )
    return is_within


def verdict(passed: Sequence[bool]) -> InspectionResult:
    """Return what findings come to: awaited without any, passed when each of them did."""
    if not passed:
        return InspectionResult.PENDING
    return InspectionResult.PASS if all(passed) else InspectionResult.FAIL


def final(first: InspectionResult, retest: InspectionResult | None) -> InspectionResult:
    """Return what counts: the re-test's result once it is there, the first until then."""
    is_told = first is InspectionResult.FAIL and retest not in {None, InspectionResult.PENDING}
    return retest if is_told and retest is not None else first


def reach_percent(micro: int | None, limit_micro: int | None) -> int | None:
    """Return how far an amount reaches towards its limit, 100 at the limit, at most 150; for a picture."""
    if micro is None or not limit_micro:
        return None
    return max(0, min(150, 100 * micro // limit_micro))


BACKED_BY = {
    CocBasis.OWN_TEST: frozenset({InspectionKind.SELF, InspectionKind.QUICK}),
    CocBasis.COMMISSIONED_TEST: frozenset({InspectionKind.COMMISSIONED}),
}
"""Which tests a ticked box of a conformity promise rests on (令2025-4: 自行检测合格, 委托检测合格)."""


def unbacked(ticked: Collection[CocBasis], tests: Sequence[Test]) -> tuple[CocBasis, Test | None] | None:
    """Return the first box that no test stands behind, with the failed test if there is one; else None.

    Of the tests of the right kinds the last one counts; `tests` are in the order of their results.
    """
    for basis, kinds in BACKED_BY.items():
        if basis not in ticked:
            continue
        last = next((test for test in reversed(tests) if test.kind in kinds), None)
        if last is None or last.result is not InspectionResult.PASS:
            return basis, last
    return None


def bound_words(limit: Limit) -> Text:
    """Return a limit for the reader: ≤ 0.02 mg/kg, < 50 %, must not be found."""
    if limit.micro is None or limit.unit is None:
        return Text(BOUNDS[Bound.ABSENT])
    sign = "<" if limit.bound is Bound.BELOW else "≤"
    return Text("%(sign)s %(amount)s", {"sign": sign, "amount": _amount(limit.micro, limit.unit)})


def reading_words(amount: Amount) -> Text:
    """Return a reading for the reader: 0.15 mg/kg, not detected, < 0.01 mg/kg."""
    if amount.micro is None or amount.unit is None:
        return Text(READINGS[amount.reading])
    told = _amount(amount.micro, amount.unit)
    if amount.reading is Reading.MEASURED:
        return told
    return Text("%(words)s (%(amount)s)", {"words": Text(READINGS[amount.reading]), "amount": told})


def failure_words(number: str, failed: Sequence[tuple[str, Amount, Limit | None]]) -> Text:
    """Return why goods are held: the inspection, and analyte, reading and limit of what failed."""
    told = [_failure(analyte, amount, limit) for analyte, amount, limit in failed]
    return Text(
        N_("Inspection %(number)s failed: %(findings)s"), {"number": number, "findings": Listed(told)}
    )


def _failure(analyte: str, amount: Amount, limit: Limit | None) -> Text:
    values: dict[str, object] = {"analyte": analyte, "reading": reading_words(amount)}
    if limit is None:
        return Text("%(analyte)s %(reading)s", values)
    values |= {"limit": bound_words(limit), "source": limit.source}
    return Text(N_("%(analyte)s %(reading)s, limit %(limit)s (%(source)s)"), values)


def _amount(micro: int, unit: AmountUnit) -> Text:
    sign = "%" if unit is AmountUnit.PERCENT else Text(AMOUNT_UNITS[unit])
    return Text("%(number)s %(unit)s", {"number": AMOUNT.short(micro), "unit": sign})


def _check_amount(amount: Amount) -> None:
    if amount.micro is None:
        raise Invalid.at("amount_micro", N_("How much? Copy the number from the report."))
    if amount.unit is None:
        raise Invalid.at("unit", N_("In which unit?"))
    if amount.micro < 0 and amount.unit is not AmountUnit.PERCENT:
        raise Invalid.at("amount_micro", N_("An amount is not below nothing."))


def _comparable(micro: int | None, unit: AmountUnit | None, limit: Limit) -> tuple[int, int]:
    """Return an amount and a limit in one unit."""
    found, most = micro or 0, limit.micro or 0
    if unit is limit.unit:
        return found, most
    if unit in _MICROGRAMS and limit.unit in _MICROGRAMS:
        return found * _MICROGRAMS[unit], most * _MICROGRAMS[limit.unit]
    raise Invalid.at("unit", N_("Its limit is kept in %(unit)s."), unit=Text(_unit_words(limit.unit)))


def _unit_words(unit: AmountUnit | None) -> str:
    return AMOUNT_UNITS[unit] if unit else ""
