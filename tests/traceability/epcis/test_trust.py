"""The ladder of trust: what a partner tells is kept, shown, proposed or carried out; order says nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from supplychain.base.models.party import Party, Site
from supplychain.base.rules import PartyKind, SiteKind
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Conflict, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn, Statements
from tests.make.base import make_party, make_site
from tests.make.epcis import CONTEXT, make_source, told
from tests.make.traceability import actor_of, make_batch, make_farm
from traceability.models.batch import Batch
from traceability.models.epcis import Proposal
from traceability.models.ledger import Entry, Holding, Source
from traceability.queries import epcis as found
from traceability.queries import journey
from traceability.queries import partner as partners
from traceability.rules.capture import ErrorBehaviour, ProposalState, in_order
from traceability.rules.epcis_query import parse
from traceability.rules.event_hash import namespaces_of
from traceability.rules.ledger import Bucket, Step, Trust
from traceability.services import capture, ledger, partner, proposal
from traceability.services.capture import Problem
from traceability.services.ledger import Happening
from traceability.services.partner import AddSource, SetTrust

NAMESPACES = namespaces_of(CONTEXT)


def on_the_way(uow: UnitOfWork, trust: Trust) -> tuple[Batch, Site, Party]:
    """Ship two crates to a market whose events are trusted so far."""
    farm, market = make_farm(uow), make_party(uow, PartyKind.MARKET)
    gate = make_site(uow, market, SiteKind.DEPOT, gln="9506000134376")
    make_source(uow, market, trust)
    batch = make_batch(uow, farm, released=True)
    ledger.record(uow, Happening(Step.SHIP, None, batch.site_id, ((batch.id, 30_000, 2),), gate.id))
    return batch, gate, market


def received(batch: Batch, **values: Any) -> dict[str, Any]:
    """Return what the market tells when the crates are there."""
    lot = f"https://id.gs1.org/01/{batch.gtin}/10/{batch.number}"
    given: dict[str, Any] = {
        "bizStep": "receiving",
        "disposition": "in_progress",
        "eventTime": "2026-11-20T10:00:00+08:00",
        "epcList": None,
        "quantityList": [{"epcClass": lot, "quantity": 30, "uom": "KGM"}],
        "readPoint": {"id": "urn:epc:id:sgln:9506000.13437.0"},
    }
    return told(**(given | values))


def send(uow: UnitOfWork, party: Party, *events: dict[str, Any]) -> list[str]:
    """Let a partner tell events; return what became of each."""
    report = capture.Report()
    source = uow.session.scalars(select(Source).where(Source.party_id == party.id)).one()
    capture.take(uow, source, events, NAMESPACES, report)
    return [taken.outcome.value for taken in report.taken]


def there(uow: UnitOfWork, batch: Batch, site: Site) -> dict[Bucket, int]:
    """Return how many grams are at a place, in which way."""
    found = uow.session.execute(
        select(Holding.bucket, Holding.grams).where(
            Holding.batch_id == batch.id, Holding.site_id == site.id, Holding.grams > 0
        )
    )
    return {row[0]: row[1] for row in found}


def test_what_is_shown_moves_nothing_and_stands_in_the_way_of_the_batch(uow: UnitOfWork) -> None:
    batch, gate, market = on_the_way(uow, Trust.SHOW)
    assert send(uow, market, received(batch)) == ["shown"]
    assert there(uow, batch, gate) == {Bucket.IN_TRANSIT: 30_000}
    last = journey.of_batch(uow.session, batch.id)[-1]
    assert (last.step, last.biz_step, last.source_name) == (None, "receiving", market.name)


def test_what_is_posted_is_carried_out_at_once(uow: UnitOfWork) -> None:
    batch, gate, market = on_the_way(uow, Trust.POST)
    assert send(uow, market, received(batch)) == ["posted"]
    assert there(uow, batch, gate) == {Bucket.ON_HAND: 30_000}


@pytest.mark.parametrize(
    "values",
    [
        {"quantityList": [{"epcClass": "https://id.gs1.org/01/09506000134352/10/NONE", "quantity": 1}]},
        {"bizStep": "storing"},
        {"readPoint": {"id": "https://id.gs1.org/414/9506000134390"}},
    ],
)
def test_what_may_mean_several_things_is_proposed_even_by_the_best(
    uow: UnitOfWork, values: dict[str, Any]
) -> None:
    batch, gate, market = on_the_way(uow, Trust.POST)
    assert send(uow, market, received(batch, **values)) == ["proposed"]
    assert there(uow, batch, gate) == {Bucket.IN_TRANSIT: 30_000}


def test_a_proposal_waits_until_somebody_accepts_it_once(uow: UnitOfWork) -> None:
    batch, gate, market = on_the_way(uow, Trust.PROPOSE)
    assert send(uow, market, received(batch)) == ["proposed"]
    waiting = uow.session.scalars(select(Proposal)).one()
    proposal.accept(uow, waiting.id)
    assert there(uow, batch, gate) == {Bucket.ON_HAND: 30_000}
    assert waiting.state is ProposalState.ACCEPTED
    with pytest.raises(Refused):
        proposal.refuse(uow, waiting.id)


def test_a_proposal_that_cannot_be_done_says_why(uow: UnitOfWork) -> None:
    batch, _, market = on_the_way(uow, Trust.PROPOSE)
    lot = f"https://id.gs1.org/01/{batch.gtin}/10/{batch.number}"
    send(uow, market, received(batch, quantityList=[{"epcClass": lot, "quantity": 29, "uom": "KGM"}]))
    waiting = uow.session.scalars(select(Proposal)).one()
    with pytest.raises(Refused, match="全部数量"):
        proposal.accept(uow, waiting.id)
    proposal.refuse(uow, waiting.id)
    assert waiting.state is ProposalState.REFUSED


_EVENTS = [
    told(eventID="urn:uuid:1"),
    told(eventID="urn:uuid:2", eventTime="2026-11-19T12:00:00Z"),
    told(eventID="urn:uuid:2", eventTime="2026-11-19T12:00:00Z", bizStep="arriving"),
    told(
        eventID="urn:uuid:1",
        errorDeclaration={"declarationTime": "2026-11-20T09:00:00+08:00", "reason": "did_not_occur"},
    ),
    told(eventID=None, bizStep="loading"),
]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(_EVENTS))
def test_the_order_of_a_document_says_nothing(uow: UnitOfWork, events: list[dict[str, Any]]) -> None:
    assert in_order(events) == in_order(_EVENTS)
    with uow.session.begin_nested() as savepoint:
        market = make_party(uow, PartyKind.MARKET)
        make_source(uow, market)
        market_uow = UnitOfWork(uow.session, actor_of(market), uow.now, uow.subscriptions)
        job = capture.capture(market_uow, events, NAMESPACES, ErrorBehaviour.PROCEED)
        kept = sorted(
            json.dumps(document, sort_keys=True)
            for document in uow.session.scalars(select(Entry.document).where(Entry.party_id == market.id))
        )
        declared = uow.session.scalar(
            select(func.count()).where(Entry.party_id == market.id, Entry.declares_id.is_not(None))
        )
        savepoint.rollback()
    assert (len(kept), declared, len(job.report["errors"]), job.success) == (4, 1, 1, False)
    assert sum("arriving" in document for document in kept) == 1


def test_a_bad_event_rolls_back_what_stood_before_it(uow: UnitOfWork) -> None:
    market = make_party(uow, PartyKind.MARKET)
    make_source(uow, market)
    market_uow = UnitOfWork(uow.session, actor_of(market), uow.now, uow.subscriptions)
    bad = Problem("ValidationException", 400, "Not valid", "Because.")
    job = capture.capture(market_uow, [told()], NAMESPACES, ErrorBehaviour.ROLLBACK, [bad])
    assert (job.success, job.report["events"]) == (False, 0)
    assert uow.session.scalar(select(func.count()).where(Entry.party_id == market.id)) == 0


def test_an_operator_agrees_a_source_and_a_manager_decides(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        batch, _, market = on_the_way(uow, Trust.PROPOSE)
        producer = uow.session.get_one(Party, batch.producer_id)
        send(uow, market, received(batch))
        key = uow.session.scalars(select(Proposal.id)).one()
    operator, manager = sign_in("operator", None), sign_in("coop_manager", producer)
    assert market.name in client.get("/partners/sources", headers=operator).text
    assert client.get("/partners/sources", headers=manager).status_code == 403
    form = client.get("/partners/sources/new", headers=operator)
    assert (form.status_code, 'value="show" selected' in form.text) == (200, True)
    assert client.get(f"/partners/sources/SRC-{market.code}", headers=operator).status_code == 200
    assert market.name in client.get("/partners/proposals", headers=manager).text
    assert "receiving" in client.get(f"/partners/proposals/{key}", headers=manager).text
    with db.unit_of_work(SYSTEM) as uow:
        stranger = make_party(uow, PartyKind.COOP)
    someone = sign_in("coop_manager", stranger)
    assert client.get(f"/partners/proposals/{key}", headers=someone).status_code == 404


def test_a_page_of_events_takes_as_many_statements_for_thirty_as_for_three(
    uow: UnitOfWork, statements: Statements
) -> None:
    market = make_party(uow, PartyKind.MARKET)
    make_source(uow, market)
    send(uow, market, *(told(eventID=f"urn:uuid:{number}") for number in range(40)))
    listener, counts = actor_of(market), []
    for per_page in (3, 30):
        before = len(statements)
        asked = {"perPage": str(per_page), "EQ_bizStep": "departing", "MATCH_epc": told()["epcList"][0]}
        assert len(found.find(uow.session, listener, parse(asked)).events) == per_page
        counts.append(len(statements) - before)
    assert counts == [1, 1]


def test_a_source_is_agreed_once_and_its_trust_may_change(uow: UnitOfWork) -> None:
    market = make_party(uow, PartyKind.MARKET)
    partner.add(uow, AddSource("SRC-NEW", "Gate", market.code))
    assert partners.source(uow.session, "SRC-NEW").trust is Trust.SHOW
    partner.set_trust(uow, "SRC-NEW", SetTrust(Trust.POST))
    uow.flush()
    assert partners.source(uow.session, "SRC-NEW").trust is Trust.POST
    with pytest.raises(Conflict):
        partner.add(uow, AddSource("SRC-OTHER", "Gate", market.code))
    with pytest.raises(NotFound):
        partner.set_trust(uow, "SRC-NONE", SetTrust(Trust.SHOW))
