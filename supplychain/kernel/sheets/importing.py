"""Taking spreadsheets in: shape first, then the addon's own load; a preview does everything and undoes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import DomainError, Invalid
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema.base import load as load_shape
from supplychain.kernel.sheets.columns import columns_of, dated_fields, headers_of
from supplychain.kernel.sheets.reader import read, tabulate
from supplychain.kernel.sheets.sheet import Outcome, Row, Sheet


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken in: its number, its cells, every reason with its column."""

    number: int
    cells: Mapping[str, str]
    reasons: Sequence[tuple[str, Text]]
    """(column label msgid or empty, reason)."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or would do."""

    counts: Mapping[Outcome, int]
    bad: Sequence[BadRow]
    ignored: Sequence[str]
    """Headers that nobody knows; their columns were left out."""
    applied: bool

    @property
    def good(self) -> int:
        """Return how many rows can be taken in."""
        return sum(self.counts.values())


class _Undo(Exception):
    """Leaves the unit of work without a trace."""


def run(
    database: Database,
    sheet: Sheet,
    actor: Actor,
    filename: str,
    content: bytes,
    *,
    apply: bool,
    good_rows_only: bool = False,
    shift_days: int = 0,
) -> Report:
    """Take a file in and report; nothing stays without `apply`, or when a row is bad and all are wanted.

    `shift_days` moves every day and instant: a demo season always looks like now. Raises Forbidden, Invalid,
    TooLarge when the file as a whole cannot be taken.
    """
    actor.require(sheet.write)
    if sheet.load is None:
        raise Invalid(N_("This list can be exported but not imported."))
    rows, bad, ignored = parse(sheet, filename, content, shift_days)
    report: Report | None = None
    try:
        with database.unit_of_work(actor) as uow:
            report = _load(uow, sheet, rows, bad, ignored)
            if not apply or (report.bad and not good_rows_only):
                raise _Undo
    except _Undo:
        assert report is not None  # noqa: S101 - set before the only raise
        return report
    return Report(report.counts, report.bad, report.ignored, applied=True)


def parse(
    sheet: Sheet, filename: str, content: bytes, shift_days: int = 0
) -> tuple[list[tuple[Row, Mapping[str, str]]], list[BadRow], list[str]]:
    """Return the rows of the right shape, the others with their reasons, and unknown headers."""
    table, ignored = tabulate(read(filename, content), headers_of(sheet))
    derived = {column.name for column in columns_of(sheet) if column.is_derived}
    labels = {column.name: column.label for column in columns_of(sheet)}
    shape = sheet.shape()
    shifts = dated_fields(shape)
    good: list[tuple[Row, Mapping[str, str]]] = []
    bad: list[BadRow] = []
    for number, cells in table:
        try:
            command = load_shape(shape, {k: v for k, v in cells.items() if k not in derived}, text=True)
        except Invalid as error:
            bad.append(_bad(number, cells, error, labels))
        else:
            good.append((Row(number, _shifted(command, shifts, shift_days)), cells))
    return good, bad, ignored


def _load(
    uow: UnitOfWork,
    sheet: Sheet,
    rows: Sequence[tuple[Row, Mapping[str, str]]],
    bad: Sequence[BadRow],
    ignored: Sequence[str],
) -> Report:
    assert sheet.load is not None  # noqa: S101 - run() refuses sheets that cannot be imported
    labels = {column.name: column.label for column in columns_of(sheet)}
    cells = {row.number: values for row, values in rows}
    loaded = sheet.load(uow, [row for row, _ in rows])
    refused = [_bad(number, cells[number], error, labels) for number, error in loaded.errors.items()]
    every = sorted([*bad, *refused], key=lambda row: row.number)
    return Report(Counter(loaded.outcomes.values()), every, ignored, applied=False)


def _bad(number: int, cells: Mapping[str, str], error: DomainError, labels: Mapping[str, str]) -> BadRow:
    if not error.fields:
        return BadRow(number, cells, [("", error.text)])
    reasons = [
        (labels.get(name, ""), message if isinstance(message, Text) else Text(message))
        for name, messages in error.fields.items()
        for message in messages
    ]
    return BadRow(number, cells, reasons)


def _shifted(command: Any, shifts: tuple[set[str], set[str]], days: int) -> Any:
    if days == 0:
        return command
    moved = timedelta(days=days)
    names = shifts[0] | shifts[1]
    if isinstance(command, dict):
        return {name: _moved(value, moved) if name in names else value for name, value in command.items()}
    return replace(command, **{name: _moved(getattr(command, name), moved) for name in names})


def _moved(value: date | datetime | None, by: timedelta) -> date | datetime | None:
    return None if value is None else value + by
