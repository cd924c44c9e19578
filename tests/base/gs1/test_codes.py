"""Element strings and Digital Links of every identifier are read or refused as the standard has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.base.gs1 import element, link, reasons
from supplychain.base.gs1.identifiers import TABLE
from supplychain.base.gs1.keys import Gs1Error, check_pair, has_check_pair
from supplychain.base.gs1.linters import RULES
from supplychain.kernel import i18n

TODAY = date(2026, 11, 23)
GTIN = "09506000134352"
CODES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "codes.jsonl").read_text("utf-8").splitlines()
]
READERS: dict[str, Callable[[str], tuple[tuple[str, str], ...]]] = {
    "bracketed": lambda text: element.parse_bracketed(text, TODAY).pairs,
    "raw": lambda text: element.parse_raw(text, TODAY).pairs,
    "dl": lambda text: link.parse_uri(text, TODAY).pairs,
}


def read(kind: str, text: str) -> list[list[str]] | None:
    try:
        return [list(pair) for pair in READERS[kind](text)]
    except Gs1Error as error:
        return None if error.reason in reasons.WORDS else [[error.reason]]


def test_generated_codes_are_read_or_refused_as_expected() -> None:
    wrong = [code for code in CODES if read(code["kind"], code["value"]) != code["ais"]]
    assert wrong == []


def test_the_examples_name_every_identifier() -> None:
    assert {ai for code in CODES for ai, _ in code["ais"] or ()} == TABLE.keys()


def test_what_is_read_can_be_written_and_read_again() -> None:
    for code in CODES:
        if code["ais"]:
            pairs = [(ai, value) for ai, value in code["ais"]]
            assert list(element.parse_bracketed(element.bracketed(pairs), TODAY).pairs) == pairs
            raw = "^" + element.raw(pairs).replace(element.FNC1, "^")
            assert list(element.parse_raw(raw, TODAY).pairs) == pairs


def test_identifiers_that_begin_alike_are_equally_long_and_predefined_ones_fixed() -> None:
    lengths: dict[str, int] = {}
    for ai, identifier in TABLE.items():
        assert lengths.setdefault(ai[:2], len(ai)) == len(ai)
        if identifier.is_predefined:
            assert identifier.shortest == identifier.longest
        assert (
            identifier.excludes | {other for need in identifier.needs for other in need.one_of}
        ) <= TABLE.keys()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(01)09506000134352(10)A(10)B", "repeated"),
        ("(10)A", "needs-another"),
        ("(01)09506000134352(255)9506000134376", "excludes-another"),
        ("(01)09506000134352(3100)000001(3101)000001", "excludes-another"),
        ("(01)09506000134352(17)260230", "date"),
        ("(01)09506000134352(7003)2611232460", "time"),
        ("(01)09506000134352(7006)261100", "date"),
        ("(01)09506000134352(7007)261101261131", "date"),
        ("(01)09506000134352(422)999", "country"),
        ("(01)09506000134352(7030)998A", "country"),
        ("(8020)A(3910)9991", "needs-another"),
        ("(415)9506000134376(8020)A(3910)0001", "currency"),
        ("(415)9506000134376(8020)A(8007)DE00100000000123456789", "iban"),
        ("(00)095060000000000015(4300)100%", "percent"),
        ("(00)095060000000000015(4309)18000000010000000000", "position"),
        ("(00)095060000000000015(4331)001800+", "hyphen"),
        ("(8003)195060001343521", "zero"),
        ("(8006)095060001343520302", "pieces"),
        ("(8004)AB12", "company-prefix"),
        ("(253)9506000134376(8030)abc", "serial-missing"),
        ("(01)0950600013435", "length"),
        ("(01)0950600013435A", "format"),
        ("(1)1", "format"),
        ("(05)1", "unknown-ai"),
        ("(10)(17)261231", "format"),
        ("(01)09506000134352(10)a\\b", "format"),
        ("", "empty"),
    ],
)
def test_a_bad_element_string_is_refused_for_its_reason(text: str, reason: str) -> None:
    with pytest.raises(Gs1Error) as caught:
        element.parse_bracketed(text, TODAY)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        "(01)09506000134352(10)A(10)A",
        "(01)09506000134352(17)260200",
        "(01)09506000134352(7007)261101261130",
        "(01)09506000134352(8008)26112306",
        "(01)09506000134352(7030)999A",
        "(01)09506000134352(423)156392",
        "(00)095060000000000015(4331)001800-",
        "(415)9506000134376(8020)A(8007)DE91100000000123456789",
        "(253)9506000134376A1(8030)ab=",
        "(01)09506000134352(10)a\\(1)b",
    ],
)
def test_a_good_element_string_is_read(text: str) -> None:
    assert element.bracketed(element.parse_bracketed(text, TODAY).pairs) == text


@pytest.mark.parametrize(
    "text", ["^", "^^0109506000134352", "01", "^0109506000134352\x1d10A", "^10A^^17261231"]
)
def test_a_bad_raw_message_is_refused(text: str) -> None:
    with pytest.raises(Gs1Error):
        element.parse_raw(text, TODAY)


def test_a_separator_after_a_predefined_length_or_at_the_end_does_no_harm() -> None:
    pairs = (("01", GTIN), ("10", "A"))
    assert element.parse_raw(f"^01{GTIN}^10A^", TODAY).pairs == pairs
    assert element.parse(f"]C101{GTIN}10A", TODAY).pairs == pairs


def test_a_message_without_its_separator_is_another_one() -> None:
    assert element.parse_raw(f"^01{GTIN}10A17261231", TODAY).pairs == (("01", GTIN), ("10", "A17261231"))


@given(st.text("ABC123abc-_/", min_size=1, max_size=23))
def test_a_model_number_with_its_check_pair_is_right_and_another_is_not(body: str) -> None:
    pair = check_pair(body)
    assert has_check_pair(body + pair)
    assert not has_check_pair(body + ("2" if pair[0] != "2" else "3") + pair[1])


@given(st.sampled_from(["bracketed", "raw", "dl"]), st.text(max_size=60))
def test_whatever_is_given_the_answer_is_a_reason_and_never_a_crash(kind: str, text: str) -> None:
    read(kind, text)
    read("dl", f"https://x/01/{GTIN}/{text}")
    read("dl", f"https://x/01/{GTIN}?{text}")
    read("raw", f"^01{GTIN}{text}")


def test_every_reason_is_a_sentence_in_the_readers_language() -> None:
    assert {reason for _, reason in RULES.values()} <= reasons.WORDS.keys()
    i18n.load(("supplychain.kernel", "supplychain.base"))
    error = Gs1Error("date", "260230", "17")
    with i18n.using(i18n.DEFAULT_LOCALE):
        assert reasons.sentence(error) == "(17) 没有这一天。"
    assert reasons.in_english(error) == "(17) There is no such day."
