"""The rules that parts of values must keep: check digits, dates, codes. Who keeps which is in `table`.

Each rule tells whether a text keeps it; length and character set were checked before. Source: GS1 General
Specifications, section 3 (each identifier's chapter) and 7.9 (check digits, check pairs).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from supplychain.base.gs1 import codes, coupon
from supplychain.base.gs1.dates import full_year, is_day
from supplychain.base.gs1.keys import has_check_digit, has_check_pair

Rule = Callable[[str, date], bool]

_PREFIX_DIGITS = 4
"""The shortest GS1 company prefix."""
_IMPORTER = frozenset("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_ESCAPED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
_SEQUENCE = re.compile(r"([1-9][0-9]*)/([1-9][0-9]*)")
_ACCOUNT = re.compile(r"[0-9A-Z]{11,34}")


def _yymmd0(text: str, today: date) -> bool:
    return is_day(full_year(int(text[:2]), today), int(text[2:4]), int(text[4:]))


def _yymmdd(text: str, today: date) -> bool:
    return text[4:] != "00" and _yymmd0(text, today)


def _yyyymmdd(text: str, _: date) -> bool:
    return text[6:] != "00" and is_day(int(text[:4]), int(text[4:6]), int(text[6:]))


def _hour(text: str, _: date) -> bool:
    return text < "24"


def _sixtieth(text: str, _: date) -> bool:
    return text < "60"


def _time(text: str, _: date) -> bool:
    return text[:2] < "24" and text[2:] < "60"


def _company_prefix(text: str, _: date) -> bool:
    return len(text) >= _PREFIX_DIGITS and text[:_PREFIX_DIGITS].isdecimal()


def _account(text: str, _: date) -> bool:
    """Tell whether an IBAN of ISO 13616 divides by 97 with rest 1 and names a country."""
    if text[:2] not in codes.COUNTRY_LETTERS or _ACCOUNT.fullmatch(text) is None:
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def _pieces(text: str, _: date) -> bool:
    return "00" < text[:2] <= text[2:]


def _sequence(text: str, _: date) -> bool:
    found = _SEQUENCE.fullmatch(text)
    return found is not None and int(found[1]) <= int(found[2])


def _padding(text: str, _: date) -> bool:
    padding = len(text) - len(text.rstrip("="))
    return padding == 0 or (padding <= 2 and len(text) % 3 == 0)


def _one_of(allowed: frozenset[str]) -> Rule:
    return lambda text, _: text in allowed


RULES: dict[str, tuple[Rule, str]] = {
    "csum": (lambda text, _: has_check_digit(text), "check-digit"),
    "csumalpha": (lambda text, _: has_check_pair(text), "check-pair"),
    "gcp1": (_company_prefix, "company-prefix"),
    "gcp2": (lambda text, today: _company_prefix(text[1:], today), "company-prefix"),
    "yymmd0": (_yymmd0, "date"),
    "yymmdd": (_yymmdd, "date"),
    "yyyymmdd": (_yyyymmdd, "date"),
    "hhmi": (_time, "time"),
    "hh": (_hour, "time"),
    "mi": (_sixtieth, "time"),
    "ss": (_sixtieth, "time"),
    "iso3166": (_one_of(codes.COUNTRIES), "country"),
    "iso3166or999": (_one_of(codes.COUNTRIES | {"999"}), "country"),
    "iso3166alpha2": (_one_of(codes.COUNTRY_LETTERS), "country"),
    "iso4217": (_one_of(codes.CURRENCIES), "currency"),
    "iso5218": (_one_of(frozenset("0129")), "sex"),
    "iban": (_account, "iban"),
    "importer": (_one_of(_IMPORTER), "importer"),
    "package": (_one_of(codes.PACKAGES), "package"),
    "media": (_one_of(codes.MEDIA), "media"),
    "pcenc": (lambda text, _: _ESCAPED.fullmatch(text) is not None, "percent"),
    "padding": (_padding, "padding"),
    "latitude": (lambda text, _: int(text) <= 1_800_000_000, "position"),
    "longitude": (lambda text, _: int(text) <= 3_600_000_000, "position"),
    "pieces": (_pieces, "pieces"),
    "sequence": (_sequence, "sequence"),
    "hyphen": (_one_of(frozenset("-")), "hyphen"),
    "yesno": (_one_of(frozenset("01")), "yes-no"),
    "winding": (_one_of(frozenset("019")), "winding"),
    "zero": (_one_of(frozenset("0")), "zero"),
    "nonzero": (lambda text, _: text.strip("0") != "", "zero"),
    "noleadingzero": (lambda text, _: text == "0" or text[0] != "0", "leading-zero"),
    "letter": (lambda text, _: not text.isdecimal(), "letter"),
    "coupon": (coupon.is_coupon, "coupon"),
    "offer": (coupon.is_offer, "coupon"),
}
"""By the name in `table`: the rule, and the reason that is given when a text does not keep it."""
