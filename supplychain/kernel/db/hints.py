"""Telling SQLite, which keeps no figures of its tables, what a planner with figures finds out by itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute


class aside(ColumnElement[Any]):  # noqa: N801 - reads as SQL
    """A column whose index is not to be used here: another index gives the order, and a page is short."""

    inherit_cache = True

    def __init__(self, column: InstrumentedAttribute[Any]) -> None:
        """Hold the column."""
        self.column = column
        self.type = column.type


@compiles(aside)
def _plain(element: aside, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.column, **options))


@compiles(aside, "sqlite")
def _plus(element: aside, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.column, **options)}"
