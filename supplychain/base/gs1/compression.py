"""Compressed Digital Links: pairs as one segment of base64url. Read always, written on request only.

Source: GS1 Digital Link Standard: Compression 1.0. A stream of bits: nibbles of an identifier,
then its value, digits as one number, letters after three bits for their alphabet, lengths where not fixed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil, log2

from supplychain.base.gs1.identifiers import LENGTHS, TABLE, Identifier, Part
from supplychain.base.gs1.keys import Gs1Error

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUE = {sign: place for place, sign in enumerate(_BASE64)}
_HEX = "0123456789ABCDEF"
_SEGMENT = re.compile(r"[A-Za-z0-9_-]{3,}")
_SPARE = 8
"""Fewer bits than an identifier has cannot be another one: they fill the last sign."""
_OTHER = 15
"""The first nibble of a pair that is not GS1's."""
_LENGTH_BITS = 7
_ALPHABETS = (
    (re.compile(r"[0-9]+"), 0),
    (re.compile(r"[0-9A-F]+"), 2),
    (re.compile(r"[0-9a-f]+"), 1),
    (re.compile(r"[A-Za-z0-9_-]+"), 3),
    (re.compile(r"[\x00-\x7f]*"), 4),
)
_SHORT = {
    "0A": ("01", "22"),
    "0B": ("01", "10"),
    "0C": ("01", "21"),
    "0D": ("01", "17"),
    "0E": ("01", "7003"),
    "0F": ("01", "30"),
    "1A": ("01", "10", "21", "17"),
    "1B": ("01", "15"),
    "1C": ("01", "11"),
    "1D": ("01", "16"),
    "1E": ("01", "91"),
    "1F": ("01", "10", "15"),
    **{f"2{_HEX[10 + places]}": ("01", f"310{places}") for places in range(6)},
    **{f"3{_HEX[10 + places]}": ("01", f"320{places}") for places in range(6)},
    "9A": ("8010", "8011"),
    "9B": ("8017", "8019"),
    "9C": ("8018", "8019"),
    "9D": ("414", "254"),
    **{f"A{places}": ("01", f"392{places}") for places in range(10)},
    **{f"C{places}": ("255", f"390{places}") for places in range(10)},
    **{f"C{_HEX[10 + places]}": ("255", f"394{places}") for places in range(4)},
}
"""Two nibbles that stand for identifiers which often come together."""


class _Bits:
    """A stream of bits that is read from the left."""

    def __init__(self, segment: str) -> None:
        self.text = "".join(f"{_VALUE[sign]:06b}" for sign in segment)
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.text) - self.at

    def take(self, count: int) -> int:
        """Return the next bits as a number."""
        if self.left < count:
            raise Gs1Error("compressed", self.text)
        taken = self.text[self.at : self.at + count]
        self.at += count
        return int(taken, 2) if taken else 0


def compress(pairs: Sequence[tuple[str, str]], more: Sequence[tuple[str, str]] = ()) -> str:
    """Return pairs as one segment of base64url, identifiers that often come together first, then `more`."""
    text = _stream(dict(pairs)) + _stream(dict(more))
    text += "0" * (-len(text) % 6)
    return "".join(_BASE64[int(text[at : at + 6], 2)] for at in range(0, len(text), 6))


def decompress(segment: str) -> list[tuple[str, str]]:
    """Return the pairs of a compressed segment, their values unchecked; Gs1Error when it is none."""
    if _SEGMENT.fullmatch(segment) is None:
        raise Gs1Error("compressed", segment)
    bits, pairs = _Bits(segment), []
    while bits.left >= _SPARE:
        pairs += [(ai, _unpacked(TABLE[ai], bits)) for ai in _next(bits)]
    if bits.take(bits.left) or not pairs:
        raise Gs1Error("compressed", segment)
    return pairs


def _stream(values: dict[str, str]) -> str:
    bits = []
    while short := _best(values):
        bits.append(f"{int(short, 16):08b}")
        bits += [_packed(TABLE[ai], values.pop(ai)) for ai in _SHORT[short]]
    for ai in sorted(values):
        bits += [f"{int(digit):04b}" for digit in ai]
        bits.append(_packed(TABLE[ai], values[ai]))
    return "".join(bits)


def _best(values: dict[str, str]) -> str | None:
    fitting = [short for short, ais in _SHORT.items() if values.keys() >= set(ais)]
    return max(fitting, key=lambda short: len("".join(_SHORT[short])), default=None)


