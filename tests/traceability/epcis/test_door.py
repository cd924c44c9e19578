"""The EPCIS door: what partners send comes in once, and is found by those whom it concerns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.outbox.models import Message
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW, SignIn
from tests.make.base import make_party
from tests.make.epcis import CONTEXT, document, make_source, told
from traceability.jobs import tell_subscribers
from traceability.rules.ledger import Trust


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


def found(client: FlaskClient, who: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    """Return the events that a query finds."""
    answer = client.get(f"/epcis/events{query}", headers=who)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    events: list[dict[str, Any]] = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return events


def problem(answer: Any) -> tuple[int, str]:
    """Return status and kind of a refusal."""
    assert answer.mimetype == "application/problem+json", answer.text
    return answer.status_code, answer.get_json()["type"].removeprefix("epcisException:")


def test_a_document_becomes_a_job_and_its_events_are_found(client: FlaskClient, who: dict[str, str]) -> None:
    sent = client.post("/epcis/capture", json=document(told()), headers=who)
    assert (sent.status_code, sent.headers["GS1-EPCIS-Version"]) == (202, "2.0.0")
    job = client.get(sent.headers["Location"], headers=who).get_json()
    assert (job["running"], job["success"], job["errors"]) == (False, True, [])
    assert [each["captureID"] for each in client.get("/epcis/capture", headers=who).get_json()["member"]] == [
        job["captureID"]
    ]
    (event,) = found(client, who)
    assert event["epcList"] == ["https://id.gs1.org/00/095060000000000015"]
    assert event["recordTime"].startswith("2026-11-20T02:00:00")


def test_an_event_of_its_own_is_taken_once(client: FlaskClient, who: dict[str, str]) -> None:
    event = told(eventID=None) | {"@context": CONTEXT, "example:seal": "A-1"}
    made = client.post("/epcis/events", json=event, headers=who)
    assert (made.status_code, "ni%3A%2F%2F%2Fsha-256" in made.headers["Location"]) == (201, True)
    read = client.get(made.headers["Location"], headers=who)
    assert read.status_code == 200, read.text
    assert problem(client.post("/epcis/events", json=event, headers=who)) == (
        409,
        "ResourceAlreadyExistsException",
    )


def test_an_event_declared_wrong_keeps_its_id(client: FlaskClient, who: dict[str, str]) -> None:
    event = told() | {"@context": CONTEXT}
    client.post("/epcis/events", json=event, headers=who)
    wrong = event | {
        "errorDeclaration": {"declarationTime": "2026-11-20T09:30:00+08:00", "reason": "did_not_occur"}
    }
    assert client.post("/epcis/events", json=wrong, headers=who).status_code == 201
    assert len(found(client, who)) == 2
    assert len(found(client, who, "?EXISTS_errorDeclaration=true&EQ_errorReason=did_not_occur")) == 1
    assert client.post("/epcis/events", json=wrong, headers=who).status_code == 409


def test_one_bad_event_leaves_out_all_or_itself_alone(client: FlaskClient, who: dict[str, str]) -> None:
    client.post("/epcis/capture", json=document(told()), headers=who)
    other = told(eventID="urn:uuid:00000000-0000-4000-8000-000000000001")
    sent = client.post("/epcis/capture", json=document(other, told()), headers=who)
    job = client.get(sent.headers["Location"], headers=who).get_json()
    assert (job["success"], [each["status"] for each in job["errors"]]) == (False, [409])
    assert len(found(client, who)) == 1
    proceed = who | {"GS1-Capture-Error-Behaviour": "proceed"}
    strange = told(eventID="urn:uuid:00000000-0000-4000-8000-000000000002", bizStep="strolling")
    sent = client.post("/epcis/capture", json=document(other, told(), strange), headers=proceed)
    job = client.get(sent.headers["Location"], headers=who).get_json()
    assert (job["captureErrorBehaviour"], sorted(each["status"] for each in job["errors"])) == (
        "proceed",
        [400, 409],
    )
    assert len(found(client, who)) == 2


def test_a_rehearsal_tells_what_would_happen_and_keeps_nothing(
    client: FlaskClient, who: dict[str, str]
) -> None:
    answer = client.post("/epcis/capture?rehearse=true", json=document(told()), headers=who)
    assert answer.status_code == 200
    assert [each["outcome"] for each in answer.get_json()["events"]] == ["shown"]
    assert found(client, who) == []
    assert client.get("/epcis/capture", headers=who).get_json()["member"] == []


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"Content-Type": "application/xml"}, b"<epcis/>", (415, "UnsupportedMediaTypeException")),
        ({"Content-Type": "application/json"}, b"{", (400, "ValidationException")),
        ({"Content-Type": "application/json"}, b"[]", (400, "ValidationException")),
        (
            {"Content-Type": "application/json", "GS1-EPCIS-Min": "2.1.0"},
            b"{}",
            (406, "NotAcceptableException"),
        ),
        (
            {"Content-Type": "application/json", "GS1-CBV-Max": "1.2"},
            b"{}",
            (406, "NotAcceptableException"),
        ),
        (
            {"Content-Type": "application/json", "Accept": "application/xml"},
            b"{}",
            (406, "NotAcceptableException"),
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_in_the_words_of_the_standard(
    client: FlaskClient, who: dict[str, str], headers: dict[str, str], body: bytes, expected: tuple[int, str]
) -> None:
    assert problem(client.post("/epcis/capture", data=body, headers=who | headers)) == expected


def test_strangers_and_parties_without_a_source_are_kept_out(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        other = make_party(uow, PartyKind.MARKET)
    assert problem(client.get("/epcis/events")) == (401, "SecurityException")
    someone = sign_in("buyer", other)
    assert problem(client.post("/epcis/capture", json=document(told()), headers=someone)) == (
        403,
        "SecurityException",
    )


def test_nobody_sees_what_strangers_tell_each_other(
    client: FlaskClient, db: Database, sign_in: SignIn, who: dict[str, str]
) -> None:
    client.post("/epcis/capture", json=document(told()), headers=who)
    with db.unit_of_work(SYSTEM) as uow:
        other = make_party(uow, PartyKind.MARKET)
    someone = sign_in("buyer", other)
    assert found(client, someone) == []
    event_id = quote(told()["eventID"], safe="")
    assert problem(client.get(f"/epcis/events/{event_id}", headers=someone)) == (404, "NoSuchNameException")
    assert len(found(client, sign_in("operator", None))) == 1


def test_an_ignored_source_is_answered_and_not_kept(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        party = make_party(uow, PartyKind.MARKET)
        make_source(uow, party, Trust.IGNORE)
    someone = sign_in("buyer", party)
    assert client.post("/epcis/capture", json=document(told()), headers=someone).status_code == 202
    assert found(client, someone) == []


SENSED = told(
    eventID="urn:uuid:00000000-0000-4000-8000-000000000003",
    bizStep="sensor_reporting",
    eventTime="2026-11-19T21:00:00+08:00",
    bizTransactionList=[{"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:9506000134376:4711"}],
    sourceList=[{"type": "owning_party", "source": "urn:epc:id:pgln:9506000.13437"}],
    sensorElementList=[
        {
            "sensorMetadata": {
                "time": "2026-11-19T20:30:00+08:00",
                "deviceID": "https://id.gs1.org/8004/9506000LOG12",
            },
            "sensorReport": [{"type": "Temperature", "value": 4, "maxValue": 4.9, "uom": "CEL"}],
        }
    ],
) | {"example:seal": "A-1", "example:part": {"example:depth": 7}}
LOTS = told(
    eventID="urn:uuid:00000000-0000-4000-8000-000000000004",
    action="ADD",
    bizStep="commissioning",
    disposition="active",
    eventTime="2026-11-19T19:00:00+08:00",
    epcList=None,
    quantityList=[{"epcClass": "urn:epc:class:lgtin:9506000.013435.LOT-1", "quantity": 12.5, "uom": "KGM"}],
    ilmd={"cbvmda:countryOfOrigin": "CN", "example:sugar": 11.2},
)
CASES = {
    "": 3,
    "?eventType=ObjectEvent": 3,
    "?eventType=TransformationEvent": 0,
    "?EQ_bizStep=departing|commissioning": 2,
    "?EQ_bizStep=https://ref.gs1.org/cbv/BizStep-departing": 1,
    "?EQ_disposition=active&EQ_action=ADD": 1,
    "?EQ_readPoint=https://id.gs1.org/414/9506000134376": 3,
    "?WD_readPoint=https://id.gs1.org/414/9506000134376": 3,
    "?MATCH_epc=https://id.gs1.org/00/095060000000000015": 2,
    "?MATCH_anyEPC=urn:epc:id:sscc:9506000.0000000001": 2,
    "?MATCH_epc=https://shop.example/x/00/095060000000000015?a=1": 2,
    "?MATCH_epcClass=https://id.gs1.org/01/09506000134352/10/LOT-1": 1,
    "?MATCH_parentID=urn:epc:id:sscc:9506000.0000000001": 0,
    "?GE_eventTime=2026-11-19T20:00:00%2B08:00&LT_eventTime=2026-11-19T13:00:00Z": 1,
    "?GE_value_CEL=4": 1,
    "?EQ_value_KEL=277.15": 1,
    "?GE_value_KEL=278": 0,
    "?LE_value_FAH=39.2": 1,
    "?GT_maxValue_KEL=278": 1,
    "?GE_quantity_GRM=12500&LE_quantity_KGM=12.5": 1,
    "?EQ_type=Temperature&EQ_deviceID=urn:epc:id:giai:9506000.LOG12": 1,
    "?EXISTS_sensorElementList=true": 1,
    "?EQ_bizTransaction_desadv=urn:epcglobal:cbv:bt:9506000134376:4711": 1,
    "?EQ_source_owning_party=https://id.gs1.org/417/9506000134376": 1,
    "?EQ_ILMD_cbvmda:countryOfOrigin=CN": 1,
    "?GE_ILMD_example:sugar=11": 1,
    "?EXISTS_ILMD_example:sugar=true": 1,
    "?EQ_example:seal=A-1|A-2": 1,
    "?GT_INNER_example:depth=6.5": 1,
    "?EXISTS_example:part=true": 1,
    "?EXISTS_errorDeclaration=true": 0,
    "?EQ_eventID=urn:uuid:00000000-0000-4000-8000-000000000004": 1,
    "?orderBy=eventTime&eventCountLimit=2": 2,
}


def test_events_are_found_by_whatever_they_say(client: FlaskClient, who: dict[str, str]) -> None:
    sent = client.post("/epcis/capture", json=document(told(), SENSED, LOTS), headers=who)
    assert sent.status_code == 202, sent.text
    assert {query: len(found(client, who, query)) for query in CASES} == CASES
    mine = who | {"GS1-Extensions": "ex=https://ns.example.com/epcis/"}
    assert len(found(client, mine, "?EQ_ex:seal=A-1")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "?EQ_colour=red",
        "?EQ_action=MOVE",
        "?eventType=Event",
        "?GE_eventTime=yesterday",
        "?GE_eventTime=2026-11-19T20:00:00",
        "?GE_value_CEL=warm",
        "?eventCountLimit=2",
        "?orderBy=eventTime&eventCountLimit=2&maxEventCount=3",
        "?orderBy=colour",
        "?perPage=0",
        "?nextPageToken=abc",
        "?EQ_bizStep=",
        "?EQ_bizStep=shipping&EQ_bizStep=receiving",
        "?MATCH_epc=urn:epc:idpat:sgtin:*.*.*",
    ],
)
def test_a_query_that_cannot_be_understood_is_refused(
    client: FlaskClient, who: dict[str, str], query: str
) -> None:
    assert problem(client.get(f"/epcis/events{query}", headers=who)) == (400, "QueryParameterException")


def test_pages_follow_each_other_and_name_every_event_once(client: FlaskClient, who: dict[str, str]) -> None:
    many = [
        told(
            eventID=f"urn:uuid:00000000-0000-4000-8000-00000000{n:04d}",
            eventTime=f"2026-11-19T20:{n:02d}:00+08:00",
        )
        for n in range(7)
    ]
    client.post("/epcis/capture", json=document(*many), headers=who)
    for order in ("", "&orderBy=eventTime", "&orderBy=eventTime&orderDirection=ASC"):
        seen, address = [], f"/epcis/events?perPage=3{order}"
        while address:
            answer = client.get(address, headers=who)
            body = answer.get_json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            seen += [event["eventID"] for event in body]
            address = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")
        assert len(seen) == len(set(seen)) == 7
    assert problem(client.get("/epcis/events?maxEventCount=6", headers=who)) == (
        413,
        "QueryTooLargeException",
    )
    assert len(found(client, who, "?maxEventCount=7")) == 7


def test_events_lead_to_what_they_know_and_back(client: FlaskClient, who: dict[str, str]) -> None:
    client.post("/epcis/capture", json=document(told(), SENSED, LOTS), headers=who)
    top = client.get("/epcis/", headers=who).get_json()
    assert (top["type"], len(top["member"])) == ("Collection", 9)
    known = {
        name: client.get(f"/epcis/{name}", headers=who).get_json()["member"] for name in top["member"][3:]
    }
    assert known["bizSteps"] == ["commissioning", "departing", "sensor_reporting"]
    assert known["epcs"] == [
        "https://id.gs1.org/00/095060000000000015",
        "https://id.gs1.org/01/09506000134352/10/LOT-1",
    ]
    assert client.get("/epcis/bizSteps/departing", headers=who).get_json()["member"] == ["events"]
    assert problem(client.get("/epcis/bizSteps/packing", headers=who)) == (404, "NoSuchNameException")
    sscc = quote("urn:epc:id:sscc:9506000.0000000001", safe="")
    link = quote("https://id.gs1.org/00/095060000000000015", safe="")
    for name in (sscc, link):
        answer = client.get(f"/epcis/epcs/{name}/events?EQ_bizStep=departing", headers=who)
        assert len(answer.get_json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) == 1
    page = client.get("/epcis/bizSteps?perPage=2", headers=who)
    assert 'rel="next"' in page.headers["Link"]


def test_options_tell_what_this_server_can(client: FlaskClient) -> None:
    answer = client.options("/epcis/capture")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "OPTIONS, GET, POST")
    wanted = {
        *("GS1-EPCIS-Version", "GS1-EPCIS-Min", "GS1-EPCIS-Max", "GS1-CBV-Version", "GS1-CBV-Min"),
        *("GS1-CBV-Max", "GS1-Vendor-Version", "GS1-EPCIS-Capture-Limit", "GS1-Extensions"),
        *("GS1-EPCIS-Capture-File-Size-Limit", "GS1-Capture-Error-Behaviour", "GS1-EPC-Format"),
    }
    assert wanted <= set(answer.headers.keys())


def test_names_are_told_in_the_form_that_was_asked_for(
    client: FlaskClient, db: Database, who: dict[str, str]
) -> None:
    client.post("/epcis/capture", json=document(told()), headers=who)
    asked = {form: found(client, who | {"GS1-EPC-Format": form})[0] for form in FORMS}
    assert {form: event["epcList"][0] for form, event in asked.items()} == FORMS
    with db.unit_of_work(SYSTEM) as uow:
        make_party(uow, PartyKind.COOP, gs1_prefix="9506000")
    known = found(client, who | {"GS1-EPC-Format": "Always_EPC_URN"})[0]
    assert known["readPoint"]["id"] == "urn:epc:id:sgln:9506000.13437.0"
    refused = client.get("/epcis/events", headers=who | {"GS1-EPC-Format": "Loud"})
    assert problem(refused) == (406, "NotAcceptableException")


FORMS = {
    "Always_GS1_Digital_Link": "https://id.gs1.org/00/095060000000000015",
    "Never_Translates": "urn:epc:id:sscc:9506000.0000000001",
    "Always_EPC_URN": "https://id.gs1.org/00/095060000000000015",
}


def test_a_query_has_a_name_and_is_asked_by_it(client: FlaskClient, who: dict[str, str]) -> None:
    client.post("/epcis/capture", json=document(told(), LOTS), headers=who)
    named = {"name": "departures", "query": {"EQ_bizStep": ["departing"], "eventType": ["ObjectEvent"]}}
    made = client.post("/epcis/queries", json=named, headers=who)
    assert (made.status_code, made.headers["Location"].endswith("/epcis/queries/departures")) == (201, True)
    assert problem(client.post("/epcis/queries", json=named, headers=who)) == (
        409,
        "ResourceAlreadyExistsException",
    )
    bad = {"name": "bad", "query": {"EQ_colour": ["red"]}}
    assert problem(client.post("/epcis/queries", json=bad, headers=who)) == (400, "QueryParameterException")
    assert client.get("/epcis/queries", headers=who).get_json()["member"] == [named]
    assert client.get("/epcis/queries/departures", headers=who).get_json() == named
    results = client.get("/epcis/queries/departures/events", headers=who).get_json()["epcisBody"][
        "queryResults"
    ]
    assert (results["queryName"], len(results["resultsBody"]["eventList"])) == ("departures", 1)
    assert client.delete("/epcis/queries/departures", headers=who).status_code == 204
    assert problem(client.get("/epcis/queries/departures", headers=who)) == (404, "NoSuchNameException")


def test_a_subscriber_hears_once_of_what_is_new_in_signed_messages(
    client: FlaskClient, db: Database, who: dict[str, str]
) -> None:
    client.post("/epcis/queries", json={"name": "all", "query": {}}, headers=who)
    asked = {"dest": "http://127.0.0.1:9/hook", "signatureToken": "secret", "stream": True}
    made = client.post("/epcis/queries/all/subscriptions", json=asked, headers=who)
    assert made.status_code == 201, made.text
    client.post("/epcis/capture", json=document(told()), headers=who)
    assert run_at(db, 5) == 0
    assert run_at(db, 60) == 1
    assert run_at(db, 120) == 0
    with db.reading() as session:
        (message,) = session.scalars(select(Message)).all()
    assert (message.channel, message.destination) == ("epcis", asked["dest"])
    results = message.payload["document"]["epcisBody"]["queryResults"]
    assert results["subscriptionID"] == made.headers["Location"].rpartition("/")[2]
    listed = client.get("/epcis/queries/all/subscriptions", headers=who).get_json()["member"]
    assert [(each["dest"], each["stream"]) for each in listed] == [(asked["dest"], True)]
    assert client.delete(made.headers["Location"], headers=who).status_code == 204
    assert problem(client.get(made.headers["Location"], headers=who)) == (404, "NoSuchNameException")


def run_at(db: Database, seconds: int) -> int:
    """Run the subscribers' job some seconds later; return how many events it told."""
    with clock.fixed(NOW + timedelta(seconds=seconds)):
        return tell_subscribers(db).counts["events told to subscribers"]


