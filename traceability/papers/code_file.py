"""The file of a run of codes as a printing house takes it: one line an item, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from supplychain.base.gs1 import element, link

COLUMNS = ("ordinal", "gtin", "lot", "serial", "digital_link", "element_string")
"""Names that printing software maps to fields of a design; they are no words for people and never change."""

_MARK = "0" * 16
"""Stands for the serial while a line's pattern is made; serials are of letters that no syntax escapes."""

_AT_ONCE = 500


def lines(gtin: str, lot: str, base_url: str, serials: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Return the CSV of a run, some lines at a time (RFC 4180); a lot may need quotes.

    `serials` are ordinals with serials in the order of printing. The element string is bracketed.
    """
    item = [("01", gtin), ("10", lot), ("21", _MARK)]
    before, _, after = link.build(item, base_url).rpartition(_MARK)
    head, _, tail = element.bracketed(item).rpartition(_MARK)
    fixed = f",{gtin},{_quoted(lot)},"
    yield ",".join(COLUMNS) + "\r\n"
    part = []
    for ordinal, serial in serials:
        bracketed = _quoted(f"{head}{serial}{tail}")
        part.append(f"{ordinal}{fixed}{serial},{_quoted(f'{before}{serial}{after}')},{bracketed}\r\n")
        if len(part) == _AT_ONCE:
            yield "".join(part)
            part.clear()
    yield "".join(part)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text
