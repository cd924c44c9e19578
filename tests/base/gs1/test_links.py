"""Digital Links: key and qualifiers in the path, attributes behind the question mark, one canonical form."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from supplychain.base.gs1 import compression, link
from supplychain.base.gs1.keys import Gs1Error
from supplychain.base.gs1.link import Link

TODAY = date(2026, 11, 23)
GTIN = "09506000134352"
ROOT = f"https://example.org/01/{GTIN}"
LINKS = [
    code["value"]
    for code in map(json.loads, (Path(__file__).parent / "codes.jsonl").read_text("utf-8").splitlines())
    if code["kind"] == "dl" and code["ais"]
]


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/00/095060000000000015", "/00/095060000000000015"),
        (f"/01/{GTIN}/22/V/10/L/21/S", f"/01/{GTIN}/21/S"),
        (f"/01/{GTIN}/22/V/10/L", f"/01/{GTIN}/10/L"),
        (f"/01/{GTIN}/22/V", f"/01/{GTIN}"),
        (f"/01/{GTIN}/235/T?17=261231", f"/01/{GTIN}/235/T"),
        (f"/01/{GTIN}/21/6789%2F%26%25%22!%3F()", f"/01/{GTIN}/21/6789%2F%26%25%22%21%3F%28%29"),
        ("/253/9506000134376A1", "/253/9506000134376A1"),
        ("/414/9506000134376/254/A1", "/414/9506000134376/254/A1"),
        ("/414/9506000134376/7040/1ABC", "/414/9506000134376"),
        ("/417/9506000134376", "/417/9506000134376"),
        ("/8003/095060001343521", "/8003/095060001343521"),
        ("/8004/9506000A12", "/8004/9506000A12"),
        ("/8006/095060001343520102/10/L/21/S", "/8006/095060001343520102/21/S"),
        ("/8010/9506000A/8011/1", "/8010/9506000A/8011/1"),
        ("/8018/950600012345678907/8019/1", "/8018/950600012345678907"),
    ],
)
def test_the_same_thing_always_has_the_same_canonical_link(path: str, canonical: str) -> None:
    assert link.canonical(link.parse(path, TODAY)) == "https://id.gs1.org" + canonical
    assert link.canonical(link.parse("HTTP://[2001:db8::1]:80/a/b" + path, TODAY)).endswith(canonical)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        (f"Https://x/01/{GTIN}", "scheme"),
        (f"https:///01/{GTIN}", "host"),
        (f"https://a_b/01/{GTIN}", "host"),
        (f"https://user@a/01/{GTIN}", "host"),
        (f"https://[fe80::1%25lo]/01/{GTIN}", "host"),
        ("https://x/", "no-key"),
        (f"https://x/gtin/{GTIN}", "no-key"),
        ("https://x/01/9506000134352", "length"),
        (ROOT + "/", "no-key"),
        (ROOT + "/10/", "length"),
        (ROOT + "/21/S/10/L", "qualifier-order"),
        (ROOT + "/10/L/10/L", "qualifier-order"),
        (ROOT + "/10/L/235/T", "qualifier-order"),
        (ROOT + "/10/a b", "characters"),
        (ROOT + "/10/%zz", "percent"),
        (ROOT + "/10/%00", "format"),
        (ROOT + "/10/%E4%B8%AD", "format"),
        (ROOT + "?10=L", "in-path"),
        (ROOT + "?21=S", "not-an-attribute"),
        (ROOT + f"?01={GTIN}", "repeated"),
        (ROOT + "?17=261231&17=261231", "repeated"),
        (ROOT + "?17=", "length"),
        (ROOT + "?999=1", "unknown-ai"),
        (ROOT + "?91=a+b", "format"),
        (ROOT + "?37=1", "excludes-another"),
        (ROOT + "?400=1&254=2", "not-an-attribute"),
    ],
)
def test_a_bad_link_is_refused_for_its_reason(uri: str, reason: str) -> None:
    with pytest.raises(Gs1Error) as caught:
        link.parse(uri, TODAY)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "uri",
    [
        ROOT,
        f"https://example.org/01/{GTIN}/01/{GTIN}",
        f"https://example.org/00/stem/01/{GTIN}",
        ROOT + "?&&utm_source=poster&single&91=x%2Fy&",
        ROOT + "#top",
        ROOT + "?17=261231#top",
        ROOT + "/10/A+B",
        "https://example.org/8004/9506000A?01=9506000134352",
        ROOT + "/235/T?10=L",
    ],
)
def test_a_good_link_is_read(uri: str) -> None:
    assert link.parse_uri(uri, TODAY).pairs


def test_a_path_alone_may_end_with_a_slash_as_resolvers_allow() -> None:
    assert link.parse(f"/01/{GTIN}/", TODAY) == link.parse(f"/01/{GTIN}", TODAY)


def test_a_link_is_built_from_pairs_in_any_order() -> None:
    pairs = [("91", "x y".replace(" ", "+")), ("21", "S"), ("17", "261231"), ("10", "L"), ("01", GTIN)]
    assert link.build(pairs, "https://example.org/") == ROOT + "/10/L/21/S?17=261231&91=x%2By"
    for wrong, reason in (([("10", "L")], "no-key"), ([("01", GTIN), ("7040", "1ABC")], "not-an-attribute")):
        with pytest.raises(Gs1Error) as caught:
            link.build(wrong)
        assert caught.value.reason == reason


def test_a_compressed_link_says_what_the_long_one_says() -> None:
    long = link.parse(ROOT + "/10/LOT-1?17=261231", TODAY)
    assert link.compressed(long, "https://example.org") == "https://example.org/CxFKk4XBoMpZyf2ouf43g"
    assert link.parse("https://example.org/CxFKk4XBoMpZyf2ouf43g", TODAY) == long
    half = compression.compress((("10", "LOT-1"), ("17", "261231")))
    assert link.parse(f"{ROOT}/{half}", TODAY) == long


def test_every_link_comes_back_from_its_compressed_form() -> None:
    for uri in LINKS:
        found = link.parse_uri(uri, TODAY)
        back = link.parse_uri(link.compressed(found, "https://x.example"), TODAY)
        assert (back.key, back.qualifiers, dict(back.attributes)) == (
            found.key,
            found.qualifiers,
            dict(found.attributes),
        )


@pytest.mark.parametrize("serial", ["0", "000", "007", "00ff", "00FF", "a-b_c", "Z%", "9" * 20])
def test_zeros_in_front_and_every_alphabet_survive_compression(serial: str) -> None:
    found = Link(("01", GTIN), (("21", serial),), (("8200", "h" * 70),) if serial == "0" else ())
    assert dict(compression.decompress(compression.compress(found.pairs))) == dict(found.pairs)


@pytest.mark.parametrize("segment", ["foo", "CxFKk4XBoMpZyf2ouf43h", "____", "A" * 9, "CxFKk4"])
def test_what_is_no_compressed_link_is_no_key(segment: str) -> None:
    with pytest.raises(Gs1Error) as caught:
        link.parse(f"https://x/{segment}", TODAY)
    assert caught.value.reason == "no-key"
