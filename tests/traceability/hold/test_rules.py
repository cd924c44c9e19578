"""What may become of held goods, what a decision lets pass, and what is read as an SSCC; pure."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.base.gs1.keys import Gs1Error
from traceability.rules.hold import (
    ALLOWED,
    ANYTHING,
    Decision,
    Disposition,
    HoldKind,
    HoldScope,
    HoldState,
    Purpose,
    dispositions_for,
    is_lower,
    scanned,
)

TODAY = date(2026, 11, 20)
SSCC = "069990011000000014"
WRONG = "5"
ART_36 = [
    kind
    for kind in HoldKind
    if kind.value in {"banned", "residue", "pathogen", "additive", "carcass", "unsafe"}
]


@pytest.mark.parametrize("kind", ART_36)
def test_goods_of_article_36_are_sold_in_no_grade(kind: HoldKind) -> None:
    assert Disposition.DOWNGRADE not in ALLOWED[kind]
    assert {Disposition.RELEASE, Disposition.DESTROY} <= ALLOWED[kind]


@pytest.mark.parametrize("kind", [HoldKind.BANNED, HoldKind.CARCASS])
def test_what_is_banned_or_died_of_itself_goes_to_nobody(kind: HoldKind) -> None:
    assert dispositions_for(kind, HoldScope.BATCH) == [Disposition.RELEASE, Disposition.DESTROY]


@pytest.mark.parametrize("kind", HoldKind)
def test_a_unit_is_let_go_or_destroyed(kind: HoldKind) -> None:
    assert dispositions_for(kind, HoldScope.UNIT) == [Disposition.RELEASE, Disposition.DESTROY]


@given(
    state=st.sampled_from([HoldState.HELD, HoldState.PROPOSED]),
    disposition=st.sampled_from(Disposition),
    purpose=st.builds(
        Purpose, st.none() | st.integers(1, 3), st.frozensets(st.integers(1, 3)), st.booleans()
    ),
)
def test_nothing_passes_before_two_people_decided(
    state: HoldState, disposition: Disposition, purpose: Purpose
) -> None:
    assert not Decision(state, disposition, 1, 1).permits(purpose)


@pytest.mark.parametrize("state", [HoldState.DECIDED, HoldState.SETTLED])
@pytest.mark.parametrize(
    ("disposition", "purpose", "passes"),
    [
        (Disposition.DIVERT, Purpose(1), True),
        (Disposition.DIVERT, Purpose(2), False),
        (Disposition.DIVERT, Purpose(item_ids=frozenset({1})), False),
        (Disposition.DOWNGRADE, Purpose(item_ids=frozenset({1})), True),
        (Disposition.DOWNGRADE, Purpose(item_ids=frozenset({1, 2})), False),
        (Disposition.DOWNGRADE, Purpose(1), False),
        (Disposition.DOWNGRADE, ANYTHING, False),
        (Disposition.DESTROY, Purpose(1, frozenset({1})), False),
        (Disposition.DIVERT, ANYTHING, False),
    ],
)
def test_a_decision_lets_pass_just_what_it_says(
    state: HoldState, disposition: Disposition, purpose: Purpose, passes: bool
) -> None:
    assert Decision(state, disposition, 1, 1).permits(purpose) is passes


def test_a_grade_is_lower_when_it_stands_behind_another() -> None:
    grades = ["特级", " 一级", "二级"]
    assert is_lower(grades, "特级", "二级")
    assert not is_lower(grades, "二级", "一级")
    assert not is_lower(grades, "一级", "一级")
    assert is_lower(grades, "一级", "统货")


@pytest.mark.parametrize(
    "text", [SSCC, f" {SSCC[:9]} {SSCC[9:]} ", f"(00){SSCC}", f"]C100{SSCC}", f"https://id.gs1.org/00/{SSCC}"]
)
def test_an_sscc_is_read_as_it_is_typed_or_scanned(text: str) -> None:
    assert scanned(text, TODAY)["00"] == SSCC


def test_the_label_of_a_batch_says_its_lot() -> None:
    for text in ("(01)06999001202046(10)B2611-0001", "https://x.example/01/06999001202046/10/B2611-0001"):
        assert scanned(text, TODAY)["10"] == "B2611-0001"


@pytest.mark.parametrize(
    "text", ["B2611-0001", "TY-0373", "", "12345", "００００００００００００００００００"]
)
def test_what_is_no_sscc_is_left_to_others(text: str) -> None:
    assert not scanned(text, TODAY)


@pytest.mark.parametrize("text", [SSCC[:-1] + WRONG, f"(00){SSCC[:-1]}{WRONG}", "http://["])
def test_a_wrong_sscc_is_told_apart_from_none(text: str) -> None:
    with pytest.raises(Gs1Error):
        scanned(text, TODAY)


@given(st.text(max_size=60))
def test_any_text_is_an_sscc_or_none_or_wrong(text: str) -> None:
    try:
        found = scanned(text, TODAY).get("00")
    except Gs1Error:
        return
    assert found is None or (len(found) == 18 and found.isdigit())
