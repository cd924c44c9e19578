"""What events do to codes and devices: items sold and shipped, loggers fixed and taken off."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from logistics.services import receipt, telemetry
from supplychain.base.models.party import Party, Site
from supplychain.base.rules import PartyKind, SiteKind
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, Refused
from tests.make.base import make_party, make_site
from tests.make.epcis import make_source, told
from tests.make.logistics import make_dispatched, make_trade, measured, steady, weigh_in
from tests.make.traceability import make_batch, make_farm, make_holding
from tests.traceability.epcis.test_trust import send
from traceability.models.batch import Batch
from traceability.models.code import Code, CodeRun
from traceability.models.epcis import Proposal
from traceability.models.ledger import Entry, Holding
from traceability.queries import epcis as found
from traceability.rules.code import CodeAct, CodeState
from traceability.rules.epcis_query import parse
from traceability.rules.event_hash import event_hash, namespaces_of
from traceability.rules.ledger import Step, Trust
from traceability.schemas.epcis import errors_of
from traceability.services import bond, code, correction, epcis, hold, proposal, sale
from traceability.services.bond import Bind
from traceability.services.correction import Correct
from traceability.services.sale import Sell

OURS = namespaces_of(list(epcis.CONTEXT))


def at_market(uow: UnitOfWork, trust: Trust) -> tuple[Batch, Site, Party, list[str]]:
    """Put three activated items of a batch at a market whose events are trusted so far."""
    farm, market = make_farm(uow), make_party(uow, PartyKind.MARKET)
    gate = make_site(uow, market, SiteKind.DEPOT, gln="9506000134376")
    make_source(uow, market, trust)
    batch = make_batch(uow, farm, released=True)
    make_holding(uow, batch, gate, grams=30_000, boxes=2)
    serials = code.make(uow, batch.id, 3)
    code.activate(uow, batch.id)
    return batch, gate, market, serials


def sold(batch: Batch, *serials: str, **values: Any) -> dict[str, Any]:
    """Return what a market's till tells."""
    given = {
        "bizStep": "retail_selling",
        "disposition": "retail_sold",
        "eventTime": "2026-11-20T10:00:00+08:00",
        "epcList": [f"https://id.gs1.org/01/{batch.gtin}/21/{serial}" for serial in serials],
    }
    return told(**(given | values))


def states(uow: UnitOfWork, batch: Batch) -> list[str]:
    """Return the states of a batch's codes in their order; the counts of its run must agree."""
    kept = list(
        uow.session.scalars(select(Code.state).where(Code.batch_id == batch.id).order_by(Code.ordinal))
    )
    run = uow.session.scalars(
        select(CodeRun).where(CodeRun.batch_id == batch.id).execution_options(populate_existing=True)
    ).one()
    assert {state: getattr(run, state.value) for state in CodeState} == {
        state: kept.count(state) for state in CodeState
    }
    return [state.value for state in kept]


def test_items_that_a_trusted_till_sells_are_marked_as_sold_once(uow: UnitOfWork) -> None:
    batch, _, market, serials = at_market(uow, Trust.POST)
    assert send(uow, market, sold(batch, *serials[:2])) == ["posted"]
    assert states(uow, batch) == ["sold", "sold", "activated"]
    again = sold(batch, *serials, eventID="urn:uuid:2")
    assert send(uow, market, again) == ["posted"]
    assert states(uow, batch) == ["sold", "sold", "sold"]
    assert send(uow, market, sold(batch, *serials, eventID="urn:uuid:3")) == ["posted"]


def test_shipping_marks_items_as_shipped_and_what_is_sold_stays_sold(uow: UnitOfWork) -> None:
    batch, _, market, serials = at_market(uow, Trust.POST)
    code.move(uow, batch.id, CodeAct.SELL, serials[:1])
    shipped = sold(batch, *serials, bizStep="shipping", disposition="in_transit")
    assert send(uow, market, shipped) == ["posted"]
    assert states(uow, batch) == ["sold", "shipped", "shipped"]


def test_a_sale_that_is_proposed_is_carried_out_when_somebody_accepts_it(uow: UnitOfWork) -> None:
    batch, _, market, serials = at_market(uow, Trust.PROPOSE)
    assert send(uow, market, sold(batch, serials[0])) == ["proposed"]
    assert states(uow, batch) == ["activated"] * 3
    proposal.accept(uow, uow.session.scalars(select(Proposal.id)).one())
    assert states(uow, batch) == ["sold", "activated", "activated"]


def test_what_a_shown_source_sells_stays_as_it_was_but_stands_with_its_batch(uow: UnitOfWork) -> None:
    batch, _, market, serials = at_market(uow, Trust.SHOW)
    assert send(uow, market, sold(batch, serials[0])) == ["shown"]
    assert states(uow, batch) == ["activated"] * 3


