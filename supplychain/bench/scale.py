"""Genealogy and recall over ten thousand and over a million edges, against bare recursive SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median
from typing import Any

from rich.progress import track
from sqlalchemy import Engine

from supplychain.app import Runtime
from supplychain.bench import driver as drivers
from supplychain.bench import hourglass
from supplychain.bench.hourglass import EDGES, HALF, TOGETHER, Ledger
from supplychain.bench.measure import Measure, Size, grown, measure, timed, turns
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.permissions import SYSTEM
from traceability.leads import LEADS
from traceability.models.epcis import EntryFact
from traceability.models.hold import Hold, HoldBatch
from traceability.models.ledger import Entry, EntryBatch, EntryThing
from traceability.models.recall import Recall, RecallBatch, RecallPlace
from traceability.queries import genealogy
from traceability.queries.genealogy import Direction
from traceability.services import recall
from traceability.services.recall import OpenRecall

SMALL = 42
"""Hourglasses of the small ledger: 10,080 edges."""
ASKED = 200
"""Batches whose genealogy is asked for in a turn, from all over the ledger."""
ROUNDS = 3
"""Recalls of a kind; the median counts."""
CALLED_BACK = TOGETHER * (hourglass.DEPTH // 2 + 1 + HALF)
"""Batches of a recall: one first batch of some hourglasses, and all that came of it."""
WRITTEN: Sequence[type[Any]] = (
    Recall,
    RecallBatch,
    RecallPlace,
    AuditEntry,
    Hold,
    HoldBatch,
    Entry,
    EntryBatch,
    EntryThing,
    EntryFact,
)
"""Where a recall leaves rows, those that are referred to first; a drill in the first four only."""

_WAY = """{name}(id) AS (SELECT id FROM traceability_batch WHERE {start} UNION
SELECT e.{there} FROM traceability_edge e JOIN {name} ON e.{here} = {name}.id)"""
_PICK = "SELECT e.parent_id, e.child_id, e.grams_in, e.grams_out FROM traceability_edge e "
_UP, _DOWN = {"here": "child_id", "there": "parent_id"}, {"here": "parent_id", "there": "child_id"}


def measures(engine: Engine, runtime: Runtime, size: Size) -> list[Measure]:
    """Measure on a small ledger, and when the size wants it on a large one, telling how much slower it is."""
    small = list(_at(engine, runtime, SMALL, SMALL))
    if size.hourglasses <= SMALL:
        return small
    large = grown(small, list(_at(engine, runtime, size.hourglasses - SMALL, size.hourglasses)))
    return [one for pair in zip(small, large, strict=True) for one in pair]


def _at(engine: Engine, runtime: Runtime, more: int, glasses: int) -> Iterator[Measure]:
    """Write more hourglasses, which makes it so many, and ask about them."""
    ledger, edges = hourglass.begin(engine), f"{glasses * EDGES:,} edges"
    hourglass.write(engine, ledger, more, partial(track, description=f"Writing {edges}", transient=True))
    for direction in (Direction.UP, Direction.DOWN, Direction.BOTH):
        yield _genealogy(engine, runtime, ledger, more, direction, edges)
    yield _recall(engine, runtime, ledger, edges, is_drill=True)
    yield _recall(engine, runtime, ledger, edges, is_drill=False)


def _genealogy(
    engine: Engine, runtime: Runtime, ledger: Ledger, glasses: int, direction: Direction, among: str
) -> Measure:
    """Ask what middles of hourglasses came from and became, by the suite and by the driver."""
    starts = [ledger.middle(glasses * turn // ASKED) for turn in range(ASKED)]
    found = EDGES if direction is Direction.BOTH else HALF
    with runtime.database.reading() as session, drivers.opened(engine) as driver:
        statement = _statement(direction, f"id = {driver.mark}")
        marks = statement.count(driver.mark)

        def ours() -> None:
            for start in starts:
                genealogy.edges(session, start, direction)

        def bare() -> None:
            for start in starts:
                driver.ask(statement, (start,) * marks)

        seconds = turns([ours, bare])
    return measure(
        f"genealogy {direction}, {found} edges of {among}",
        "edges",
        found * ASKED,
        seconds[0],
        "bare recursive SQL",
        seconds[1],
    )


def _statement(direction: Direction, start: str) -> str:
    above = _WAY.format(name="above", start=start, **_UP)
    below = _WAY.format(name="below", start=start, **_DOWN)
    up, down = f"{_PICK} JOIN above ON e.child_id = above.id", f"{_PICK} JOIN below ON e.parent_id = below.id"
    told = {
        Direction.UP: f"WITH RECURSIVE {above} {up}",
        Direction.DOWN: f"WITH RECURSIVE {below} {down}",
        Direction.BOTH: f"WITH RECURSIVE {above}, {below} {up} UNION ALL {down}",
    }
    return told[direction]


def _recall(engine: Engine, runtime: Runtime, ledger: Ledger, among: str, *, is_drill: bool) -> Measure:
    """Call back what came of one plot; the floor asks for it and writes the same rows at once."""
    command = OpenRecall("bench", "plot", f"{ledger.site} {ledger.plot}", is_drill=is_drill)
    times = [_recalled(engine, runtime, ledger, command) for _ in range(ROUNDS)]
    ours, floor = (median(column) for column in zip(*times, strict=True))
    kind = "drill of a recall" if is_drill else "recall"
    what = f"{kind}, {CALLED_BACK:,} batches in {among}: {ours:.2f} s"
    return measure(what, "batches", CALLED_BACK, ours, "recursive SQL, its rows in one insert", floor)


def _recalled(engine: Engine, runtime: Runtime, ledger: Ledger, command: OpenRecall) -> tuple[float, float]:
    """Open a recall, take its rows out and put them back; return the seconds of both."""
    before = drivers.last(runtime, WRITTEN)

    def open_() -> None:
        with runtime.database.unit_of_work(SYSTEM) as uow:
            recall.open_(uow, command, LEADS)

    ours = timed(open_)
    kept = {name: found for name, found in drivers.taken_out(engine, before).items() if found}
    start = f"plot = '{ledger.plot}' AND site_id = {ledger.site_id}"
    with drivers.opened(engine) as driver:

        def again() -> None:
            driver.ask(_statement(Direction.DOWN, start), ())
            driver.insert(kept.items())

        return ours, timed(again)
