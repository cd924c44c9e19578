"""Writing spreadsheets that can be read back: the same columns, the same headers, numbers as numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter

from supplychain.kernel.i18n import gettext
from supplychain.kernel.schema.fields import Code, Words
from supplychain.kernel.sheets.columns import Column, columns_of, texts_of
from supplychain.kernel.sheets.reader import harmless
from supplychain.kernel.sheets.sheet import Sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


def xlsx(sheet: Sheet, rows: Iterable[Any]) -> bytes:
    """Return the rows as a workbook with a frozen header in the current locale."""
    target = BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {"in_memory": True, "constant_memory": False, "strings_to_formulas": False, "strings_to_urls": False},
    )
    page = book.add_worksheet(gettext(sheet.title)[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    formats: dict[type, Any] = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    columns = columns_of(sheet)
    for at, column in enumerate(columns):
        page.write_string(0, at, column.header, bold)
        page.set_column(at, at, max(10, min(40, 2 * len(column.header))))
    page.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        for at, column in enumerate(columns):
            _write(page, number, at, column, column.cell(row), formats)
    book.close()
    return target.getvalue()


def csv_text(sheet: Sheet, rows: Iterable[Any]) -> bytes:
    """Return the rows as UTF-8 csv with a mark, so that Excel reads the Chinese; no cell can be a formula."""
    columns = columns_of(sheet)
    target = StringIO()
    writer = csv.writer(target)
    writer.writerow([column.header for column in columns])
    for row in rows:
        texts = texts_of(columns, row)
        writer.writerow([_harmless(column, texts[column.name]) for column in columns])
    return target.getvalue().encode("utf-8-sig")


def template(sheet: Sheet) -> bytes:
    """Return an empty workbook to fill in."""
    return xlsx(sheet, ())


def _write(page: Any, number: int, at: int, column: Column, value: object, formats: dict[type, Any]) -> None:
    if value == "":
        return
    if isinstance(value, datetime):
        page.write_datetime(number, at, value, formats[datetime])
    elif isinstance(value, date):
        page.write_datetime(number, at, datetime.combine(value, datetime.min.time()), formats[date])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        page.write_number(number, at, value)
    else:
        page.write_string(number, at, str(value))


def _harmless(column: Column, text: str) -> str:
    return harmless(text) if isinstance(column.field, Words | Code) else text
