"""A run of codes made and activated by range, against the rows alone."""

from __future__ import annotations

from time import perf_counter

from sqlalchemy import select

from supplychain.app import Runtime
from supplychain.bench.measure import Measure, Size, measure
from supplychain.kernel.db.base import table_of
from supplychain.kernel.permissions import SYSTEM
from traceability.models.batch import Batch
from traceability.models.code import Code
from traceability.rules.batch import BatchState
from traceability.rules.code import CodeAct, CodeState
from traceability.services import code, code_run
from traceability.services.code import RangeAct


def measures(runtime: Runtime, size: Size) -> list[Measure]:
    """Make a run and activate all of it; the floors insert and update as many bare rows at once."""
    count, database = size.codes, runtime.database
    started = perf_counter()
    with database.unit_of_work(SYSTEM) as uow:
        batch_id = uow.session.scalars(select(Batch.id).where(Batch.state == BatchState.RELEASED)).first()
        run_id = code_run.plan(uow, batch_id or 0, count).id
    made = 1
    while made:
        with database.unit_of_work(SYSTEM) as uow:
            made = len(code_run.make_part(uow, run_id))
    making = perf_counter() - started
    started = perf_counter()
    with database.unit_of_work(SYSTEM) as uow:
        code.move_range(uow, run_id, RangeAct(CodeAct.ACTIVATE, 1, count))
    moving = perf_counter() - started
    inserting, updating = _floors(runtime, run_id)
    return [
        measure(
            f"make a run of {count:,} codes", "codes", count, making, "their rows, one insert", inserting
        ),
        measure("activate them by range", "codes", count, moving, "one bare update", updating),
    ]


def _floors(runtime: Runtime, run_id: int) -> tuple[float, float]:
    """Move the rows by one statement, take them out and put them back; return both seconds."""
    table = table_of(Code)
    of_run = table.c.run_id == run_id
    with runtime.database.unit_of_work(SYSTEM) as uow:
        started = perf_counter()
        uow.execute(table.update().where(of_run).values(state=CodeState.SHIPPED))
        updating = perf_counter() - started
        rows = [dict(row) for row in uow.execute(select(table).where(of_run)).mappings()]
        uow.execute(table.delete().where(of_run))
        started = perf_counter()
        uow.execute(table.insert(), rows)
        return perf_counter() - started, updating
