"""Reading spreadsheets as they really are: xlsx and csv, Chinese or English headers, any order, any encoding.

Everything comes out as text by header; what a text means is the shape's business.
"""

from __future__ import annotations

import csv
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from supplychain.kernel.errors import Invalid, TooLarge
from supplychain.kernel.i18n import N_

MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
"""An honest xlsx unpacks to some twenty times its size; a bomb to thousands."""
MAX_CELL = 5_000
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
HEADER_SEARCH = 10
"""Title lines above the header that are tolerated."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its number as the reader sees it, and its cells as text."""

    number: int
    cells: Sequence[str]


def read(filename: str, content: bytes) -> list[Line]:
    """Return the lines of the first sheet of an xlsx, or of a csv; Invalid or TooLarge otherwise."""
    if content[:4] == b"PK\x03\x04":
        lines = _xlsx(content)
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Invalid(N_("This is an old .xls file. Save it as .xlsx and try again."))
    else:
        lines = _csv(filename, content)
    found: list[Line] = []
    for line in lines:
        if len(found) > MAX_ROWS:
            raise TooLarge(N_("More than %(rows)s rows. Split the file."), rows=MAX_ROWS)
        found.append(line)
    return found


def plain(value: object) -> str:
    """Return a cell's value as the text that a person would have typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _decimal(value)
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == time()
            else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()[:MAX_CELL]


def _decimal(value: float) -> str:
    """Return a float as Excel shows it, with its 15 digits: 12.3 is 12.3, 15.0 is 15, 0.1 + 0.2 is 0.3."""
    if not math.isfinite(value):
        return str(value)
    whole, _, fraction = format(Decimal(f"{value:.15g}"), "f").partition(".")
    return f"{whole}.{fraction.rstrip('0')}".rstrip(".")


def _xlsx(content: bytes) -> Iterator[Line]:
    _refuse_bomb(content)
    try:
        book = load_workbook(BytesIO(content), data_only=True)
        sheet = book.worksheets[0]
        merged = {
            (row, column): sheet.cell(area.min_row, area.min_col).value
            for area in sheet.merged_cells.ranges
            if area.max_row - area.min_row < MAX_ROWS
            for row in range(area.min_row, area.max_row + 1)
            for column in range(area.min_col, min(area.max_col, MAX_COLUMNS) + 1)
        }
        if (sheet.max_row or 0) > MAX_ROWS + HEADER_SEARCH:
            raise TooLarge(N_("More than %(rows)s rows. Split the file."), rows=MAX_ROWS)
        width = min(sheet.max_column or 1, MAX_COLUMNS)
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=width), start=1):
            cells = [plain(merged.get((number, index), value)) for index, value in enumerate(row, start=1)]
            yield Line(number, cells)
    except (
        BadZipFile,
        InvalidFileException,
        DefusedXmlException,
        KeyError,
        ValueError,
        OSError,
        SyntaxError,
        IndexError,
    ) as error:
        raise Invalid(N_("This file cannot be read as a spreadsheet.")) from error


def _refuse_bomb(content: bytes) -> None:
    try:
        with ZipFile(BytesIO(content)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
    except (BadZipFile, zipfile.LargeZipFile, ValueError) as error:
        raise Invalid(N_("This file cannot be read as a spreadsheet.")) from error
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(len(content), 4096):
        raise TooLarge(N_("This file unpacks to far more than a spreadsheet should."))


def _csv(filename: str, content: bytes) -> Iterator[Line]:
    text = decode(content)
    if "\x00" in text:
        raise Invalid(N_("%(filename)s is neither an xlsx nor a csv file."), filename=filename[:80])
    sample = text[:4096]
    delimiter = max(",;\t", key=sample.count)
    csv.field_size_limit(100_000)
    try:
        for number, row in enumerate(csv.reader(StringIO(text), delimiter=delimiter), start=1):
            yield Line(number, [_unquoted(plain(cell)) for cell in row[:MAX_COLUMNS]])
    except csv.Error as error:
        raise Invalid(N_("This file cannot be read as a spreadsheet.")) from error


def harmless(text: str) -> str:
    """Return a text that no spreadsheet program runs as a formula: with a quote before it if need be."""
    return f"'{text}" if _FORMULA.match(text) else text


def _unquoted(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def decode(content: bytes) -> str:
    """Return the text of a file that is UTF-8, UTF-16 with a mark, or GB 18030 (which holds GBK)."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        candidates: Iterable[str] = ("utf-16",)
    else:
        candidates = ("utf-8-sig", "gb18030")
    for encoding in candidates:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(N_("The text of this file is neither UTF-8 nor GBK."))


def tabulate(
    lines: Sequence[Line], headers: dict[str, str]
) -> tuple[list[tuple[int, dict[str, Any]]], list[str]]:
    """Return (row number, {field: text}) of each filled line under the header, and headers nobody knows.

    `headers` maps every spelling of a header to its field. The header is the line among the first few that
    has most known names; Invalid when there is none.
    """
    start, columns, unknown = _header(lines, headers)
    rows = []
    for line in lines[start + 1 :]:
        values = {name: line.cells[at] for at, name in columns.items() if at < len(line.cells)}
        if any(values.values()):
            rows.append((line.number, values))
    return rows, unknown


def _header(lines: Sequence[Line], headers: dict[str, str]) -> tuple[int, dict[int, str], list[str]]:
    best: tuple[int, dict[int, str], list[str]] = (0, {}, [])
    for index, line in enumerate(lines[:HEADER_SEARCH]):
        names = [normal(cell) for cell in line.cells]
        known = {at: headers[name] for at, name in enumerate(names) if name in headers}
        if len(known) > len(best[1]):
            unknown = [
                cell for cell, name in zip(line.cells, names, strict=True) if name and name not in headers
            ]
            best = (index, known, unknown)
    if not best[1]:
        raise Invalid(N_("No header line was found. Start from the template."))
    if len(set(best[1].values())) < len(best[1]):
        raise Invalid(N_("A column stands in the file twice."))
    return best


def normal(header: str) -> str:
    """Return a header as it is compared: without case, blanks, asterisks and the unit in brackets."""
    text = header.split("(", maxsplit=1)[0].split("（", maxsplit=1)[0]
    return "".join(text.replace("*", "").split()).lower()
