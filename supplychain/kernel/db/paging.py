"""Pages of rows: a stable order, a count, and never more rows than asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, SQLColumnExpression, func
from sqlalchemy.orm import Session

from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_

R = TypeVar("R")

MAX_PER_PAGE = 200

Rows = Select[*tuple[Any, ...]]
"""A select of any columns."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page, how long, in what order; `sort` is a column name, `-name` for descending."""

    page: int = 1
    per_page: int = 20
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some of the rows, how many there are in all, and the totals over all of them."""

    rows: Sequence[R]
    total: int
    page: int
    per_page: int
    totals: Mapping[str, int]

    @property
    def pages(self) -> int:
        """Return how many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.per_page))


def paginate(
    session: Session,
    statement: Rows,
    request: PageRequest,
    *,
    row: Callable[..., R],
    sorts: Mapping[str, SQLColumnExpression[Any]],
    default: str,
    key: SQLColumnExpression[Any],
    sums: Mapping[str, SQLColumnExpression[int]] | None = None,
) -> Page[R]:
    """Run a select as one page in two statements: the rows, and their count with the sums.

    `sorts` names the columns that a reader may sort by; `default` is one of them (or `-name`);
    `key` is the unique column that makes the order stable. `row` is called with each row's columns.
    """
    wanted = request.sort or default
    column = sorts.get(wanted.removeprefix("-"))
    if column is None:
        raise Invalid.at("sort", N_("There is no column %(name)s to sort by."), name=wanted)
    descending = wanted.startswith("-")
    per_page = min(max(request.per_page, 1), MAX_PER_PAGE)
    page = max(request.page, 1)
    ordered = (
        statement.order_by(
            column.desc() if descending else column.asc(), key.desc() if descending else key.asc()
        )
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    total, totals = _counts(session, statement, sums or {})
    rows = [row(*found) for found in session.execute(ordered)]
    return Page(rows, total, page, per_page, totals)


def _counts(
    session: Session, statement: Rows, sums: Mapping[str, SQLColumnExpression[int]]
) -> tuple[int, dict[str, int]]:
    columns: list[SQLColumnExpression[Any]] = [func.count().label("_rows")]
    columns += [func.coalesce(func.sum(column), 0).label(name) for name, column in sums.items()]
    counted = session.execute(
        statement.with_only_columns(*columns, maintain_column_froms=True).order_by(None)
    ).one()
    return int(counted[0]), {name: int(value) for name, value in zip(sums, counted[1:], strict=True)}
