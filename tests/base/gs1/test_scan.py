"""Whatever a scanner sends or a person types is taken for what it is."""

from __future__ import annotations

from datetime import date

import pytest

from supplychain.base.gs1 import scan
from supplychain.base.gs1.keys import Gs1Error

TODAY = date(2026, 11, 23)
GTIN = "06901234567892"
BATCH = (("01", GTIN), ("10", "L1"))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("]E06901234567892", BATCH[:1]),
        ("]E496385074", (("01", "00000096385074"),)),
        (f"]I1{GTIN}", BATCH[:1]),
        (f"]C101{GTIN}10L1", BATCH),
        (f"]d201{GTIN}10L1", BATCH),
        (f"]Q3{'01' + GTIN}10L1", BATCH),
        (f"]Q1https://a.example/01/{GTIN}/10/L1", BATCH),
        (f"]d1HTTPS://a.example/01/{GTIN}/10/L1", BATCH),
        (f"(01){GTIN}(10)L1", BATCH),
        (f"01{GTIN}10L1\x1d", BATCH),
        (f" https://a.example/01/{GTIN}/10/L1 ", BATCH),
        ("urn:epc:class:lgtin:6901234.056789.L1", BATCH),
        ("6901234567892", BATCH[:1]),
        (GTIN, BATCH[:1]),
    ],
)
def test_what_is_scanned_or_typed_is_recognised(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert scan.read(text, TODAY) == pairs


@pytest.mark.parametrize(
    "text", ["", "]", "]A0x", "]E06901234567893", "6901234567893", "cabbage", "]Q1hello"]
)
def test_what_is_no_gs1_code_is_refused(text: str) -> None:
    with pytest.raises(Gs1Error):
        scan.read(text, TODAY)
