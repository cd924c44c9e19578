"""GS1 keys: check digits, and making and checking GTIN, GLN and SSCC. No barcode and no URI lives here.

Source: GS1 General Specifications, section 7.9 (mod-10) and section 3 (key structures).
"""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9]+", re.ASCII)


class Gs1Error(ValueError):
    """A text that GS1 does not allow; `reason` is a stable word, `value` what was refused."""

    def __init__(self, reason: str, value: str, ai: str = "") -> None:
        """Keep the parts; the text is for developers, entrances word it for people."""
        super().__init__(f"{reason}: {f'({ai})' if ai else ''}{value[:60]}")
        self.reason, self.value, self.ai = reason, value, ai


def check_digit(body: str) -> str:
    """Return the mod-10 digit of a key's body: weights 3, 1, 3 … from the right."""
    if _DIGITS.fullmatch(body) is None:
        raise Gs1Error("not-digits", body)
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def has_check_digit(key: str) -> bool:
    """Tell whether a key's last digit is the check digit of the rest."""
    return len(key) > 1 and _DIGITS.fullmatch(key) is not None and check_digit(key[:-1]) == key[-1]


def gtin14(text: str) -> str:
    """Return a GTIN of 8, 12, 13 or 14 digits as fourteen; Gs1Error when length or check digit are wrong."""
    if len(text) not in {8, 12, 13, 14}:
        raise Gs1Error("length", text, "01")
    return _checked(text, "01").zfill(14)


def gln(text: str) -> str:
    """Return a GLN of 13 digits as it is; Gs1Error when length or check digit are wrong."""
    if len(text) != 13:
        raise Gs1Error("length", text, "414")
    return _checked(text, "414")


def sscc(text: str) -> str:
    """Return an SSCC of 18 digits as it is; Gs1Error when length or check digit are wrong."""
    if len(text) != 18:
        raise Gs1Error("length", text, "00")
    return _checked(text, "00")


def make_sscc(company_prefix: str, serial: int, extension: int = 0) -> str:
    """Return the SSCC of a serial number under a company prefix; Gs1Error when the number has no room."""
    return _made(f"{extension}{company_prefix}", serial, 18, "00")


def make_gtin13(company_prefix: str, item: int) -> str:
    """Return the GTIN-13 of an item number under a company prefix; Gs1Error when the number has no room."""
    return _made(company_prefix, item, 13, "01")


def make_gln(company_prefix: str, number: int) -> str:
    """Return the GLN of a location number under a company prefix; Gs1Error when the number has no room."""
    return _made(company_prefix, number, 13, "414")


def _made(head: str, number: int, length: int, ai: str) -> str:
    room = length - 1 - len(head)
    digits = str(number)
    if number < 0 or room < 1 or len(digits) > room:
        raise Gs1Error("no-room", digits, ai)
    body = head + digits.zfill(room)
    return body + check_digit(body)


def _checked(text: str, ai: str) -> str:
    if not has_check_digit(text):
        raise Gs1Error("check-digit", text, ai)
    return text