def _next(bits: _Bits) -> tuple[str, ...]:
    """Return the identifiers that come next; none when the next pair is not GS1's."""
    first = bits.take(4)
    if first == _OTHER:
        for _ in range(bits.take(_LENGTH_BITS)):
            bits.take(6)
        _signs(bits, None)
        return ()
    name = f"{_HEX[first]}{_HEX[bits.take(4)]}"
    if name in _SHORT:
        return _SHORT[name]
    name += "".join(_HEX[bits.take(4)] for _ in range(LENGTHS.get(name, 2) - 2))
    if name not in TABLE:
        raise Gs1Error("compressed", name)
    return (name,)


def _packed(identifier: Identifier, value: str) -> str:
    bits, at = "", 0
    for part in _fields(identifier):
        if part.least == part.most:
            piece = value[at : at + part.most]
            at += part.most
            bits += _number(piece) if part.kind == "N" else _lettered(piece, "")
        else:
            piece, at = value[at:], len(value)
            length = f"{len(piece):0{_length_bits(part.most)}b}"
            bits += length + _number(piece) if part.kind == "N" else _lettered(piece, length)
    return bits


def _unpacked(identifier: Identifier, bits: _Bits) -> str:
    value = ""
    for part in _fields(identifier):
        length = part.most if part.least == part.most else None
        if part.kind != "N":
            value += _signs(bits, length, _length_bits(part.most))
            continue
        value += _digits(bits, bits.take(_length_bits(part.most)) if length is None else length)
    return value


def _signs(bits: _Bits, length: int | None, length_bits: int = _LENGTH_BITS) -> str:
    """Return a text: three bits for its alphabet, its length unless that is fixed, its signs."""
    alphabet = bits.take(3)
    count = bits.take(length_bits) if length is None else length
    if alphabet == 0:
        return _digits(bits, count)
    if alphabet in {1, 2}:
        text = "".join(_HEX[bits.take(4)] for _ in range(count))
        return text.lower() if alphabet == 1 else text
    if alphabet == 3:
        return "".join(_BASE64[bits.take(6)] for _ in range(count))
    if alphabet == 4:
        return "".join(chr(bits.take(7)) for _ in range(count))
    raise Gs1Error("compressed", bits.text)


def _digits(bits: _Bits, count: int) -> str:
    """Return a number with as many digits as it had, zeros in front kept."""
    text = f"{bits.take(_value_bits(count)):0{count}d}" if count else ""
    if len(text) != count:
        raise Gs1Error("compressed", text)
    return text


def _number(digits: str) -> str:
    return f"{int(digits):0{_value_bits(len(digits))}b}" if digits else ""


def _lettered(text: str, length: str) -> str:
    alphabet = next(number for signs, number in _ALPHABETS if signs.fullmatch(text))
    head = f"{alphabet:03b}{length}"
    if alphabet == 0:
        return head + _number(text)
    if alphabet in {1, 2}:
        return head + "".join(f"{int(sign, 16):04b}" for sign in text)
    if alphabet == 3:
        return head + "".join(f"{_VALUE[sign]:06b}" for sign in text)
    return head + "".join(f"{ord(sign):07b}" for sign in text)


def _value_bits(digits: int) -> int:
    """Return the bits of a number of so many digits (Compression 1.0, 7.3)."""
    return ceil(digits * log2(10) + 0.01)


def _length_bits(most: int) -> int:
    """Return the bits of a length up to this one (Compression 1.0, 7.3)."""
    return ceil(log2(most) + 0.01)


def _fields(identifier: Identifier) -> list[Part]:
    """Return the components as the stream has them: neighbours of one kind and manner are one field."""
    fields: list[Part] = []
    for part in identifier.parts:
        is_fixed = part.least == part.most and not part.is_optional
        field = Part(part.kind, part.most if is_fixed else 0, part.most, is_optional=False)
        if fields and _joins(fields[-1], field):
            field = _joined(fields.pop(), field)
        fields.append(field)
    return fields


def _joins(last: Part, part: Part) -> bool:
    """Tell whether two fields are written as one: digits both fixed or both not, letters always."""
    is_alike = (last.least == last.most) == (part.least == part.most)
    return last.kind == part.kind and (part.kind != "N" or is_alike)


def _joined(last: Part, part: Part) -> Part:
    is_fixed = last.least == last.most and part.least == part.most
    most = last.most + part.most
    return Part(last.kind, most if is_fixed else 0, most, is_optional=False)
