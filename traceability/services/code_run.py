"""Runs of codes: asked for in any number up to a million, made part by part; what they become is code's."""

from __future__ import annotations

import secrets

from sqlalchemy import insert, select

from supplychain.kernel import clock
from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch
from traceability.models.code import Code, CodeRun
from traceability.rules.batch import BatchState
from traceability.rules.code import CODE, CodeState, chance_for, serials_of

DOCUMENT = "traceability.code_run"
BATCH = "traceability.batch"
MOST = 1_000_000
"""Codes of one run; a batch may have several."""
PART = 20_000
"""Codes made in one transaction: a second or less, so that others may write in between."""

_INSERT = insert(table_of(Code))


def plan(uow: UnitOfWork, batch_id: int, count: int, note: str = "") -> CodeRun:
    """Ask for a run of codes for items of a batch; `make_part` makes them.

    Raises Invalid at `count`, Refused for a closed batch, NotFound.
    """
    if not 1 <= count <= MOST:
        raise Invalid.at("count", N_("Between 1 and %(most)s codes at once."), most=MOST)
    batch = open_batch(uow, batch_id)
    run = CodeRun(
        number=sequence.next_number(uow, "CR", clock.local_day(uow.now)),
        batch_id=batch_id,
        gtin=batch.gtin,
        count=count,
        note=note,
        made_at=uow.now,
        made_by=uow.actor.name,
    )
    uow.session.add(run)
    uow.flush()
    audit.record(uow, DOCUMENT, run.id, N_("Asked for %(count)s codes"), count=count)
    audit.record(uow, BATCH, batch_id, N_("Made %(count)s codes"), count=count, run=run.number)
    return run


def make_part(uow: UnitOfWork, run_id: int, most: int = PART) -> list[str]:
    """Make the next codes of a run, printed and not yet activated; return their serials, if any are left.

    Each serial is 80 bits of chance. A part is there wholly or not at all, and the next goes on where it
    ended: a run that was broken off is neither short nor doubled. Raises NotFound; Conflict should chance
    ever give a serial twice (then the part is made again).
    """
    run = locked(uow, CodeRun.id == run_id)[0]
    made = made_of(run)
    count = min(most, run.count - made)
    if count <= 0:
        return []
    serials = serials_of(secrets.token_bytes(chance_for(count)))
    common = {"gtin": run.gtin, "batch_id": run.batch_id, "run_id": run.id, "state": CODE.initial}
    rows = [common | {"serial": serial, "ordinal": made + at} for at, serial in enumerate(serials, 1)]
    uow.execute(_INSERT, rows)
    run.printed += count
    return serials


def ensure(uow: UnitOfWork, batch_id: int, count: int, note: str) -> Outcome:
    """See to it that a batch has a run for this purpose; one that it has keeps its number of codes."""
    known = select(CodeRun.id).where(CodeRun.batch_id == batch_id, CodeRun.note == note)
    if uow.session.scalar(known.limit(1)) is not None:
        return Outcome.UNCHANGED
    plan(uow, batch_id, count, note)
    return Outcome.CREATED


def made_of(run: CodeRun) -> int:
    """Return how many codes of a run are made."""
    return sum(getattr(run, state.value) for state in CodeState)


def locked(uow: UnitOfWork, *conditions: object) -> list[CodeRun]:
    """Return runs for whoever changes their codes, oldest first; NotFound when there is none."""
    asked = select(CodeRun).where(*conditions).order_by(CodeRun.id)  # type: ignore[arg-type]  # conditions
    fresh = asked.with_for_update().execution_options(populate_existing=True)
    found = list(uow.session.scalars(fresh))
    if not found:
        raise NotFound(N_("There is no such print run."))
    return found


def open_batch(uow: UnitOfWork, batch_id: int) -> Batch:
    """Return a batch that is not used up; NotFound, Refused."""
    batch = uow.session.scalar(select(Batch).where(Batch.id == batch_id).with_for_update(key_share=True))
    if batch is None:
        raise NotFound(N_("There is no batch %(number)s."), number=batch_id)
    if batch.state is BatchState.CLOSED:
        raise Refused(N_("%(batch)s is used up."), batch=batch.number)
    return batch
