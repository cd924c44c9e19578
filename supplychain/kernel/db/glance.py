"""A single statement that reads one row and is asked of the driver itself, its text made once.

For what is asked at every look of anybody: making and wrapping a statement costs more than running it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Dialect, Engine
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import cloned_traverse

from supplychain.kernel.db.engine import is_passing
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.errors import Busy

_Values = Mapping[str, Any]
_Reading = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement as one kind of database is told it."""

    sql: str
    places: Sequence[str] | None
    """The names of its values in their order; None where the driver takes them by name."""
    readings: Sequence[_Reading]

    def one(self, connection: Any, named: _Values) -> tuple[Any, ...] | None:
        values: Any = named if self.places is None else [named[place] for place in self.places]
        found = connection.execute(self.sql, values).fetchall()
        if not found:
            return None
        return tuple(
            value if read is None else read(value)
            for value, read in zip(found[0], self.readings, strict=True)
        )


class Glance:
    """A statement for one row, as columns; the values that it is asked with are texts and whole numbers."""

    def __init__(self, statement: Rows) -> None:
        """Hold a statement; its text is made when a database is first asked."""
        self.statement = statement
        self._texts: dict[str, _Text] = {}

    def one(self, engine: Engine, named: _Values) -> tuple[Any, ...] | None:
        """Return the row, or None; no session and no transaction around it. Busy when the server is away."""
        text = self._texts.get(engine.dialect.name)
        if text is None:
            text = self._texts[engine.dialect.name] = _text(self.statement, engine.dialect)
        with _lent(engine) as connection:
            return text.one(connection, named)


@contextmanager
def _lent(engine: Engine) -> Iterator[Any]:
    """Lend a driver's connection from the pool; PostgreSQL's begins nothing meanwhile.

    One on which anything failed is thrown away: nobody else is given it as it is.
    """
    fault = engine.dialect.loaded_dbapi.OperationalError
    lent = None
    try:
        lent = engine.raw_connection()
        connection: Any = lent.driver_connection
        if engine.dialect.name == "sqlite":
            yield connection
        else:
            connection.autocommit = True
            yield connection
            connection.autocommit = False
    except BaseException as error:
        if lent is not None:
            lent.invalidate(error)
        if isinstance(error, fault) and is_passing(error):
            raise Busy from error
        raise
    finally:
        if lent is not None:
            lent.close()


def _text(statement: Rows, dialect: Dialect) -> _Text:
    fixed = cloned_traverse(statement, {}, {"bindparam": _write_out})
    made = fixed.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    assert isinstance(made, SQLCompiler)  # noqa: S101 - a select is nothing else
    readings = [
        column.type.dialect_impl(dialect).result_processor(dialect, None)
        for column in statement.selected_columns
    ]
    return _Text(str(made), made.positiontup, readings)


def _write_out(bind: BindParameter[Any]) -> None:
    """Let a value that the statement itself brings stand in its text; the others come when it is asked."""
    bind.literal_execute, bind.required = not bind.required, False
