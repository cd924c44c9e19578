"""Laws of the days to wait: waiting long enough always helps, and only whole calendar days count."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from traceability.rules.farm import (
    Breach,
    Crop,
    DoseUnit,
    InputKind,
    Rule,
    Use,
    check,
    first_allowed_on,
    substances,
)

TEA = Crop("CHAYE", "tea", "Camellia sinensis")
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


def sprayed(applied_on: date, course: int) -> Use:
    """Return a use on tea that took so many days."""
    stopped_on = applied_on + timedelta(days=course)
    return Use("A", "A", InputKind.PESTICIDE, "甲", TEA, applied_on, stopped_on, 1, DoseUnit.ML_MU, "2026")


@given(DAYS, st.integers(0, 20), st.integers(0, 60))
def test_harvest_is_legal_from_exactly_the_first_allowed_day_on(day: date, course: int, wait: int) -> None:
    use = sprayed(day, course)
    rules = [Rule("A", "tea", wait, None, None, None, date(2020, 1, 1), None)]
    first = first_allowed_on(use, rules)
    assert first == day + timedelta(days=course + wait)
    assert check([use], rules, [], first, first) == []
    if course + wait:
        before = first - timedelta(days=1)
        assert [one.breach for one in check([use], rules, [], before, before)] == [Breach.TOO_EARLY]


@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_the_rule_of_the_narrowest_scope_counts(day: date, wide: int, narrow: int) -> None:
    rules = [
        Rule("A", "*", wide, None, None, None, date(2020, 1, 1), None),
        Rule("A", "Camellia sinensis", narrow, None, None, None, date(2020, 1, 1), None),
    ]
    assert first_allowed_on(sprayed(day, 0), rules) == day + timedelta(days=narrow)


def test_a_mixture_has_several_substances() -> None:
    assert substances("阿维菌素、啶虫脒+氧乐果") == ["阿维菌素", "啶虫脒", "氧乐果"]
