"""Codes for single items: made in any number at once, activated, made void."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from sqlalchemy import ColumnElement, func, insert, select, true, update

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch
from traceability.models.code import Code
from traceability.queries import code as codes
from traceability.rules.batch import BatchState
from traceability.rules.code import CODE, SERIAL_BITS, CodeState, serial_of

DOCUMENT = "traceability.batch"
MOST = 20_000
"""Codes made in one act; a batch may have more."""


def make(uow: UnitOfWork, batch_id: int, count: int) -> list[str]:
    """Make codes for items of a batch, printed and not yet activated; return their serials.

    Each serial is 80 bits of chance: none can be guessed from another. Raises Invalid at `count`, Refused
    for a closed batch.
    """
    if not 1 <= count <= MOST:
        raise Invalid.at("count", N_("Between 1 and %(most)s codes at once."), most=MOST)
    batch = _open(uow, batch_id)
    serials = [serial_of(secrets.randbits(SERIAL_BITS)) for _ in range(count)]
    common = {"gtin": batch.gtin, "batch_id": batch_id, "state": CODE.initial, "made_at": uow.now}
    uow.session.execute(insert(Code), [common | {"serial": serial} for serial in serials])
    audit.record(uow, DOCUMENT, batch_id, N_("Made %(count)s codes"), count=count)
    return serials


def ensure(uow: UnitOfWork, batch_id: int, count: int, *, activated: bool) -> Outcome:
    """See to it that a batch has so many codes, activated if so wished; tell whether anything was done."""
    states = codes.counts(uow.session, batch_id)
    missing = count - sum(states.values())
    if missing > 0:
        make(uow, batch_id, missing)
    must_activate = activated and (missing > 0 or states.get(CodeState.PRINTED, 0) > 0)
    if must_activate:
        activate(uow, batch_id)
    if missing <= 0 and not must_activate:
        return Outcome.UNCHANGED
    return Outcome.UPDATED if states else Outcome.CREATED


def activate(uow: UnitOfWork, batch_id: int, serials: Collection[str] = ()) -> int:
    """Activate printed codes of a batch, all of them unless some are named; return how many.

    Raises Refused for a batch that is not released, Invalid at `serials` for one that is not printed.
    """
    batch = _open(uow, batch_id)
    if batch.state is not BatchState.RELEASED:
        raise Refused(N_("Release %(batch)s before its codes are activated."), batch=batch.number)
    return _move(uow, batch_id, serials, CodeState.ACTIVATED)


def void(uow: UnitOfWork, batch_id: int, serials: Collection[str]) -> int:
    """Make codes void, spoiled or stolen ones; return how many. Raises Invalid at `serials`."""
    if not serials:
        raise Invalid.at("serials", N_("Which codes?"))
    _open(uow, batch_id)
    return _move(uow, batch_id, serials, CodeState.VOID)


def _open(uow: UnitOfWork, batch_id: int) -> Batch:
    batch = uow.session.scalar(select(Batch).where(Batch.id == batch_id).with_for_update(key_share=True))
    if batch is None:
        raise NotFound(N_("There is no batch %(number)s."), number=batch_id)
    if batch.state is BatchState.CLOSED:
        raise Refused(N_("%(batch)s is used up."), batch=batch.number)
    return batch


def _move(uow: UnitOfWork, batch_id: int, serials: Collection[str], after: CodeState) -> int:
    before = [state for state in CodeState if CODE.allows(state, after)]
    wanted = set(serials)
    named: ColumnElement[bool] = Code.serial.in_(wanted) if wanted else true()
    movable = (Code.batch_id == batch_id, Code.state.in_(before), named)
    count = uow.session.scalar(select(func.count()).select_from(Code).where(*movable)) or 0
    if wanted and count < len(wanted):
        raise Invalid.at(
            "serials",
            N_("%(count)s of these codes are not of this batch or not in the right state."),
            count=len(wanted) - count,
        )
    if count == 0:
        raise Refused(N_("There is no code for which this is left to do."))
    uow.session.execute(update(Code).where(*movable).values(state=after))
    act = N_("Activated %(count)s codes") if after is CodeState.ACTIVATED else N_("Made %(count)s codes void")
    audit.record(uow, DOCUMENT, batch_id, act, count=count)
    return count