def test_a_timetable_reports_at_its_times_even_nothing(
    client: FlaskClient, db: Database, who: dict[str, str]
) -> None:
    client.post("/epcis/queries", json={"name": "all", "query": {}}, headers=who)
    asked = {"dest": "http://127.0.0.1:9/", "schedule": {"minute": "[5-6]"}, "reportIfEmpty": True}
    assert client.post("/epcis/queries/all/subscriptions", json=asked, headers=who).status_code == 201
    counts = []
    for minute in (4, 5, 7):
        run_at(db, 60 * minute)
        with db.reading() as session:
            counts.append(session.scalar(select(func.count()).select_from(Message)))
    assert counts == [0, 1, 2]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"dest": "http://127.0.0.1:9/"}, "SubscriptionControlsException"),
        (
            {"dest": "http://127.0.0.1:9/", "stream": True, "schedule": {"hour": "1"}},
            "SubscriptionControlsException",
        ),
        ({"dest": "http://127.0.0.1:9/", "schedule": {"hour": "25"}}, "SubscriptionControlsException"),
        ({"dest": "http://127.0.0.1:9/", "schedule": {"year": "1"}}, "SubscriptionControlsException"),
        ({"dest": "ftp://127.0.0.1/", "stream": True}, "ValidationException"),
        ({"dest": "http://10.0.0.1/", "stream": True}, "ValidationException"),
        ({"dest": "https://169.254.169.254/latest", "stream": True}, "ValidationException"),
        ({"dest": "https://[::1]/", "stream": True}, "ValidationException"),
        ({"dest": "http://127.0.0.1:9/", "stream": True, "colour": 1}, "ValidationException"),
    ],
)
def test_a_subscription_that_cannot_be_kept_is_refused(
    client: FlaskClient, who: dict[str, str], asked: dict[str, Any], kind: str
) -> None:
    client.post("/epcis/queries", json={"name": "all", "query": {}}, headers=who)
    answer = client.post("/epcis/queries/all/subscriptions", json=asked, headers=who)
    assert problem(answer) == (400, kind)
