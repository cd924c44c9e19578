"""What traceability puts on other pages: figures, what waits, links from items, parties and products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from supplychain.kernel import clock
from supplychain.kernel.addon import Figure, Kpi, Link, Panel, RecordLinks, Task, TaskSource
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.permissions import Actor
from supplychain.kernel.units import KG, PERCENT, divide_half_up
from traceability.permissions import (
    BATCH_READ,
    BATCH_RELEASE,
    CERTIFICATE_WRITE,
    FEEDBACK_ANSWER,
    HOLD_SIGN,
    HOLD_WRITE,
    INSPECTION_SPOT,
    INSPECTION_WRITE,
    RECALL_ANSWER,
)
from traceability.queries import batch as batches
from traceability.queries import certificate as certificates
from traceability.queries import feedback as cases
from traceability.queries import hold as holds
from traceability.queries import inspection as inspections
from traceability.queries import inspection_figures as figures
from traceability.queries import recall as recalls
from traceability.queries.batch import BatchFilter
from traceability.rules.certificate import NOTICE_DAYS
from traceability.rules.inspection import INSPECTION_KINDS, RESULT
from traceability.rules.retest import RETEST_STATES

RATE_DAYS = 90
"""The days over which the share of passed tests is counted."""


def _waiting_for_papers(session: Session, actor: Actor) -> Figure | None:
    registered, held = batches.waiting(session, actor)
    note = Text(N_("%(count)s on hold"), {"count": held}) if held else ""
    return Figure(str(registered), note=note)


def _released_this_week(session: Session, actor: Actor) -> Figure | None:
    today = clock.today()
    days = [today - timedelta(days=back) for back in range(6, -1, -1)]
    since, until = clock.day_start(days[0]), clock.day_start(today + timedelta(days=1))
    by_day = batches.released_grams(session, actor, since, until)
    trend = [by_day.get(day, 0) for day in days]
    return Figure(KG.short(sum(trend) // 1000 * 1000), "kg", trend=trend)


def _to_release(session: Session, actor: Actor) -> Sequence[Task]:
    registered, _ = batches.waiting(session, actor)
    if not registered:
        return ()
    return (
        Task(Text(N_("batches to release")), registered, "batches_pages.batch_list", {"state": "registered"}),
    )


def _held(session: Session, actor: Actor) -> Sequence[Task]:
    _, held = batches.waiting(session, actor)
    if not held:
        return ()
    values = {"held": "true"}
    return (Task(Text(N_("batches on hold")), held, "batches_pages.batch_list", values, urgent=True),)


def _ending(session: Session, actor: Actor) -> Sequence[Task]:
    until = clock.today() + timedelta(days=max(NOTICE_DAYS))
    count = certificates.ending(session, actor, until)
    if not count:
        return ()
    values = {"ends_by": until.isoformat(), "sort": "valid_until"}
    return (Task(Text(N_("papers that end soon")), count, "certificates_pages.certificate_list", values),)


def _batches_of_item(session: Session, actor: Actor, trade_item_id: int) -> Sequence[Link]:
    sku = batches.sku_of(session, trade_item_id)
    return _link(session, actor, BatchFilter(per_page=1, sku=sku), {"sku": sku})


def _batches_of_party(session: Session, actor: Actor, party_id: int) -> Sequence[Link]:
    code = batches.producer_code_of(session, party_id)
    return _link(session, actor, BatchFilter(per_page=1, producer=code), {"producer": code})


def _link(session: Session, actor: Actor, wanted: BatchFilter, values: Mapping[str, str]) -> Sequence[Link]:
    """Return one link to the list of batches, with how many there are; nothing when there are none."""
    if not actor.may(BATCH_READ):
        return ()
    found = batches.page(session, actor, wanted)
    if not found.total:
        return ()
    figures = {"count": found.total, "kg": KG.short(found.totals["grams"])}
    label = Text(N_("%(count)s batches, %(kg)s kg"), figures)
    return (Link(N_("Batches"), str(label), "batches_pages.batch_list", values),)


def _tests(session: Session, actor: Actor, batch_id: int) -> Mapping[str, Any] | None:
    """Return the inspections of a batch and who may enter one; nothing when there is neither."""
    row = batches.by_id(session, actor, batch_id)
    is_own = actor.sees_all or actor.party_id == row.producer_id
    found = inspections.of_batch(session, batch_id)
    may_enter, may_spot = is_own and actor.may(INSPECTION_WRITE), actor.may(INSPECTION_SPOT)
    if not (found or may_enter or may_spot):
        return None
    return {
        "tests": found,
        "may_enter": may_enter,
        "may_spot": may_spot,
        "batch": row.number,
        "kinds": INSPECTION_KINDS,
        "results": RESULT.labels,
        "standings": RETEST_STATES,
    }


def _on_hand(session: Session, actor: Actor, product_id: int) -> Mapping[str, Any] | None:
    rows = batches.on_hand(session, actor, product_id)
    return {"batches": rows} if rows else None


def _pass_rate(session: Session, actor: Actor) -> Figure | None:
    passed, tested = figures.pass_rate(session, actor, clock.now() - timedelta(days=RATE_DAYS))
    if not tested:
        return None
    note = Text(
        N_("%(passed)s of %(tested)s tests in %(days)s days"),
        {
            "passed": passed,
            "tested": tested,
            "days": RATE_DAYS,
        },
    )
    return Figure(PERCENT.short(divide_half_up(passed * 1000, tested) * 10), "%", note=note)


KPIS = (
    Kpi("traceability.waiting", N_("Batches waiting for papers"), BATCH_RELEASE, _waiting_for_papers, 30),
    Kpi("traceability.released", N_("Released in seven days"), BATCH_READ, _released_this_week, 31),
    Kpi("traceability.pass_rate", N_("Inspection pass rate"), BATCH_READ, _pass_rate, 32),
)


def _feedback(session: Session, actor: Actor) -> Sequence[Task]:
    count = cases.waiting(session, actor)
    if not count:
        return ()
    values = {"state": "new"}
    return (Task(Text(N_("messages from consumers")), count, "feedback_pages.case_list", values),)


def _recalled(session: Session, actor: Actor) -> Sequence[Task]:
    count = recalls.waiting(session, actor)
    if not count:
        return ()
    values = {"state": "open"}
    return (
        Task(Text(N_("places to answer a recall")), count, "recalls_pages.recall_list", values, urgent=True),
    )


def _to_sign(session: Session, actor: Actor) -> Sequence[Task]:
    count = holds.waiting(session, actor)
    if not count:
        return ()
    label, values = Text(N_("dispositions to sign")), {"state": "proposed"}
    return (Task(label, count, "holds_pages.hold_list", values, urgent=True),)


def _to_destroy(session: Session, actor: Actor) -> Sequence[Task]:
    count = holds.to_destroy(session, actor)
    if not count:
        return ()
    label, values = Text(N_("goods to destroy")), {"state": "decided"}
    return (Task(label, count, "holds_pages.hold_list", values, urgent=True),)


def _failed(session: Session, actor: Actor) -> Sequence[Task]:
    may_ask, awaited = figures.urgent(session, actor)
    to = "inspection_pages.inspection_list"
    every = (
        Task(Text(N_("failed tests that may be tested again")), may_ask, to, {"retest": "open"}, urgent=True),
        Task(Text(N_("re-tests under way")), awaited, to, {"retest": "asked"}),
    )
    return [task for task in every if task.count]


TASKS = (
    TaskSource(INSPECTION_WRITE, _failed),
    TaskSource(RECALL_ANSWER, _recalled),
    TaskSource(BATCH_RELEASE, _to_release),
    TaskSource(HOLD_SIGN, _to_sign),
    TaskSource(HOLD_WRITE, _held),
    TaskSource(RECALL_ANSWER, _to_destroy),
    TaskSource(CERTIFICATE_WRITE, _ending),
    TaskSource(FEEDBACK_ANSWER, _feedback),
)
RECORD_LINKS = (
    RecordLinks("base.trade_item", _batches_of_item),
    RecordLinks("base.party", _batches_of_party),
)
PANELS = (
    Panel("catalog.product", "traceability/on_hand.html", _on_hand, BATCH_READ, 40),
    Panel("traceability.batch", "traceability/batch_tests.html", _tests, BATCH_READ, 40),
)