@pytest.mark.parametrize("trouble", ["held", "void", "unknown serial", "elsewhere", "never there"])
def test_a_sale_that_cannot_be_is_proposed_with_nothing_done(uow: UnitOfWork, trouble: str) -> None:
    batch, gate, market, serials = at_market(uow, Trust.POST)
    event = sold(batch, *serials)
    if trouble == "held":
        hold.place(uow, batch.id, "疑似串货")
    elif trouble == "void":
        code.void(uow, batch.id, serials[2:])
    elif trouble == "unknown serial":
        event = sold(batch, *serials, "NOBODYS")
    elif trouble == "elsewhere":
        event["readPoint"] = {"id": "https://id.gs1.org/414/9506000134390"}
    else:
        uow.session.query(Holding).filter_by(batch_id=batch.id, site_id=gate.id).delete()
    before = states(uow, batch)
    assert send(uow, market, event) == ["proposed"]
    assert states(uow, batch) == before


def test_our_own_sale_is_one_entry_that_names_its_items_and_marks_them(uow: UnitOfWork) -> None:
    batch, gate, _, serials = at_market(uow, Trust.SHOW)
    key = sale.sell(uow, Sell(batch.id, gate.id, tuple(serials[:2]), 10_000))
    event = uow.session.get_one(Entry, key).document
    assert errors_of(event, OURS) == {}
    assert (event["bizStep"], event["disposition"]) == ("retail_selling", "retail_sold")
    assert event["epcList"] == sorted(f"https://id.gs1.org/01/{batch.gtin}/21/{one}" for one in serials[:2])
    assert states(uow, batch) == ["sold", "sold", "activated"]
    there = select(Holding.grams).where(Holding.batch_id == batch.id, Holding.site_id == gate.id)
    assert uow.session.scalar(there) == 20_000
    with pytest.raises(Invalid):
        sale.sell(uow, Sell(batch.id, gate.id, tuple(serials[:1]), 5_000))
    with pytest.raises(Refused):
        sale.sell(uow, Sell(batch.id, gate.id, tuple(serials[2:]), 99_000))


def test_a_logger_on_a_lorry_is_an_association_that_is_found_and_can_be_declared_wrong(
    uow: UnitOfWork,
) -> None:
    farm = make_farm(uow)
    lorry = epcis.vehicle_id("闽G12345")
    bound = Bind(lorry, (epcis.device_id("LOG-1"), "urn:epc:id:giai:9506000.A12"), farm.base.id)
    key = bond.attach(uow, bound)
    bond.detach(uow, bound)
    events = found.find(uow.session, uow.actor, parse({"eventType": "AssociationEvent"})).events
    assert [event["action"] for event in events] == ["ADD", "DELETE"]
    assert [event["bizStep"] for event in events] == ["installing", "removing"]
    assert events[0]["parentID"] == lorry
    assert events[0]["childEPCs"] == ["https://id.gs1.org/8004/9506000A12", "urn:device:LOG-1"]
    assert [errors_of(event, OURS) for event in events] == [{}, {}]
    assert events[0]["eventID"] == event_hash(events[0], OURS)
    for query in ({"MATCH_parentID": lorry}, {"MATCH_epc": "https://id.gs1.org/8004/9506000A12"}):
        assert len(found.find(uow.session, uow.actor, parse(query)).events) == 2
    with pytest.raises(Refused):
        correction.correct(uow, Correct(key, "别的车", at=uow.now))
    correction.correct(uow, Correct(key, "别的车"))
    assert len(found.find(uow.session, uow.actor, parse({"EXISTS_errorDeclaration": "true"})).events) == 1


@pytest.mark.parametrize("things", [(), ("urn:device:1", "urn:device:1"), ("LOG-1",)])
def test_a_bond_of_nothing_or_of_one_thing_twice_is_refused(uow: UnitOfWork, things: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        bond.attach(uow, Bind("urn:vehicle:1", things, make_farm(uow).base.id))


def test_a_trip_tells_when_its_loggers_rode_and_how_warm_it_was(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    telemetry.record(uow, measured(trade, steady()))
    receipt.receive(uow, weigh_in(trade, gone))
    entries = uow.session.scalars(select(Entry))
    told_of = {entry.step: entry.document for entry in entries}
    assert told_of[Step.ATTACH]["childEPCs"] == told_of[Step.DETACH]["childEPCs"]
    assert told_of[Step.ATTACH]["parentID"].startswith("urn:vehicle:")
    assert told_of[Step.ATTACH]["eventTime"] < told_of[Step.DETACH]["eventTime"]
    assert told_of[Step.TEMPERATURE]["sensorElementList"][0]["sensorReport"][0]["meanValue"] == 2
    assert [errors_of(event, OURS) for event in told_of.values()] == [{}] * len(told_of)
