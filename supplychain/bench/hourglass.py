"""A ledger as large as wanted: hourglasses, in which 81 batches are blended by threes into one and split.

The database writes it by itself. Every row keeps every constraint, so that acts of the trade run on it; only
the hashes of its chain are not true ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, String, case, cast, func, insert, literal, select

from supplychain.base.models.party import Site
from supplychain.kernel import clock
from supplychain.kernel.db.base import Base, table_of
from supplychain.kernel.db.engine import writer
from traceability.models.batch import Batch
from traceability.models.genealogy import Edge
from traceability.models.ledger import Chain, Entry, EntryBatch, Holding
from traceability.rules.batch import BatchState, Origin
from traceability.rules.ledger import Bucket, Role, Step

FAN, DEPTH = 3, 8
"""Three into one and one into three; eight steps from the first batches of an hourglass to its last."""
INNER: int = sum(FAN**level for level in range(DEPTH // 2))
"""Batches of a half that are neither first nor last, the middle among them."""
HALF: int = INNER + FAN ** (DEPTH // 2) - 1
"""Batches above the middle, and as many below it."""
BATCHES, EDGES, ENTRIES = 2 * HALF + 1, 2 * HALF, 2 * INNER
"""Of one hourglass: 241, 240 and 80."""
GRAMS = 81_000
TOGETHER = 40
"""Hourglasses that are written in one transaction; the first so many begin in one plot."""

Follow = Callable[[Iterable[int]], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where the rows of the hourglasses begin, and whose they are."""

    batch_id: int
    entry_id: int
    position: int
    party_id: int
    site_id: int
    site: str
    trade_item_id: int

    @property
    def plot(self) -> str:
        """Return the plot in which the first hourglasses begin, with one batch each."""
        return f"bench {self.batch_id}"

    def middle(self, glass: int) -> int:
        """Return the batch in the middle of an hourglass: 120 edges above it, 120 below."""
        return self.batch_id + glass * BATCHES


def begin(engine: Engine) -> Ledger:
    """Return a ledger behind the last rows, for who registered the last batch."""
    with engine.connect() as connection:
        last = connection.execute(
            select(Batch.id, Batch.site_id, Batch.trade_item_id, Site.code, Site.party_id)
            .join(Site, Site.id == Batch.site_id)
            .order_by(Batch.id.desc())
            .limit(1)
        ).one()
        entry_id = connection.scalar(select(func.max(Entry.id))) or 0
        length = connection.scalar(select(Chain.length).where(Chain.party_id == last.party_id)) or 0
    return Ledger(
        last.id + 1, entry_id + 1, length + 1, last.party_id, last.site_id, last.code, last.trade_item_id
    )


def write(engine: Engine, ledger: Ledger, count: int, follow: Follow = iter) -> None:
    """Write so many hourglasses, some a transaction; `follow` shows how far it is."""
    for glass in follow(range(0, count, TOGETHER)):
        glasses = range(glass, min(glass + TOGETHER, count))
        with writer(engine, durable=False).begin() as connection:
            for rows in (_batches, _entries, _amounts, _edges, _holdings):
                rows(connection, ledger, glasses)
            _go_on(connection, ledger, glasses.stop)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")


def _go_on(connection: Connection, ledger: Ledger, glasses: int) -> None:
    """Let the chain and, on PostgreSQL, the counters of keys go on behind the rows."""
    chain, length = table_of(Chain), ledger.position - 1 + glasses * ENTRIES
    connection.execute(chain.update().where(chain.c.party_id == ledger.party_id).values(length=length))
    if connection.dialect.name == "postgresql":
        for model in (Batch, Entry):
            counter = func.pg_get_serial_sequence(str(table_of(model)), "id")
            connection.execute(select(func.setval(counter, select(func.max(model.id)).scalar_subquery())))


def _write(connection: Connection, model: type[Base], after: Any = None, **columns: Any) -> None:
    """Write a row for each number that the columns are made of; `after` is what they are joined with."""
    table = table_of(model)
    told = [
        (value if isinstance(value, ColumnElement) else literal(value, table.c[name].type)).label(name)
        for name, value in columns.items()
    ]
    rows = select(*told) if after is None else after(select(*told))
    connection.execute(insert(table).from_select(list(columns), rows))


def _numbers(first: int, until: int) -> Any:
    """Return a column of whole numbers from one up to, not with, another."""
    start = select(literal(first).label("k")).cte("numbers", recursive=True)
    return start.union_all(select(start.c.k + 1).where(start.c.k < until - 1)).c.k


def _places(glasses: range, first: int, until: int) -> tuple[Any, Any]:
    """Return two columns: every hourglass, with each place of it from one up to, not with, another."""
    each = until - first
    n = _numbers(glasses.start * each, glasses.stop * each)
    return n // each, n % each + first


