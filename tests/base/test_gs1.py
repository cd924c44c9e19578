"""GS1 keys, element strings and Digital Links say what the standard says."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.base.gs1 import element, keys, link
from supplychain.base.gs1.identifiers import day_of

TODAY = date(2026, 11, 20)
CSET82 = "ABCXYZabcxyz0189!\"%&'()*+,-./_:;<=>?"
lots = st.text(CSET82, min_size=1, max_size=20)
gtins = (
    st.integers(0, 10**13 - 1)
    .map(lambda number: f"{number:013d}")
    .map(lambda body: body + keys.check_digit(body))
)


@given(gtins, st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(gtin: str, place: int, by: int) -> None:
    wrong = gtin[:place] + str((int(gtin[place]) + by) % 10) + gtin[place + 1 :]
    assert keys.has_check_digit(gtin)
    assert not keys.has_check_digit(wrong)


@given(gtins, lots, lots)
def test_an_element_string_comes_back_from_brackets_and_from_the_barcode(
    gtin: str, lot: str, serial: str
) -> None:
    pairs = (("01", gtin), ("10", lot), ("17", "261231"), ("21", serial))
    assert element.parse(element.bracketed(pairs), TODAY).pairs == pairs
    assert element.parse("]d2" + element.raw(pairs), TODAY).pairs == pairs


@given(gtins, lots, lots)
def test_a_digital_link_comes_back_whatever_the_lot_is_called(gtin: str, lot: str, serial: str) -> None:
    pairs = (("01", gtin), ("10", lot), ("21", serial), ("17", "261231"))
    assert link.parse(link.build(pairs, "https://example.org/shop"), TODAY).pairs == pairs


@given(st.integers(0, 10**9 - 1))
def test_a_made_sscc_is_valid(serial: int) -> None:
    assert keys.sscc(keys.make_sscc("6900001", serial)) == keys.make_sscc("6900001", serial)


def test_codes_of_the_standard_are_read() -> None:
    read = link.parse("https://id.gs1.org/01/09506000134352/10/LOT-1/21/S1?17=261231&utm_source=x", TODAY)
    assert (read.get("10"), read.get("21"), read.get("17")) == ("LOT-1", "S1", "261231")
    assert link.canonical(read) == "https://id.gs1.org/01/09506000134352/21/S1"
    assert keys.gtin14("6901234567892") == "06901234567892"
    assert keys.check_digit("169012345678" + "9") != ""


@pytest.mark.parametrize(
    "uri",
    [
        "/01/09506000134353",
        "/01/9506000134352",
        "/01/09506000134352/21/S1/10/LOT",
        "/01/09506000134352/foo",
        "/01/09506000134352/10/",
        "/01/09506000134352?10=LOT",
        "/01/09506000134352?17=261332",
        "/01/09506000134352?17=261231&17=261230",
        "/01/09506000134352/10/%zz",
        "ftp://x/01/09506000134352",
        "/nothing/here",
    ],
)
def test_a_bad_digital_link_is_refused(uri: str) -> None:
    with pytest.raises(keys.Gs1Error):
        link.parse(uri, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "(01)09506000134353",
        "(10)LOT",
        "(01)09506000134352(37)5",
        "(01)09506000134352(10)A(10)B",
        "(01)09506000134352(10)has space",
        "(01)09506000134352(17)261332",
        "(55)1",
        "",
        "(01)09506000134352x(",
    ],
)
def test_a_bad_element_string_is_refused(text: str) -> None:
    with pytest.raises(keys.Gs1Error):
        element.parse(text, TODAY)


def test_two_digit_years_are_the_nearest_and_day_00_is_the_last_of_the_month() -> None:
    assert day_of("261200", TODAY) == date(2026, 12, 31)
    assert day_of("280200", TODAY) == date(2028, 2, 29)
    assert day_of("770101", TODAY) == date(1977, 1, 1)
    assert day_of("760101", TODAY) == date(2076, 1, 1)
    assert day_of("260230", TODAY) is None


def test_a_key_has_no_room_for_too_long_a_number() -> None:
    with pytest.raises(keys.Gs1Error):
        keys.make_gtin13("6900001", 100_000)
