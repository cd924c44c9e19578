"""GS1 keys: making and checking GTIN, GLN, SSCC, GDTI, GRAI, GIAI. No barcode and no URI lives here.

Source: GS1 General Specifications, section 7.9 (mod-10) and section 3 (key structures).
"""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_PLACES = {sign: place for place, sign in enumerate(_CSET82)}
_PAIR_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


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
    return str(-(3 * sum(map(int, body[::-2])) + sum(map(int, body[-2::-2]))) % 10)


def has_check_digit(key: str) -> bool:
    """Tell whether a key's last digit is the check digit of the rest."""
    return len(key) > 1 and _DIGITS.fullmatch(key) is not None and check_digit(key[:-1]) == key[-1]


def check_pair(body: str) -> str:
    """Return the two check characters of a Global Model Number's body of CSET 82 (7.9.5).

    Weights are the primes from the right, the sum is taken modulo 1021 and written with 32 signs.
    """
    if not 1 <= len(body) <= len(_PRIMES) or not set(body) <= _PLACES.keys():
        raise Gs1Error("check-pair", body, "8013")
    total = sum(_PLACES[sign] * prime for sign, prime in zip(reversed(body), _PRIMES, strict=False)) % 1021
    return _PAIR_SIGNS[total // 32] + _PAIR_SIGNS[total % 32]


def has_check_pair(key: str) -> bool:
    """Tell whether a Global Model Number's last two signs are the check pair of the rest."""
    if not 3 <= len(key) <= len(_PRIMES) + 2 or not set(key) <= _PLACES.keys():
        return False
    return check_pair(key[:-2]) == key[-2:]


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


def gdti(text: str) -> str:
    """Return a document's GDTI, thirteen digits and up to seventeen signs; Gs1Error when it is wrong."""
    return _with_serial(text, 0, 17, "253")


def grai(text: str) -> str:
    """Return a returnable asset's GRAI, zero, thirteen digits, up to sixteen signs; Gs1Error when wrong."""
    if text[:1] != "0":
        raise Gs1Error("zero", text, "8003")
    return _with_serial(text, 1, 16, "8003")


def giai(text: str) -> str:
    """Return an individual asset's GIAI, up to thirty signs that begin with a company prefix."""
    if not 1 <= len(text) <= 30 or not set(text) <= _PLACES.keys():
        raise Gs1Error("format", text, "8004")
    if len(text) < 4 or _DIGITS.fullmatch(text[:4]) is None:
        raise Gs1Error("company-prefix", text, "8004")
    return text


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


def _with_serial(text: str, start: int, longest: int, ai: str) -> str:
    key, serial = text[start : start + 13], text[start + 13 :]
    if len(key) != 13 or len(serial) > longest:
        raise Gs1Error("length", text, ai)
    if not set(serial) <= _PLACES.keys():
        raise Gs1Error("format", text, ai)
    _checked(key, ai)
    return text


def _checked(text: str, ai: str) -> str:
    if not has_check_digit(text):
        raise Gs1Error("check-digit", text, ai)
    return text
