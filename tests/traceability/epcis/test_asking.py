"""Asking at the EPCIS door: pages by links, master data of who told, patterns that stand for many."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.base import make_party
from tests.make.epcis import document, make_source, told
from tests.traceability.epcis.test_door import LOTS, found


@pytest.fixture
def partner(db: Database) -> Party:
    """A buyer whose events are shown."""
    with db.unit_of_work(SYSTEM) as uow:
        party = make_party(uow, PartyKind.MARKET)
        make_source(uow, party)
    return party


@pytest.fixture
def who(sign_in: SignIn, partner: Party) -> dict[str, str]:
    """The headers of the partner's program."""
    return sign_in("buyer", partner)


def test_every_list_is_paged_by_links_that_end(client: FlaskClient, who: dict[str, str]) -> None:
    for n in range(5):
        event = told(
            eventID=f"urn:uuid:{n}", bizStep=["packing", "loading", "storing", "picking", "holding"][n]
        )
        client.post("/epcis/capture", json=document(event), headers=who)
        client.post("/epcis/queries", json={"name": f"q {n}", "query": {}}, headers=who)
        asked = {"dest": "http://127.0.0.1:9/hook", "stream": True}
        client.post("/epcis/queries/q%200/subscriptions", json=asked, headers=who)
    for path in ("capture", "bizSteps", "queries", "queries/q%200/subscriptions"):
        seen, address = [], f"/epcis/{path}?perPage=2"
        while address:
            answer = client.get(address, headers=who)
            assert answer.status_code == 200
            assert len(answer.get_json()["member"]) <= 2
            seen += [json.dumps(each) for each in answer.get_json()["member"]]
            assert ("Link" in answer.headers) is ("GS1-Next-Page-Token-Expires" in answer.headers)
            address = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")
        assert len(seen) == len(set(seen)) == 5
    huge = client.get("/epcis/bizSteps?perPage=999999", headers=who)
    assert len(huge.get_json()["member"]) == 5


MASTER = {
    "vocabularyList": [
        {
            "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
            "vocabularyElementList": [
                {
                    "id": "urn:epc:id:sgln:9506000.13437.0",
                    "children": ["https://id.gs1.org/414/9506000134390"],
                },
                {
                    "id": "https://id.gs1.org/414/9506000134390",
                    "attributes": [{"id": "cbvmda:city", "attribute": "上海"}],
                    "children": ["https://places.example.com/cold-room"],
                },
            ],
        },
        {
            "type": "urn:epcglobal:epcis:vtype:EPCClass",
            "vocabularyElementList": [
                {
                    "id": "https://id.gs1.org/01/09506000134352/10/LOT-1",
                    "attributes": [{"id": "urn:epcglobal:cbv:mda#descriptionShort", "attribute": "甘蓝"}],
                }
            ],
        },
    ]
}
BY_MASTER_DATA = {
    "?WD_readPoint=https://id.gs1.org/414/9506000134376": 3,
    "?WD_readPoint=https://id.gs1.org/414/9506000134390": 2,
    "?WD_bizLocation=urn:epc:id:sgln:9506000.13437.0": 0,
    "?EQ_readPoint=https://id.gs1.org/414/9506000134390": 1,
    "?HASATTR_readPoint=cbvmda:city": 1,
    "?HASATTR_readPoint=cbvmda:street": 0,
    "?EQATTR_readPoint_cbvmda:city=上海|厦门": 1,
    "?EQ_ATTR_readPoint_cbvmda:city=厦门": 0,
    "?EQ_ATTR_epcClass_cbvmda:descriptionShort=甘蓝": 1,
    "?HASATTR_epcClass=urn:epcglobal:cbv:mda:descriptionShort": 1,
}


def test_events_are_found_by_the_master_data_of_who_told_them(
    client: FlaskClient, db: Database, sign_in: SignIn, who: dict[str, str]
) -> None:
    room = told(eventID="urn:uuid:a", readPoint={"id": "https://places.example.com/cold-room"})
    house = told(eventID="urn:uuid:b", readPoint={"id": "https://id.gs1.org/414/9506000134390"})
    sent = document(room, house, LOTS) | {"epcisHeader": {"epcisMasterData": MASTER}}
    assert client.post("/epcis/capture", json=sent, headers=who).status_code == 202
    assert {query: len(found(client, who, query)) for query in BY_MASTER_DATA} == BY_MASTER_DATA
    with db.unit_of_work(SYSTEM) as uow:
        other = make_party(uow, PartyKind.MARKET)
        make_source(uow, other)
    stranger = sign_in("buyer", other)
    same = told(eventID="urn:uuid:c", readPoint={"id": "https://id.gs1.org/414/9506000134390"})
    client.post("/epcis/capture", json=document(same), headers=stranger)
    assert found(client, stranger, "?HASATTR_readPoint=cbvmda:city") == []
    assert len(found(client, sign_in("operator", None), "?HASATTR_readPoint=cbvmda:city")) == 1
    anew = document() | {
        "epcisHeader": {
            "epcisMasterData": {
                "vocabularyList": [
                    {
                        "type": "urn:x:t",
                        "vocabularyElementList": [{"id": "https://id.gs1.org/414/9506000134390"}],
                    }
                ]
            }
        }
    }
    client.post("/epcis/capture", json=anew, headers=who)
    assert found(client, who, "?HASATTR_readPoint=cbvmda:city") == []
    assert len(found(client, who, "?WD_readPoint=https://id.gs1.org/414/9506000134376")) == 2


BY_PATTERN = {
    "?MATCH_epc=urn:epc:idpat:sgtin:9506000.013435.*": 1,
    "?MATCH_epc=urn:epc:idpat:sgtin:9506000.*.*": 1,
    "?MATCH_epc=urn:epc:idpat:sgtin:9506001.*.*": 0,
    "?MATCH_epc=urn:epc:idpat:sscc:9506000.*": 1,
    "?MATCH_anyEPC=urn:epc:idpat:giai:9506000.*": 0,
    "?MATCH_epcClass=urn:epc:idpat:lgtin:9506000.013435.*": 1,
    "?MATCH_epcClass=urn:epc:idpat:sgtin:9506000.013435.*": 1,
    "?EQ_quantity=12.5": 1,
    "?EQ_quantity=12": 0,
    "?GT_quantity_TNE=0.012": 1,
}


def test_patterns_stand_for_all_that_begin_so(client: FlaskClient, who: dict[str, str]) -> None:
    item = told(eventID="urn:uuid:i", epcList=["https://id.gs1.org/01/09506000134352/21/S-1"])
    kind = told(
        eventID="urn:uuid:k",
        epcList=None,
        quantityList=[{"epcClass": "https://id.gs1.org/01/09506000134352"}],
    )
    client.post("/epcis/capture", json=document(told(), LOTS, item, kind), headers=who)
    assert {query: len(found(client, who, query)) for query in BY_PATTERN} == BY_PATTERN
