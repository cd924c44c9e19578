"""The database's driver without anything above it: rows taken out and put back, and many put in at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Column, Engine, Table, func, select

from supplychain.app import Runtime
from supplychain.kernel.db.base import Base, table_of

Kept = Mapping[str, list[Sequence[Any]]]
"""Rows of tables as the driver has them."""


def last(runtime: Runtime, written: Sequence[type[Any]]) -> dict[type[Base], int]:
    """Return the newest key of each table."""
    with runtime.database.reading() as session:
        return {model: session.scalar(select(func.max(_key(table_of(model))))) or 0 for model in written}


def taken_out(engine: Engine, before: Mapping[type[Base], int]) -> Kept:
    """Return the rows that were written since, and take them out again; referred-to tables come first."""
    with opened(engine) as driver:
        kept = {table_of(model).name: driver.rows(table_of(model), key) for model, key in before.items()}
        for model, key in reversed(list(before.items())):
            driver.execute(f"DELETE FROM {table_of(model).name} WHERE {_key(table_of(model)).name} > {key}")  # noqa: S608 - our own names
        driver.commit()
    return kept


class Driver:
    """A connection of the driver's own."""

    def __init__(self, connection: Any, *, is_sqlite: bool) -> None:
        """Hold the connection."""
        self.connection, self.is_sqlite = connection, is_sqlite
        self.execute = connection.cursor().execute
        self.mark = "?" if is_sqlite else "%s"

    def ask(self, statement: str, values: Sequence[object]) -> list[Sequence[Any]]:
        """Return the rows that a statement finds."""
        cursor = self.connection.cursor()
        cursor.execute(statement, values)
        found: list[Sequence[Any]] = cursor.fetchall()
        return found

    def rows(self, table: Table, after: int) -> list[Sequence[Any]]:
        """Return the rows of a table with keys above this one."""
        cursor, key = self.connection.cursor(), _key(table).name
        cursor.execute(f"SELECT * FROM {table.name} WHERE {key} > {after} ORDER BY {key}")  # noqa: S608 - our own names
        return [tuple(Jsonb(cell) if isinstance(cell, dict) else cell for cell in row) for row in cursor]

    def insert(self, tables: Iterable[tuple[str, Sequence[Sequence[Any]]]]) -> None:
        """Put rows into tables in one transaction."""
        cursor = self.connection.cursor()
        self.begin()
        for table, rows in tables:
            if not rows:
                continue
            marks = ", ".join([self.mark] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
        self.commit()

    def pour(self, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put any number of rows into a table by the fastest way that the driver has; JSON comes as text."""
        named = f"{table.name} ({', '.join(columns)})"
        cursor = self.connection.cursor()
        self.begin()
        if self.is_sqlite:
            marks = ", ".join([self.mark] * len(columns))
            cursor.executemany(f"INSERT INTO {named} VALUES ({marks})", rows)  # noqa: S608 - our own names
        else:
            with cursor.copy(f"COPY {named} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        self.commit()

    def begin(self) -> None:
        """Begin to write; PostgreSQL's driver does so by itself."""
        if self.is_sqlite:
            self.connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make it last."""
        if not self.is_sqlite or self.connection.in_transaction:
            self.connection.commit()


def _key(table: Table) -> Column[int]:
    """Return the column that grows: the key, or its first part."""
    return next(iter(table.primary_key))


@contextmanager
def opened(engine: Engine) -> Iterator[Driver]:
    """Open the driver while the block runs."""
    connection = engine.raw_connection()
    try:
        yield Driver(connection.driver_connection, is_sqlite=engine.dialect.name == "sqlite")
    finally:
        connection.close()
