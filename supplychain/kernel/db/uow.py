"""The unit of work: one act of the trade, one transaction, its events inside it.

Opened and committed at the entrances only; services receive it and never commit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any, Literal

from sqlalchemy import Connection, CursorResult, Engine, Executable, Table, event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.exc import StaleDataError

from supplychain.kernel import clock
from supplychain.kernel.db.engine import is_passing, writer
from supplychain.kernel.db.glance import Glance
from supplychain.kernel.errors import Busy, Conflict, Stale
from supplychain.kernel.events import Event, Subscriptions
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor

_Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_MODE: Literal["create_savepoint"] = "create_savepoint"
"""A session that is given a connection in a transaction works in savepoints of it."""


@dataclass(slots=True)
class UnitOfWork:
    """What every service gets first: the session, who acts, when, and a way to announce events."""

    session: Session
    actor: Actor
    now: datetime
    subscriptions: Subscriptions
    _events: deque[Event] = field(default_factory=deque)
    _after: list[Callable[[], None]] = field(default_factory=list)

    def publish(self, event: Event) -> None:
        """Announce an event; it is heard inside this transaction, after the act, in order."""
        self._events.append(event)

    def after_commit(self, act: Callable[[], None]) -> None:
        """Do something cheap and losable once the transaction is safe."""
        self._after.append(act)

    def flush(self) -> None:
        """Send pending rows to the database, where constraints speak: Conflict or Stale."""
        with translated():
            self.session.flush()

    def execute(self, statement: Executable, rows: _Rows = None) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement on columns and tables, after what is pending; cheaper than through the session.

        Rows come back, never objects.
        """
        self.session.flush()
        found: CursorResult[*tuple[Any, ...]] = self.session.connection().execute(statement, rows)
        return found

    def pour(self, table: Table, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
        """Put many small rows into a table as the driver takes them, after what is pending.

        Nothing is turned or filled in: values are whole numbers, floats, truths and texts (of a StrEnum its
        value), in the order of `columns`. A third of the cost of `execute` with a mapping for each row.
        """
        if not rows:
            return
        self.session.flush()
        connection = self.session.connection()
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        marks = ", ".join([mark] * len(columns))
        into = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
        connection.exec_driver_sql(into, list(rows))

    def drain(self) -> None:
        """Let every announced event be heard, including those that the hearers announce."""
        while self._events:
            event = self._events.popleft()
            for handler in self.subscriptions.of(event):
                handler(self, event)

    def settle(self) -> None:
        """Run what was kept for after the commit."""
        for act in self._after:
            act()


class Database:
    """The one database: reading sessions and units of work."""

    def __init__(
        self,
        bind: Engine | Connection,
        subscriptions: Subscriptions | None = None,
        read_engine: Engine | None = None,
    ) -> None:
        """Hold the engines; `subscriptions` say who hears the events of each unit of work.

        Bound to a connection, everything happens inside that connection's transaction, in savepoints.
        """
        self.subscriptions = subscriptions or Subscriptions()
        self._writers = {
            durable: writer(bind, durable=durable) if isinstance(bind, Engine) else bind
            for durable in (True, False)
        }
        self.acts = 0
        """How many durable units of work were committed in this process: whoever remembers compares."""
        self._is_queued = isinstance(bind, Engine) and bind.dialect.name == "sqlite"
        self._reader = read_engine or bind

    @property
    def is_shared(self) -> bool:
        """Tell whether others reach the database, too: it is not one connection's transaction."""
        return isinstance(self._writers[True], Engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session for reading; nothing it changes is kept."""
        with translated(), Session(self._reader, autoflush=False, join_transaction_mode=_MODE) as session:
            yield session

    def glance(self, asked: Glance, **named: str | int | None) -> tuple[Any, ...] | None:
        """Return the one row of a statement that reads, or None: no session, no transaction around it."""
        if isinstance(self._reader, Engine):
            return asked.one(self._reader, named)
        row = self._reader.execute(asked.statement, named).one_or_none()
        return None if row is None else tuple(row)

    @contextmanager
    def unit_of_work(self, actor: Actor, *, durable: bool = True) -> Iterator[UnitOfWork]:
        """Open a transaction, drain its events, commit; any error rolls everything back.

        Only what may be lost with the power, never with the process, goes without `durable`: it does not
        wait for the disk.
        """
        with translated(), self._session(durable=durable) as session:
            uow = UnitOfWork(session, actor, clock.now(), self.subscriptions)
            yield uow
            session.flush()
            uow.drain()
            session.commit()
        self.acts += durable
        uow.settle()

    def _session(self, *, durable: bool) -> Session:
        make = _Queued if self._is_queued else Session
        return make(self._writers[durable], expire_on_commit=False, join_transaction_mode=_MODE)


class _Queued(Session):
    """Writes to SQLite, which has one writer: threads wait here to be woken, at the file they would poll."""


_turn = RLock()


@event.listens_for(_Queued, "after_transaction_create")
def _take_turn(_session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        _turn.acquire()


@event.listens_for(_Queued, "after_transaction_end")
def _give_turn(_session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        _turn.release()


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the database refuses into what the trade calls it."""
    try:
        yield
    except StaleDataError as error:
        raise Stale from error
    except IntegrityError as error:
        raise Conflict(
            N_("There is already a record like this one, or something still refers to it.")
        ) from error
    except OperationalError as error:
        if is_passing(error.orig):
            raise Busy from error
        raise
