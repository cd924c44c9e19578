"""Pages of rows: a stable order, a count, and never more rows than asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, SQLColumnExpression, func, literal, select
from sqlalchemy.orm import Session

from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_

R = TypeVar("R")

MAX_PER_PAGE = 200
MANY = 10_000
"""A list for people says of more rows than these only that they are more: counting a million takes long."""

Rows = Select[*tuple[Any, ...]]
"""A select of any columns."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page, how long, in what order; `sort` is a column name, `-name` for descending."""

    page: int = 1
    per_page: int = 20
    sort: str = ""
    count_most: int | None = None
    """Up to how many rows are counted and added up; None counts all."""


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some of the rows, how many there are in all, and the totals over all of them."""

    rows: Sequence[R]
    total: int
    page: int
    per_page: int
    totals: Mapping[str, int]
    is_more: bool = False
    """There are more rows than were counted: nothing is known of totals."""

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
    total: int | None = None,
) -> Page[R]:
    """Run a select as one page in two statements: the rows, and their count with the sums.

    `sorts` names the columns that a reader may sort by; `default` is one of them (or `-name`);
    `key` is the unique column that makes the order stable. `row` is called with each row's columns.
    `total` is given where the number is known without counting.
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
    most = None if request.count_most is None else max(request.count_most, page * per_page)
    counted, totals = (total, {}) if total is not None else _counts(session, statement, sums or {}, most)
    rows = [row(*found) for found in session.execute(ordered)] if counted else []
    if total is None and most is not None and counted > most:
        return Page(rows, most, page, per_page, {}, is_more=True)
    return Page(rows, counted, page, per_page, totals)


def _counts(
    session: Session, statement: Rows, sums: Mapping[str, SQLColumnExpression[int]], most: int | None
) -> tuple[int, dict[str, int]]:
    """Return how many rows there are and the sums, of `most` and one more at most."""
    if most is None:
        columns: list[SQLColumnExpression[Any]] = [func.count().label("_rows")]
        columns += [func.coalesce(func.sum(column), 0).label(name) for name, column in sums.items()]
        asked = statement.with_only_columns(*columns, maintain_column_froms=True).order_by(None)
    else:
        added: list[SQLColumnExpression[Any]] = [column.label(name) for name, column in sums.items()] or [
            literal(1).label("_row")
        ]
        some = statement.with_only_columns(*added, maintain_column_froms=True).order_by(None).limit(most + 1)
        part = some.subquery()
        totals = [func.coalesce(func.sum(part.c[name]), 0) for name in sums]
        asked = select(func.count().label("_rows"), *totals).select_from(part)
    counted = session.execute(asked).one()
    return int(counted[0]), {name: int(value) for name, value in zip(sums, counted[1:], strict=True)}
