"""The declaration of a spreadsheet: its rows' shape, how they are taken in, how they come out.

Reading files, previewing and writing them lives beside this module; no trade knowledge here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import DomainError
from supplychain.kernel.permissions import Actor, Permission
from supplychain.kernel.schema.base import Shape


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the right shape: its number as the reader sees it, and its command."""

    number: int
    command: Any


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: an outcome for each good row, an error for each bad one, by row number."""

    outcomes: Mapping[int, Outcome]
    errors: Mapping[int, DomainError]


Load = Callable[[UnitOfWork, Sequence[Row]], Loaded]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of spreadsheet, known by its `kind`; the shape's labels in any language are its headers.

    `rows` yields what the shape dumps, for export; dump-only fields are written and ignored on the way in.
    """

    kind: str
    title: str
    shape: type[Shape]
    load: Load | None
    rows: Callable[[Session, Actor, Mapping[str, str]], Iterable[Any]] | None
    write: Permission
    read: Permission


@dataclass(frozen=True, slots=True)
class FileKind:
    """A file that is no table of rows, as a logger's export: taken in whole or not at all.

    `take(uow, filename, content, shift_days)` returns how many records were new.
    """

    kind: str
    title: str
    take: Callable[[UnitOfWork, str, bytes, int], int]
    write: Permission


def each(act: Callable[[UnitOfWork, Any], Outcome]) -> Load:
    """Return a load that does one act per row, each in its own savepoint: a bad row leaves no trace."""
    return grouped(id, lambda uow, commands: act(uow, commands[0]))


def grouped(key: Callable[[Any], object], act: Callable[[UnitOfWork, Sequence[Any]], Outcome]) -> Load:
    """Return a load that does one act per document: rows with the same key belong together."""

    def load(uow: UnitOfWork, rows: Sequence[Row]) -> Loaded:
        outcomes: dict[int, Outcome] = {}
        errors: dict[int, DomainError] = {}
        for together in _together(rows, key):
            try:
                with uow.session.begin_nested():
                    outcome = act(uow, [row.command for row in together])
                    uow.flush()
            except DomainError as error:
                errors.update((row.number, error) for row in together)
            else:
                outcomes.update((row.number, outcome) for row in together)
        return Loaded(outcomes, errors)

    return load


def _together(rows: Sequence[Row], key: Callable[[Any], object]) -> Iterable[Sequence[Row]]:
    groups: dict[object, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row.command), []).append(row)
    return groups.values()
