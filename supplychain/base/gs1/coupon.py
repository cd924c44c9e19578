"""North American coupons, AI 8110 and 8112: fields whose first digit tells how long they are. No other AI.

Source: North American Coupon Application Guideline; GS1 AI (8112) Coupon Data Specification.
"""

from __future__ import annotations

from datetime import date

from supplychain.base.gs1.dates import full_year

_LEAST_PREFIX = 6


class _Wrong(Exception):
    """A coupon that breaks off or whose digit is not allowed."""


class _Digits:
    """The digits of a coupon, taken from the left."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def take(self, count: int) -> str:
        """Return the next digits."""
        if len(self.rest) < count:
            raise _Wrong
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def one_of(self, allowed: str) -> str:
        """Return the next digit."""
        digit = self.take(1)
        if digit not in allowed:
            raise _Wrong
        return digit

    def counted(self, allowed: str, more: int = 0) -> str:
        """Return a field after the digit that tells its length."""
        return self.take(int(self.one_of(allowed)) + more)

    def company(self) -> None:
        """Take a company prefix of six to twelve digits after its length."""
        self.counted("0123456", _LEAST_PREFIX)

    def requirement(self) -> None:
        """Take what must be bought: amount, kind, family."""
        self.counted("12345")
        self.one_of("012349")
        self.take(3)

    def other_company(self) -> None:
        """Take a company prefix, or 9 for none."""
        if self.rest[:1] == "9":
            self.take(1)
        else:
            self.company()

    def day(self, today: date) -> date:
        """Take a day, two digits for the year."""
        digits = self.take(6)
        try:
            return date(full_year(int(digits[:2]), today), int(digits[2:4]), int(digits[4:]))
        except ValueError as error:
            raise _Wrong from error


def is_coupon(text: str, today: date) -> bool:
    """Tell whether a text is a coupon of AI 8110; its optional fields come in rising order."""
    if not text.isdecimal():
        return False
    try:
        _coupon(_Digits(text), today)
    except _Wrong:
        return False
    return True


def is_offer(text: str, _: date) -> bool:
    """Tell whether a text is a positive offer of AI 8112: funder, offer, serial number."""
    if not text.isdecimal():
        return False
    digits = _Digits(text)
    try:
        digits.one_of("01")
        digits.company()
        digits.take(6)
        digits.counted("0123456789", 6)
    except _Wrong:
        return False
    return not digits.rest


def _coupon(digits: _Digits, today: date) -> None:
    digits.company()
    digits.take(6)
    digits.counted("12345")
    digits.requirement()
    if _has(digits, "1"):
        digits.one_of("0123")
        digits.requirement()
        digits.other_company()
    if _has(digits, "2"):
        digits.requirement()
        digits.other_company()
    _days(digits, today)
    if _has(digits, "5"):
        digits.counted("0123456789", 6)
    if _has(digits, "6"):
        digits.counted("1234567", 6)
    if _has(digits, "9"):
        _saving(digits)
    if digits.rest:
        raise _Wrong


def _days(digits: _Digits, today: date) -> None:
    expires = digits.day(today) if _has(digits, "3") else None
    starts = digits.day(today) if _has(digits, "4") else None
    if expires and starts and expires < starts:
        raise _Wrong


def _saving(digits: _Digits) -> None:
    digits.one_of("01256")
    digits.one_of("012")
    digits.take(1)
    digits.one_of("01")


def _has(digits: _Digits, field: str) -> bool:
    if digits.rest[:1] != field:
        return False
    digits.take(1)
    return True
