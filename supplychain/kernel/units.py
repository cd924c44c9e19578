"""Scaled integers: how mass, money, price, temperature and shares are kept, read and written.

Pure arithmetic; the database holds the integers and nobody ever holds a float.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DECIMAL = re.compile(r"([+-]?)(\d{1,15})(?:\.(\d+))?", re.ASCII)


class NotANumber(ValueError):
    """The text is no plain decimal number."""


class TooPrecise(ValueError):
    """The text has more decimals than the unit keeps."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit kept as an integer: `places` decimals of the unit that people write.

    >>> KG.parse("12.5"), KG.text(12500)
    (12500, '12.500')
    """

    unit: str
    places: int

    def parse(self, text: str) -> int:
        """Return the scaled integer of a plain decimal text; NotANumber or TooPrecise otherwise."""
        match = _DECIMAL.fullmatch(text.strip())
        if match is None:
            raise NotANumber(text)
        sign, whole, fraction = match[1], match[2], (match[3] or "").rstrip("0")
        if len(fraction) > self.places:
            raise TooPrecise(text)
        value = int(whole + fraction.ljust(self.places, "0"))
        return -value if sign == "-" else value

    def text(self, value: int) -> str:
        """Return the exact decimal text with all its places."""
        sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(self.places + 1, "0")
        if self.places == 0:
            return sign + digits
        return f"{sign}{digits[: -self.places]}.{digits[-self.places :]}"

    def short(self, value: int) -> str:
        """Return the decimal text for people: thousands parted, no needless decimals."""
        whole, _, fraction = self.text(abs(value)).partition(".")
        fraction = fraction.rstrip("0")
        sign = "-" if value < 0 else ""
        return f"{sign}{int(whole):,}" + (f".{fraction}" if fraction else "")


KG = Scale("kg", 3)
YUAN = Scale("元", 2)
YUAN_PER_KG = Scale("元/kg", 4)
CELSIUS = Scale("℃", 2)
PERCENT = Scale("%", 2)
MU = Scale("亩", 2)
DEGREE = Scale("°", 6)
MM = Scale("mm", 3)
POINT = Scale("pt", 1)


def divide_half_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded half away from zero: the one rounding of the suite."""
    if denominator <= 0:
        raise ValueError(denominator)
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def amount_fen(grams: int, price_e4: int) -> int:
    """Return what a mass costs: grams × (1/10 000 yuan per kg), rounded once to fen."""
    return divide_half_up(grams * price_e4, 100_000)


def share_of(value: int, basis_points: int) -> int:
    """Return basis points (1/10 000) of a value, rounded half up."""
    return divide_half_up(value * basis_points, 10_000)
