"""What becomes of codes on items: activated, shipped, sold, frozen, made void, one by one or by range."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, null, select, update

from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch
from traceability.models.code import Code, CodeRun
from traceability.queries import code as codes
from traceability.rules.batch import BatchState
from traceability.rules.code import AFTER, CODE, CODE_ACTS, DONE_WITH, CodeAct, CodeState, befores
from traceability.services import code_run as runs
from traceability.services import hold

MOST = 20_000
"""Codes made while somebody waits for their serials."""

_CODE = table_of(Code).c
_MOVE = update(table_of(Code))

_DONE = {
    CodeAct.ACTIVATE: N_("Activated %(count)s codes"),
    CodeAct.SHIP: N_("Marked %(count)s codes as shipped"),
    CodeAct.SELL: N_("Marked %(count)s codes as sold"),
    CodeAct.FREEZE: N_("Froze %(count)s codes"),
    CodeAct.THAW: N_("Unfroze %(count)s codes"),
    CodeAct.VOID: N_("Made %(count)s codes void"),
}
_DONE_IN_RANGE = {
    CodeAct.ACTIVATE: N_("Activated %(count)s codes, %(first)s to %(last)s"),
    CodeAct.SHIP: N_("Marked %(count)s codes as shipped, %(first)s to %(last)s"),
    CodeAct.SELL: N_("Marked %(count)s codes as sold, %(first)s to %(last)s"),
    CodeAct.FREEZE: N_("Froze %(count)s codes, %(first)s to %(last)s"),
    CodeAct.THAW: N_("Unfroze %(count)s codes, %(first)s to %(last)s"),
    CodeAct.VOID: N_("Made %(count)s codes void, %(first)s to %(last)s"),
}


@dataclass(frozen=True, slots=True)
class RangeAct:
    """Do this with the codes of a run from one place to another, both included."""

    act: CodeAct
    first: int
    last: int
    skip: bool = False
    """Leave out codes for which it is not possible, instead of doing nothing at all."""


def make(uow: UnitOfWork, batch_id: int, count: int) -> list[str]:
    """Make codes for items of a batch at once, printed and not yet activated; return their serials.

    Raises Invalid at `count`, Refused for a closed batch, NotFound. More than MOST are planned as a run.
    """
    if not 1 <= count <= MOST:
        raise Invalid.at("count", N_("Between 1 and %(most)s codes at once."), most=MOST)
    return runs.make_part(uow, runs.plan(uow, batch_id, count).id, count)


def ensure(uow: UnitOfWork, batch_id: int, count: int, *, activated: bool) -> Outcome:
    """See to it that a batch has so many codes, activated if so wished; tell whether anything was done."""
    states = codes.counts(uow.session, batch_id)
    missing = count - codes.asked_for(uow.session, batch_id)
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
    return move(uow, batch_id, CodeAct.ACTIVATE, serials)


def void(uow: UnitOfWork, batch_id: int, serials: Collection[str]) -> int:
    """Make codes void, spoiled or stolen ones; return how many. Raises Invalid at `serials`."""
    if not serials:
        raise Invalid.at("serials", N_("Which codes?"))
    return move(uow, batch_id, CodeAct.VOID, serials)


def void_rest(uow: UnitOfWork, batch_id: int) -> None:
    """Make every code of a batch void that is not yet: nothing of it may be sold any more."""
    states = codes.counts(uow.session, batch_id)
    if any(count for state, count in states.items() if state is not CodeState.VOID):
        move(uow, batch_id, CodeAct.VOID)


def move(uow: UnitOfWork, batch_id: int, act: CodeAct, serials: Collection[str] = ()) -> int:
    """Do this with the named codes of a batch, or with all for which it is possible; return how many.

    Raises Invalid at `serials` when some of them are not of the batch or not in the right state; Refused
    when there is none, and when the batch does not allow the act.
    """
    _check_batch(uow, batch_id, act)
    if not uow.session.scalar(select(CodeRun.id).where(CodeRun.batch_id == batch_id).limit(1)):
        raise Refused(N_("There is no code for which this is left to do."))
    locked = runs.locked(uow, CodeRun.batch_id == batch_id)
    wanted = set(serials)
    where: list[ColumnElement[bool]] = [_CODE.run_id.in_([run.id for run in locked])]
    if wanted:
        where += [_CODE.gtin == locked[0].gtin, _CODE.serial.in_(wanted)]
    count = _move(uow, locked, where, act, expected=len(wanted))
    audit.record(uow, runs.BATCH, batch_id, _DONE[act], count=count)
    return count


def move_range(uow: UnitOfWork, run_id: int, wanted: RangeAct) -> int:
    """Do this with a range of a run; return how many codes were moved, in a few statements for any number.

    All or nothing unless `skip`: raises Refused naming the first code for which it is not possible, Invalid
    at `first` or `last` for a range that the run does not have.
    """
    [run] = runs.locked(uow, CodeRun.id == run_id)
    if wanted.first > wanted.last:
        raise Invalid.at("last", N_("The range ends before it begins."))
    if not wanted.first >= 1 or wanted.last > runs.made_of(run):
        raise Invalid.at(
            "last", N_("%(run)s has codes 1 to %(made)s."), run=run.number, made=runs.made_of(run)
        )
    _check_batch(uow, run.batch_id, wanted.act)
    where = [_CODE.run_id == run_id, _CODE.ordinal.between(wanted.first, wanted.last)]
    if not wanted.skip:
        _refuse_first(uow, run, where, wanted.act)
    count = _move(uow, [run], where, wanted.act)
    what = {"count": count, "first": wanted.first, "last": wanted.last}
    audit.record(uow, runs.DOCUMENT, run_id, _DONE_IN_RANGE[wanted.act], **what)
    return count


def move_one(uow: UnitOfWork, code_id: int, act: CodeAct) -> None:
    """Do this with one code, as a till does that sells the item.

    Raises NotFound, and Refused saying what stands against it: the code's state, or a hold or recall.
    """
    run_id = uow.session.scalar(select(Code.run_id).where(Code.id == code_id))
    if run_id is None:
        raise NotFound(N_("There is no such code."))
    [run] = runs.locked(uow, CodeRun.id == run_id)
    _check_batch(uow, run.batch_id, act)
    where = [_CODE.id == code_id]
    _refuse_first(uow, run, where, act)
    _move(uow, [run], where, act)
    audit.record(uow, runs.DOCUMENT, run_id, _DONE[act], count=1, code=code_id)


def move_items(uow: UnitOfWork, code_ids: Collection[int], act: CodeAct) -> int:
    """Do this with codes of whatever batches, as somebody tells of single items; return how many changed.

    Those for which it was done before stay. Raises Refused naming the first for which it is not possible,
    or what stands against its batch.
    """
    those = _CODE.id.in_(sorted(code_ids))
    done = {AFTER[act], *DONE_WITH.get(act, ())}
    rows = uow.execute(select(_CODE.run_id, _CODE.id).where(those, _CODE.state.not_in(done))).all()
    if not rows:
        return 0
    locked = runs.locked(uow, CodeRun.id.in_({run_id for run_id, _ in rows}))
    for batch_id in sorted({run.batch_id for run in locked}):
        _check_batch(uow, batch_id, act)
    where = [_CODE.id.in_([key for _, key in rows])]
    for run in locked:
        _refuse_first(uow, run, [*where, _CODE.run_id == run.id], act)
    count = _move(uow, locked, where, act, expected=len(rows))
    for run in locked:
        part = sum(run_id == run.id for run_id, _ in rows)
        audit.record(uow, runs.DOCUMENT, run.id, _DONE[act], count=part)
    return count


def _check_batch(uow: UnitOfWork, batch_id: int, act: CodeAct) -> None:
    """Refuse what the batch does not allow: nothing is activated before release, or sold under a hold."""
    if act is CodeAct.ACTIVATE:
        batch = runs.open_batch(uow, batch_id)
        if batch.state is not BatchState.RELEASED:
            raise Refused(N_("Release %(batch)s before its codes are activated."), batch=batch.number)
    if act in {CodeAct.ACTIVATE, CodeAct.SHIP, CodeAct.SELL}:
        hold.check_free(uow, [batch_id])
        recalled = select(Batch.number).where(Batch.id == batch_id, Batch.is_recalled)
        number = uow.session.scalar(recalled)
        if number is not None:
            raise Refused(N_("%(batch)s is recalled."), batch=number)


def _refuse_first(uow: UnitOfWork, run: CodeRun, where: Sequence[ColumnElement[bool]], act: CodeAct) -> None:
    """Refuse the act by naming the first code that stands against it."""
    against = _CODE.state.not_in(befores(act))
    asked = select(_CODE.ordinal, _CODE.serial, _CODE.state).where(*where, against)
    found = uow.execute(asked.order_by(_CODE.ordinal).limit(1)).one_or_none()
    if found is not None:
        raise Refused(
            N_("Code %(ordinal)s of %(run)s, %(serial)s: “%(act)s” is not possible, it is “%(state)s”."),
            ordinal=found.ordinal,
            run=run.number,
            serial=found.serial,
            act=Text(CODE_ACTS[act]),
            state=CODE.label(CodeState(found.state)),
        )


def _move(
    uow: UnitOfWork,
    locked: Sequence[CodeRun],
    where: Sequence[ColumnElement[bool]],
    act: CodeAct,
    expected: int = 0,
) -> int:
    """Move the codes that allow it and keep the counts of their runs; return how many there were."""
    movable = (*where, _CODE.state.in_(befores(act)))
    kinds = (_CODE.run_id, _CODE.state, _CODE.frozen_from)
    counted = uow.execute(select(*kinds, func.count()).where(*movable).group_by(*kinds)).all()
    total = sum(number for *_, number in counted)
    if total < expected:
        raise Invalid.at(
            "serials",
            N_("%(count)s of these codes are not of this batch or not in the right state."),
            count=expected - total,
        )
    if total == 0:
        raise Refused(N_("There is no code for which this is left to do."))
    uow.execute(_MOVE.where(*movable).values(_values(act)))
    changes: Counter[tuple[int, str]] = Counter()
    for run_id, state, frozen_from, number in counted:
        after = frozen_from if act is CodeAct.THAW else AFTER[act]
        changes[run_id, CodeState(state).value] -= number
        changes[run_id, CodeState(after).value] += number
    for run in locked:
        for state in CodeState:
            if change := changes[run.id, state.value]:
                setattr(run, state.value, getattr(run, state.value) + change)
    uow.flush()
    return int(total)


def _values(act: CodeAct) -> dict[str, object]:
    if act is CodeAct.THAW:
        return {"state": _CODE.frozen_from, "frozen_from": null()}
    before = _CODE.state if act is CodeAct.FREEZE else null()
    return {"state": AFTER[act], "frozen_from": before}
