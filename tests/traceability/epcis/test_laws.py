"""The laws of capture: order says nothing, twice is once, holdings are a sum, rehearsals leave no trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from supplychain.base.models.party import Party, Site
from supplychain.base.rules import PartyKind, SiteKind
from supplychain.kernel.db.base import Base
from supplychain.kernel.db.uow import UnitOfWork
from tests.make.base import make_party, make_site
from tests.make.epcis import CONTEXT, make_source, told
from tests.make.traceability import REGISTERED_AT, actor_of, make_farm, make_papers
from traceability.models.batch import Batch
from traceability.models.code import Code
from traceability.models.epcis import Proposal
from traceability.models.genealogy import Edge
from traceability.models.ledger import Entry, Holding
from traceability.rules.batch import BatchState
from traceability.rules.capture import ErrorBehaviour
from traceability.rules.event_hash import namespaces_of
from traceability.rules.ledger import Step, Trust
from traceability.services import batch as batches
from traceability.services import capture, code, history, ledger
from traceability.services.draft import RegisterBatch
from traceability.services.ledger import Happening

NAMESPACES = namespaces_of(CONTEXT)
LAWS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Case:
    """Two lots on their way to a market, and the codes of the first."""

    market: Party
    gate: Site
    lots: Sequence[Batch]
    serials: Sequence[str]


def make_case(uow: UnitOfWork, trust: Trust) -> Case:
    """Grow two lots and ship half of each to a market that is trusted so far."""
    farm, market = make_farm(uow), make_party(uow, PartyKind.MARKET)
    gate = make_site(uow, market, SiteKind.DEPOT, gln="9506000134376")
    make_source(uow, market, trust)
    lots = []
    for boxes in (4, 6):
        grown = RegisterBatch(
            farm.item.sku, farm.base.code, date(2026, 11, 18), boxes, boxes * 15_000, at=REGISTERED_AT
        )
        key = batches.register(uow, grown).batch_id
        lot = uow.session.get_one(Batch, key)
        lot.state, lot.released_at = BatchState.RELEASED, REGISTERED_AT
        uow.flush()
        make_papers(uow, lot, farm.product.family)
        half = boxes // 2
        ledger.record(uow, Happening(Step.SHIP, None, farm.base.id, ((key, half * 15_000, half),), gate.id))
        lots.append(lot)
    serials = code.make(uow, lots[0].id, 3)
    code.activate(uow, lots[0].id)
    return Case(market, gate, lots, serials)


def events_of(case: Case) -> list[dict[str, Any]]:
    """Return what the market tells: right and wrong, twice, before its time, and taken back."""
    first, second = (f"https://id.gs1.org/01/{lot.gtin}/10/{lot.number}" for lot in case.lots)
    item = f"https://id.gs1.org/01/{case.lots[0].gtin}/21/"
    got = {"bizStep": "receiving", "disposition": "in_progress", "epcList": None}
    sold = {"bizStep": "retail_selling", "disposition": "retail_sold"}
    wrong = {"declarationTime": "2026-11-20T09:59:00+08:00", "reason": "did_not_occur"}

    def lot(name: str, kilograms: float) -> list[dict[str, Any]]:
        return [{"epcClass": name, "quantity": kilograms, "uom": "KGM"}]

    at = "2026-11-20T10:00:0{}+08:00"
    return [
        told(**got, eventID="urn:uuid:1", eventTime=at.format(0), quantityList=lot(first, 30)),
        told(**got, eventID="urn:uuid:2", eventTime=at.format(0), quantityList=lot(second, 44)),
        told(**got, eventID="urn:uuid:3", eventTime=at.format(0), quantityList=lot(second, 45)),
        told(**got, eventID="urn:uuid:3", eventTime=at.format(0), quantityList=lot(second, 45)),
        told(**sold, eventID="urn:uuid:4", eventTime=at.format(0), epcList=[item + case.serials[0]]),
        told(**sold, eventID=None, eventTime="2026-11-20T09:58:00+08:00", epcList=[item + case.serials[1]]),
        told(eventID="urn:uuid:5", eventTime=at.format(0), epcList=[item + "NOBODYS"]),
        told(
            eventID="urn:uuid:5", eventTime=at.format(0), epcList=[item + "NOBODYS"], errorDeclaration=wrong
        ),
        told(eventID="urn:uuid:6", errorDeclaration=wrong),
    ]


def send(
    uow: UnitOfWork, case: Case, events: Sequence[Mapping[str, Any]], behaviour: ErrorBehaviour
) -> list[str]:
    """Let the market send a document; return its problems."""
    job = capture.capture(_acting(uow, case), events, NAMESPACES, behaviour)
    return sorted(f"{each['type']} {each['instance']}" for each in job.report["errors"])


def _acting(uow: UnitOfWork, case: Case) -> UnitOfWork:
    return UnitOfWork(uow.session, actor_of(case.market), uow.now, uow.subscriptions)


def state(uow: UnitOfWork, case: Case) -> dict[str, Any]:
    """Return all that counts afterwards: what the market told, holdings, genealogy, codes, proposals."""
    mine = select(Entry.document, Entry.declares_id, Entry.step).where(Entry.party_id == case.market.id)
    lots = [lot.id for lot in case.lots]
    there = select(Holding.batch_id, Holding.site_id, Holding.bucket, Holding.grams, Holding.boxes).where(
        Holding.batch_id.in_(lots), Holding.grams > 0
    )
    waiting = select(Entry.event_id).join(Proposal, Proposal.entry_id == Entry.id)
    return {
        "told": sorted(
            (entry["eventID"], declares is not None, entry["bizStep"], len(entry))
            for entry, declares, step in uow.execute(mine)
            if step is None
        ),
        "done": sorted(
            (step, str(entry["quantityList"])) for entry, _, step in uow.execute(mine) if step is not None
        ),
        "holdings": sorted(map(tuple, uow.execute(there))),
        "edges": uow.execute(select(Edge.parent_id, Edge.child_id)).all(),
        "codes": [str(one) for one in uow.session.scalars(select(Code.state).order_by(Code.ordinal))],
        "proposed": sorted(uow.session.scalars(waiting)),
    }


@contextmanager
def undone(uow: UnitOfWork) -> Iterator[None]:
    """Take back whatever the block does."""
    with uow.session.begin_nested() as savepoint:
        yield
        savepoint.rollback()
    uow.session.expire_all()


@LAWS
@given(st.randoms(use_true_random=False), st.sampled_from(ErrorBehaviour), st.sampled_from(Trust))
def test_the_order_of_a_job_says_nothing(
    uow: UnitOfWork, chance: Any, behaviour: ErrorBehaviour, trust: Trust
) -> None:
    with undone(uow):
        case = make_case(uow, trust)
        events = events_of(case)
        found = []
        for told_so in (events, chance.sample(events, len(events))):
            with undone(uow):
                found.append((send(uow, case, told_so, behaviour), state(uow, case)))
        assert found[0] == found[1]
        problems, after = found[0]
        assert bool(problems) is (trust is not Trust.IGNORE)
        if trust is Trust.POST and behaviour is ErrorBehaviour.PROCEED:
            assert [step for step, _ in after["done"]] == [Step.RECEIVE, Step.RECEIVE]
            assert after["codes"] == ["sold", "activated", "activated"]


@LAWS
@given(st.data(), st.sampled_from([Trust.SHOW, Trust.PROPOSE, Trust.POST]))
def test_telling_something_twice_is_telling_it_once(uow: UnitOfWork, data: Any, trust: Trust) -> None:
    with undone(uow):
        case = make_case(uow, trust)
        events = data.draw(st.lists(st.sampled_from(events_of(case)), min_size=1))
        send(uow, case, events, ErrorBehaviour.PROCEED)
        once = state(uow, case)
        for behaviour in ErrorBehaviour:
            assert send(uow, case, events, behaviour) != []
            assert state(uow, case) == once


@LAWS
@given(st.data())
def test_holdings_are_the_sum_of_what_was_told_whatever_comes_in(uow: UnitOfWork, data: Any) -> None:
    with undone(uow):
        case = make_case(uow, Trust.POST)
        lots = [lot.id for lot in case.lots]
        for _ in range(data.draw(st.integers(1, 4))):
            events = data.draw(st.lists(st.sampled_from(events_of(case)), max_size=5))
            send(uow, case, events, data.draw(st.sampled_from(ErrorBehaviour)))
        told_of = history.balance(uow, lots)
        summed = {(batch, *spot): amount for (batch, spot), amount in told_of.items() if any(amount)}
        kept = {(row[0], row[1], row[2]): (row[3], row[4]) for row in state(uow, case)["holdings"]}
        assert kept == summed


def rows(uow: UnitOfWork) -> dict[str, list[Any]]:
    """Return every row of every table."""
    uow.flush()
    tables = Base.metadata.sorted_tables
    return {table.name: sorted(map(repr, uow.execute(select(table)).all())) for table in tables}


@pytest.mark.parametrize("behaviour", ErrorBehaviour)
@pytest.mark.parametrize("trust", Trust)
def test_a_rehearsal_tells_exactly_what_happens_then_and_leaves_no_trace(
    uow: UnitOfWork, trust: Trust, behaviour: ErrorBehaviour
) -> None:
    case = make_case(uow, trust)
    for events in (events_of(case), events_of(case)[:3]):
        before = rows(uow)
        rehearsed = capture.rehearse(_acting(uow, case), events, NAMESPACES, behaviour)
        assert rows(uow) == before
        with undone(uow):
            job = capture.capture(_acting(uow, case), events, NAMESPACES, behaviour)
            done = dict(job.report)
        assert [problem.as_json() for problem in rehearsed.problems] == done["errors"]
        assert len(rehearsed.taken) == done["events"]
    outcomes = {taken.event_id: taken.outcome.value for taken in rehearsed.taken}
    expected = {
        Trust.IGNORE: "ignored ignored ignored",
        Trust.SHOW: "shown shown shown",
        Trust.PROPOSE: "proposed proposed proposed",
        Trust.POST: "posted proposed posted",
    }[trust]
    assert list(outcomes.values()) == expected.split()


def test_a_rehearsal_says_which_codes_would_be_sold(uow: UnitOfWork) -> None:
    case = make_case(uow, Trust.POST)
    send(uow, case, events_of(case)[:1], ErrorBehaviour.ROLLBACK)
    sale = events_of(case)[4]
    [taken] = capture.rehearse(_acting(uow, case), [sale], NAMESPACES, ErrorBehaviour.ROLLBACK).taken
    assert (taken.outcome.value, taken.note) == ("posted", "标记 1 个码已售出")
    assert state(uow, case)["codes"] == ["activated"] * 3
