"""What a scanner, a phone or a person hands over, whatever it is: bars, matrix, link, URN, or digits typed.

Only the choice is made here; each form is read in its own module. Symbology identifiers: ISO/IEC 15424 and
General Specifications 5.1.2.
"""

from __future__ import annotations

import re
from datetime import date

from supplychain.base.gs1 import element, epc, keys, link
from supplychain.base.gs1.keys import Gs1Error

Pairs = tuple[tuple[str, str], ...]

_ELEMENT = re.compile(r"\](?:C1|e0|d2|Q3|J1)(.*)", re.DOTALL)
_ITEM = re.compile(r"\](?:E0|E4|I1)([0-9]+)")
_TEXT = re.compile(r"\](?:d[01]|Q[0-2]|J0)(.*)", re.DOTALL)
_DIGITS = re.compile(r"[0-9]{8}|[0-9]{12,14}")


def read(text: str, today: date) -> Pairs:
    """Return the pairs that a scanned or typed text names; Gs1Error says what is wrong with it.

    Bars of shops (]E0 ]E4 ]I1) and bare digits with a right check digit are a GTIN; ]C1 ]e0 ]d2 ]Q3 ]J1 carry
    an element string; matrix codes of plain text carry a Digital Link. FNC1 is GS (0x1D) or `^`.
    """
    if found := _ITEM.fullmatch(text):
        return (("01", keys.gtin14(found[1])),)
    if found := _ELEMENT.fullmatch(text):
        return element.parse(found[1], today).pairs
    if found := _TEXT.fullmatch(text):
        return link.parse_uri(found[1], today).pairs
    if text.startswith("]"):
        raise Gs1Error("format", text)
    return _typed(text.strip(" "), today)


def _typed(text: str, today: date) -> Pairs:
    if text[:5].lower().startswith(("http:", "https")):
        return link.parse_uri(text, today).pairs
    if text.startswith("urn:"):
        return epc.from_urn(text, today)
    if _DIGITS.fullmatch(text) and keys.has_check_digit(text):
        return (("01", keys.gtin14(text)),)
    return element.parse(text, today).pairs