def _grams(place: Any) -> Any:
    """Return the mass of the batch at a place of its half: a third of its neighbour's at each step."""
    ends = [(FAN**level - 1) // (FAN - 1) for level in range(1, DEPTH // 2 + 1)]
    heavy = [(place < end, GRAMS // FAN**level) for level, end in enumerate(ends)]
    return case(*heavy, else_=GRAMS // FAN ** (DEPTH // 2))


def _inner(place: Any) -> Any:
    """Return the place one step nearer to the middle, which is 0."""
    return (place - 1) // FAN


def _upper(place: Any) -> Any:
    """Return the same place in the upper half; the middle belongs to both."""
    return case((place == 0, 0), else_=place + HALF)


def _batches(connection: Connection, ledger: Ledger, glasses: range) -> None:
    glass, k = _places(glasses, 0, BATCHES)
    key, now = glass * BATCHES + k + ledger.batch_id, clock.now()
    is_first = (k == HALF + INNER) & (glass < TOGETHER)
    _write(
        connection,
        Batch,
        id=key,
        number=literal("F") + cast(key, String),
        gtin="06999999999994",
        trade_item_id=ledger.trade_item_id,
        producer_id=ledger.party_id,
        site_id=ledger.site_id,
        member_name="",
        plot=case((is_first, ledger.plot), else_=""),
        origin=Origin.PROCESS,
        supplier="",
        harvested_on=clock.today(),
        best_before_on=clock.today(),
        boxes=1,
        grams=_grams(case((k > HALF, k - HALF), else_=k)),
        registered_at=now,
        registered_by="bench",
        released_at=now,
        is_held=False,
        is_recalled=False,
        state=BatchState.RELEASED,
        version=1,
    )


def _entries(connection: Connection, ledger: Ledger, glasses: range) -> None:
    glass, k = _places(glasses, 0, ENTRIES)
    n, now = glass * ENTRIES + k, clock.now()
    _write(
        connection,
        Entry,
        id=n + ledger.entry_id,
        event_id=literal("ni:///bench;") + cast(n, String),
        event_type="TransformationEvent",
        action="",
        biz_step="commissioning",
        disposition="in_progress",
        read_point="",
        biz_location="",
        step=Step.REGROUP,
        event_time=now,
        record_time=now,
        site_id=ledger.site_id,
        reference="",
        recorded_by="bench",
        document={"type": "TransformationEvent"},
        party_id=ledger.party_id,
        position=n + ledger.position,
        link="0" * 64,
    )


def _amounts(connection: Connection, ledger: Ledger, glasses: range) -> None:
    """Write what each entry takes and makes: one and three below the middle, three and one above it."""
    one, three = _places(glasses, 0, INNER), _places(glasses, 1, HALF + 1)
    for role, (glass, k) in ((Role.INPUT, one), (Role.OUTPUT, three)):
        entry = k if role is Role.INPUT else _inner(k)
        _amount(connection, ledger, role, (glass, entry), (glass, k), k)
    for role, (glass, k) in ((Role.OUTPUT, one), (Role.INPUT, three)):
        entry = k if role is Role.OUTPUT else _inner(k)
        _amount(connection, ledger, role, (glass, entry + INNER), (glass, _upper(k)), k)


def _amount(
    connection: Connection,
    ledger: Ledger,
    role: Role,
    entry: tuple[Any, Any],
    batch: tuple[Any, Any],
    place: Any,
) -> None:
    _write(
        connection,
        EntryBatch,
        entry_id=entry[0] * ENTRIES + entry[1] + ledger.entry_id,
        batch_id=batch[0] * BATCHES + batch[1] + ledger.batch_id,
        role=role,
        grams=_grams(place),
        boxes=1,
    )


def _edges(connection: Connection, ledger: Ledger, glasses: range) -> None:
    glass, k = _places(glasses, 1, HALF + 1)
    first = glass * BATCHES + ledger.batch_id
    halves = ((_inner(k), k, _inner(k)), (_upper(k), _upper(_inner(k)), _inner(k) + INNER))
    for parent, child, entry in halves:
        _write(
            connection,
            Edge,
            entry_id=glass * ENTRIES + entry + ledger.entry_id,
            parent_id=first + parent,
            child_id=first + child,
            grams_in=_grams(k),
            grams_out=_grams(k),
        )


def _holdings(connection: Connection, ledger: Ledger, glasses: range) -> None:
    """Put the last batches on hand, at every place in turn."""
    glass, k = _places(glasses, INNER, HALF + 1)
    site = select(Site.id, (func.row_number().over(order_by=Site.id) - 1).label("turn")).subquery()
    sites = select(func.count()).select_from(Site).scalar_subquery()
    _write(
        connection,
        Holding,
        lambda rows: rows.join(site, site.c.turn == k % sites),
        batch_id=glass * BATCHES + k + ledger.batch_id,
        site_id=site.c.id,
        bucket=Bucket.ON_HAND,
        grams=literal(GRAMS // FAN ** (DEPTH // 2)),
        boxes=1,
        arrived_at=clock.now(),
    )
