"""EPC URNs and GS1 keys name the same things."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.base.gs1 import element, epc, keys, link
from supplychain.base.gs1.keys import Gs1Error

TODAY = date(2026, 11, 23)
CSET82 = "ABCXYZabcxyz0189!\"%&'()*+,-./_:;<=>?"
SAME = [
    ("urn:epc:id:sgtin:9506000.013435.S1", "(01)09506000134352(21)S1", "/01/09506000134352/21/S1"),
    (
        "urn:epc:class:lgtin:9506000.013435.LOT-1",
        "(01)09506000134352(10)LOT-1",
        "/01/09506000134352/10/LOT-1",
    ),
    ("urn:epc:idpat:sgtin:9506000.013435.*", "(01)09506000134352", "/01/09506000134352"),
    ("urn:epc:id:sscc:9506000.0000000001", "(00)095060000000000015", "/00/095060000000000015"),
    ("urn:epc:id:sgln:9506000.13437.0", "(414)9506000134376", "/414/9506000134376"),
    ("urn:epc:id:sgln:9506000.13437.A1", "(414)9506000134376(254)A1", "/414/9506000134376/254/A1"),
    ("urn:epc:id:pgln:9506000.13437", "(417)9506000134376", "/417/9506000134376"),
    ("urn:epc:id:gdti:9506000.13437.A1", "(253)9506000134376A1", "/253/9506000134376A1"),
    ("urn:epc:idpat:gdti:9506000.13437.*", "(253)9506000134376", "/253/9506000134376"),
    ("urn:epc:id:grai:9506000.13435.1", "(8003)095060001343521", "/8003/095060001343521"),
    ("urn:epc:idpat:grai:9506000.13435.*", "(8003)09506000134352", "/8003/09506000134352"),
    ("urn:epc:id:giai:9506000.A12", "(8004)9506000A12", "/8004/9506000A12"),
    (
        "urn:epc:id:sgtin:9506000.013435.6789%2F%26%25%22!%3F()",
        '(01)09506000134352(21)6789/&%"!?\\()',
        "/01/09506000134352/21/6789%2F%26%25%22%21%3F%28%29",
    ),
]


@pytest.mark.parametrize(("urn", "bracketed", "path"), SAME)
def test_urn_element_string_and_link_say_the_same(urn: str, bracketed: str, path: str) -> None:
    pairs = epc.from_urn(urn, TODAY)
    assert element.bracketed(pairs) == bracketed
    assert link.build(pairs) == "https://id.gs1.org" + path
    assert epc.to_urn(link.parse(path, TODAY).pairs, 7) == urn


@pytest.mark.parametrize(
    "urn",
    [
        "",
        "urn:epc:id:sgtin",
        "urn:epc:id:sgtin:9506000.013435",
        "urn:epc:id:sgtin:9506000.13435.S1",
        "urn:epc:id:sgtin:9506000.013435.",
        "urn:epc:id:sgtin:9506000.013435.a/b",
        "urn:epc:id:sgtin:9506000.013435.%zz",
        "urn:epc:id:sgtin:95060.00013435.S1",
        "urn:epc:id:sgtin:9506000.01343X.S1",
        "urn:epc:id:lgtin:9506000.013435.L",
        "urn:epc:class:sgtin:9506000.013435.L",
        "urn:epc:idpat:pgln:9506000.*",
        "urn:epc:idpat:sgtin:9506000.*.*",
        "urn:epc:id:sscc:9506000.00000000012",
        "urn:epc:id:gdti:9506000.13437.",
        "urn:epc:id:unheard:9506000.1",
        "urn:uuid:5f4dcc3b",
    ],
)
def test_what_is_no_urn_of_these_schemes_is_refused(urn: str) -> None:
    with pytest.raises(Gs1Error):
        epc.from_urn(urn, TODAY)


@given(st.integers(6, 12), st.integers(0, 10**13 - 1), st.text(CSET82, min_size=1, max_size=20))
def test_an_item_comes_back_whatever_its_prefix_and_serial(length: int, number: int, serial: str) -> None:
    body = f"{number:013d}"
    pairs = (("01", body + keys.check_digit(body)), ("21", serial))
    assert epc.from_urn(epc.to_urn(pairs, length), TODAY) == pairs


def test_what_no_scheme_carries_and_prefixes_that_do_not_fit_are_refused() -> None:
    item = ("01", "09506000134352")
    for pairs, length in (
        ((item, ("10", "L"), ("21", "S")), 7),
        ((("400", "order"),), 7),
        ((item,), 5),
        ((item,), 13),
        ((("8004", "9506000"),), 7),
        ((("8004", "9506AB0X"),), 7),
    ):
        with pytest.raises(Gs1Error):
            epc.to_urn(pairs, length)


@pytest.mark.parametrize(
    ("make", "good", "bad"),
    [
        (
            keys.gdti,
            "9506000134376A1",
            ("9506000134370A1", "9506", "9506000134376 ", "9506000134376" + "1" * 18),
        ),
        (keys.grai, "095060001343521", ("195060001343521", "095060001343511", "0950")),
        (keys.giai, "9506000A12", ("", "AB12", "950", "9" * 31, "9506 1")),
    ],
)
def test_keys_of_documents_and_assets_are_checked(make: object, good: str, bad: tuple[str, ...]) -> None:
    assert callable(make)
    assert make(good) == good
    for text in bad:
        with pytest.raises(Gs1Error):
            make(text)
