"""Batches become batches: split, merged, blended, regraded, repacked, processed; the mass adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import insert, select

from supplychain.kernel.clock import local_day
from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import KG, PERCENT
from traceability.events import BatchRegistered
from traceability.models.batch import Batch, Cover
from traceability.models.genealogy import Process
from traceability.queries import certificate as certificates
from traceability.queries.visibility import visible
from traceability.rules.batch import BatchState, Origin
from traceability.rules.genealogy import FORMS, REGRADING, REGROUPING, WHOLE_BP, Balance
from traceability.rules.hold import Purpose
from traceability.rules.ledger import Step
from traceability.services import batch as batch_services
from traceability.services import disposition, hold, ledger
from traceability.services import draft as drafting
from traceability.services.draft import Draft, Existing, RegisterBatch
from traceability.services.ledger import Happening

DOCUMENT = "traceability.batch"


@dataclass(frozen=True, slots=True)
class Take:
    """So much of a batch (by number) that goes in."""

    batch: str
    boxes: int
    grams: int


@dataclass(frozen=True, slots=True)
class Make:
    """So much of a trade item (by sku) that comes out, as a new batch."""

    sku: str
    boxes: int
    grams: int
    producer_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Transform:
    """A run of a process at a place: what goes in, what comes out, what is lost on purpose.

    `at` is when it was finished, None now.
    """

    process: str
    site: str
    inputs: Sequence[Take]
    outputs: Sequence[Make]
    loss_grams: int = 0
    at: datetime | None = None
    reference: str = ""
    """The own number of the run."""


@dataclass(frozen=True, slots=True)
class Transformed:
    """The entry that tells it, and the new batches in their order."""

    entry_id: int
    made: Sequence[Existing]


def run(uow: UnitOfWork, command: Transform) -> Transformed:
    """Carry out a process: goods leave their batches and are in new ones, at the same place.

    What is only regrouped keeps its oldest day, its earliest best-before day and the papers that all its
    parents have, and is released when they are; what is processed gets its dates from the catalogue.
    Announces BatchRegistered, and BatchReleased where it applies. Raises Refused with the figures when mass
    does not add up, when an input is on hold or not there; Invalid at the field to blame.
    """
    at = command.at or uow.now
    process = _process(uow, command.process, local_day(at))
    taken = _inputs(uow, command.inputs)
    _check_balance(process, command)
    fresh = _drafts(uow, command, process, list(taken.values()), at)
    _check_form(uow, process, list(taken.values()), fresh)
    _check_held(uow, process, list(taken.values()), fresh)
    made = batch_services.make(uow, fresh)
    entry_id = _record(uow, command, process, taken, fresh, made)
    if process.kind in REGROUPING:
        _inherit(uow, list(taken.values()), made, at)
    _tell(uow, process, command, taken, made)
    disposition.carried_out(uow, [batch.id for batch in taken.values() if batch.is_held])
    return Transformed(entry_id, made)


def _process(uow: UnitOfWork, code: str, day: date) -> Process:
    found = uow.session.scalar(
        select(Process)
        .where(Process.code == code, Process.valid_from <= day)
        .order_by(Process.valid_from.desc())
        .limit(1)
    )
    if found is None:
        raise Invalid.at("process", N_("There is no process %(code)s."), code=code)
    return found


def _inputs(uow: UnitOfWork, takes: Sequence[Take]) -> Mapping[str, Batch]:
    """Lock and return the batches that go in, by number; Invalid at `inputs`, Refused for one used up."""
    if not takes:
        raise Invalid.at("inputs", N_("Say what goes in."))
    wanted = [take.batch for take in takes]
    if len(set(wanted)) < len(wanted):
        raise Invalid.at("inputs", N_("Name each batch once."))
    found = uow.session.scalars(
        select(Batch)
        .where(Batch.number.in_(wanted), visible(uow.actor))
        .order_by(Batch.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    known = {batch.number: batch for batch in found}
    for take in takes:
        _check_input(take, known.get(take.batch))
    return known


def _check_input(take: Take, batch: Batch | None) -> None:
    if batch is None:
        raise Invalid.at("inputs", N_("There is no batch %(number)s."), number=take.batch)
    if take.grams <= 0 or take.boxes < 0:
        raise Invalid.at("inputs", N_("Must be more than nothing."))
    if batch.state is BatchState.CLOSED:
        raise Refused(N_("%(batch)s is used up."), batch=batch.number)


def _check_balance(process: Process, command: Transform) -> None:
    if command.loss_grams < 0:
        raise Invalid.at("loss_grams", N_("Must not be negative."))
    balance = Balance(
        sum(take.grams for take in command.inputs),
        sum(make.grams for make in command.outputs),
        command.loss_grams,
        process.min_yield_bp,
        process.max_yield_bp,
        process.tolerance_bp,
    )
    went, came = KG.short(balance.grams_in), KG.short(balance.grams_out)
    if not balance.adds_up:
        raise Refused(
            N_(
                "%(went)s kg go in, %(came)s kg come out and %(loss)s kg are declared lost: "
                "%(rest)s kg are not explained, %(allowed)s kg may be."
            ),
            went=went,
            came=came,
            loss=KG.short(balance.loss),
            rest=KG.short(balance.unexplained),
            allowed=KG.short(balance.grams_in * balance.tolerance_bp // WHOLE_BP),
        )
    if not balance.is_believable:
        raise Refused(
            N_(
                "%(came)s kg from %(went)s kg are %(share)s %%: this process yields %(least)s to %(most)s %%."
            ),
            went=went,
            came=came,
            share=PERCENT.short(balance.yield_bp),
            least=PERCENT.short(process.min_yield_bp),
            most=PERCENT.short(process.max_yield_bp),
        )


def _drafts(
    uow: UnitOfWork, command: Transform, process: Process, taken: Sequence[Batch], at: datetime
) -> list[Draft]:
    if not command.outputs:
        raise Invalid.at("outputs", N_("Say what comes out."))
    is_regrouped = process.kind in REGROUPING
    day = min(batch.harvested_on for batch in taken) if is_regrouped else local_day(at)
    plots, members = [batch.plot for batch in taken], [batch.member_name for batch in taken]
    wanted = [
        RegisterBatch(
            sku=make.sku,
            site=command.site,
            harvested_on=day,
            boxes=make.boxes,
            grams=make.grams,
            producer_reference=make.producer_reference,
            member_name=_shared(members),
            at=at,
            plot=_shared(plots),
            origin=Origin.PROCESS,
        )
        for make in command.outputs
    ]
    fresh = drafting.made(uow, wanted)
    if not is_regrouped:
        return fresh
    last = min(batch.best_before_on for batch in taken)
    return [replace(draft, best_before_on=min(last, draft.best_before_on)) for draft in fresh]


def _shared(names: Sequence[str]) -> str:
    """Return the one name that all have; empty when they differ."""
    return names[0] if len(set(names)) == 1 else ""


def _check_form(uow: UnitOfWork, process: Process, taken: Sequence[Batch], fresh: Sequence[Draft]) -> None:
    form = FORMS[process.kind]
    if len(taken) < form.least_inputs:
        raise Invalid.at(
            "inputs", N_("This process takes at least %(count)s batches."), count=form.least_inputs
        )
    if form.most_inputs is not None and len(taken) > form.most_inputs:
        raise Invalid.at(
            "inputs", N_("This process takes at most %(count)s batches."), count=form.most_inputs
        )
    if form.most_outputs is not None and len(fresh) > form.most_outputs:
        raise Invalid.at(
            "outputs", N_("This process makes at most %(count)s batches."), count=form.most_outputs
        )
    before = {batch.trade_item_id for batch in taken}
    after = {draft.trade_item_id for draft in fresh}
    if form.same_item and len(before | after) > 1:
        raise Invalid.at("outputs", N_("In this process the trade item stays the same."))
    if form.other_item and before & after:
        raise Invalid.at("outputs", N_("In this process something else comes out."))
    if form.same_family and len(set(certificates.families(uow.session, before | after).values())) > 1:
        raise Invalid.at("outputs", N_("In this process the kind of goods stays the same."))


def _check_held(uow: UnitOfWork, process: Process, taken: Sequence[Batch], fresh: Sequence[Draft]) -> None:
    """Refuse what is on hold, unless it is regraded by itself into just what two people decided."""
    regraded = {draft.trade_item_id for draft in fresh} if process.kind in REGRADING else set()
    hold.check_free(uow, [batch.id for batch in taken], Purpose(item_ids=frozenset(regraded)))


def _record(
    uow: UnitOfWork,
    command: Transform,
    process: Process,
    taken: Mapping[str, Batch],
    fresh: Sequence[Draft],
    made: Sequence[Existing],
) -> int:
    happening = Happening(
        Step.REGROUP if process.kind in REGROUPING else Step.PROCESS,
        command.at,
        fresh[0].site_id,
        tuple((taken[take.batch].id, take.grams, take.boxes) for take in command.inputs),
        reference=command.reference,
        process=process.code,
        loss_grams=command.loss_grams,
        outputs=tuple(
            (batch.id, make.grams, make.boxes) for batch, make in zip(made, command.outputs, strict=True)
        ),
    )
    return ledger.record_many(uow, [happening])[0]


def _inherit(uow: UnitOfWork, taken: Sequence[Batch], made: Sequence[Existing], at: datetime) -> None:
    """Let the parents' papers count for what came of them, and release it when all of them were."""
    lent = certificates.lendable(uow.session, [batch.id for batch in taken], local_day(at))
    rows = [{"certificate_id": paper, "batch_id": batch.id} for batch in made for paper in lent]
    if rows:
        uow.execute(insert(table_of(Cover)), rows)
    if any(batch.state is not BatchState.RELEASED for batch in taken):
        return
    for batch in made:
        if not batch_services.missing(uow, batch.id, local_day(at)):
            batch_services.release(uow, batch.id, at)


def _tell(
    uow: UnitOfWork,
    process: Process,
    command: Transform,
    taken: Mapping[str, Batch],
    made: Sequence[Existing],
) -> None:
    went = N_("%(kg)s kg went into %(batches)s (%(process)s)")
    came = N_("Made from %(batches)s (%(process)s)")
    numbers = ", ".join(batch.number for batch in made)
    for take in command.inputs:
        kg = KG.short(take.grams)
        audit.record(
            uow, DOCUMENT, taken[take.batch].id, went, kg=kg, batches=numbers, process=process.name_zh
        )
    sources = ", ".join(take.batch for take in command.inputs)
    for batch in made:
        audit.record(uow, DOCUMENT, batch.id, came, batches=sources, process=process.name_zh)
        uow.publish(BatchRegistered(batch.id))
