"""Whatever comes to the EPCIS door, it answers in the words of the standard, and never breaks."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.base import make_party
from tests.make.epcis import CONTEXT, document, make_source, told
from tests.make.traceability import actor_of
from tests.traceability.epcis.test_door import CASES, LOTS, SENSED, problem
from tests.traceability.epcis.test_shape import BAD, GOOD
from traceability.models.ledger import Entry
from traceability.rules.capture import ErrorBehaviour
from traceability.rules.event_hash import namespaces_of
from traceability.schemas.epcis import errors_of
from traceability.schemas.epcis_events import EVENTS
from traceability.schemas.quick import quick
from traceability.services import capture

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = {
    *("ValidationException", "QueryValidationException", "QueryParameterException", "SecurityException"),
    *("SubscriptionControlsException", "NoSuchNameException", "NotAcceptableException"),
    *("ResourceAlreadyExistsException", "CaptureLimitExceededException", "QueryTooLargeException"),
    *("QueryTooComplexException", "URITooLongException", "UnsupportedMediaTypeException"),
    "ImplementationException",
}
PATHS = (
    "",
    "capture",
    "events",
    "eventTypes",
    "epcs",
    "bizSteps",
    "bizLocations",
    "readPoints",
    "dispositions",
)


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


def check(answer: Any) -> None:
    """Want an answer, or a refusal in the words of the standard."""
    assert answer.status_code < 500, answer.text
    assert answer.headers["GS1-EPCIS-Version"] == "2.0.0"
    if answer.status_code >= 400:
        status, kind = problem(answer)
        assert (status, kind in KINDS) == (answer.status_code, True)
        assert answer.get_json()["title"]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["urn:epc:id:sscc:9506000.0000000001", "2026-11-19T20:00:00+08:00", "ADD", "a\u0000b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*EVENTS["ObjectEvent"].fields, "parentID", "childEPCs", "inputEPCList", "example:x"])
events = st.one_of(
    st.tuples(st.sampled_from([*GOOD, SENSED, LOTS]), st.dictionaries(names, values, max_size=2)).map(
        lambda pair: pair[0] | pair[1]
    ),
    values,
)


@FUZZ
@given(st.lists(events, max_size=3), st.sampled_from(["rollback", "proceed"]), st.booleans())
@example([told(example_unknown=1)], "rollback", False)
@example([told(quantityList=[{"epcClass": "urn:x:1", "quantity": 10**400}])], "proceed", False)
@example([told(quantityList=[{"epcClass": "urn:x:1", "quantity": 1e300, "uom": "TNE"}])], "proceed", False)
@example([told(eventTime="0001-01-01T00:00:00+14:00")], "proceed", False)
@example([told(epcList=["urn:x:" + "长" * 190])], "rollback", False)
@example([told(eventID="urn:x:" + "y" * 300)], "rollback", False)
@example([told(bizStep="https://a.example/" + "y" * 300)], "rollback", False)
@example([told() | {"example:x": "nul \u0000 in it"}], "rollback", False)
@example([told() | {"example:" + "x" * 300: "y" * 5_000}], "rollback", False)
def test_no_document_breaks_the_door(
    client: FlaskClient, who: dict[str, str], sent: list[Any], behaviour: str, rehearse: bool
) -> None:
    headers = who | {"GS1-Capture-Error-Behaviour": behaviour}
    address = f"/epcis/capture{'?rehearse=true' if rehearse else ''}"
    answer = client.post(address, json=document(*sent), headers=headers)
    check(answer)
    if answer.status_code == 202:
        assert client.get(answer.headers["Location"], headers=who).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": 1' + b"0" * 5_000 + b"}",
        b'"\\ud800"',
        json.dumps(document(told() | {"example:x": "\\u0000"})).replace("\\\\", "\\").encode(),
        json.dumps(document(told() | {"example:x": "\\ud800"})).replace("\\\\", "\\").encode(),
        json.dumps(document() | {"@context": [CONTEXT[0], {"a": {"b": 1}, "c": 1}]}).encode(),
        json.dumps(document() | {"epcisHeader": {"epcisMasterData": 1}}).encode(),
        json.dumps(document() | {"epcisBody": {"eventList": {"a": 1}}}).encode(),
    ],
)
def test_no_body_breaks_the_door(client: FlaskClient, who: dict[str, str], body: bytes) -> None:
    headers = who | {"Content-Type": "application/json"}
    for path in ("capture", "events", "queries", "queries/none/subscriptions"):
        check(client.post(f"/epcis/{path}", data=body, headers=headers))


def test_an_event_that_is_nested_too_deeply_is_refused(client: FlaskClient, who: dict[str, str]) -> None:
    deep: Any = 1
    for _ in range(60):
        deep = {"example:x": deep}
    answer = client.post("/epcis/capture", json=document(told() | {"example:x": deep}), headers=who)
    assert problem(answer) == (400, "ValidationException")


parameters = st.dictionaries(
    st.sampled_from([query[1:].split("=")[0] for query in CASES if query])
    | st.sampled_from(["perPage", "nextPageToken", "orderBy", "orderDirection", "maxEventCount"])
    | st.sampled_from(
        ["HASATTR_readPoint", "EQATTR_bizLocation_cbvmda:site", "EQ_ATTR_epcClass_a:b", "LT_time"]
    )
    | st.text(max_size=12),
    st.text(max_size=12)
    | st.sampled_from(["true", "ADD", "example:sugar", "5", "1e308", "-1", "NaN", "inf", "9" * 400])
    | st.sampled_from(
        ["2026-11-19T20:00:00Z", "0001-01-01T00:00:00+14:00", "urn:epc:idpat:sgtin:9506000.*.*"]
    )
    | st.sampled_from(
        ["WzEsIDEsIDFd", "W05hTiwgMSwgMV0", "WzFlMzA4LCA5ZTk5LCAxXQ", "https://id.gs1.org/00/1"]
    ),
    max_size=3,
)


@FUZZ
@given(st.sampled_from(PATHS), parameters)
@example("events", {"nextPageToken": "WzFlMTgsIDEsIDFd"})
@example("events", {"nextPageToken": "WzEsIDFlMzAsIDFd", "orderBy": "example:sugar"})
@example("capture", {"nextPageToken": "9" * 30})
@example("capture", {"nextPageToken": "abc"})
@example("events", {"EQ_example:seal": "A\u0000"})
@example("events", {"GE_example:sugar": "9" * 400})
@example("queries", {"nextPageToken": "\u0000"})
def test_no_question_breaks_the_door(
    client: FlaskClient, who: dict[str, str], path: str, asked: dict[str, str]
) -> None:
    check(client.get(f"/epcis/{path}", query_string=asked, headers=who))


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "events/none",
        "capture/none",
        "queries/none",
        "bizSteps/none",
        "queries/none/events",
        "epcs/%00",
    ],
)
def test_what_is_not_there_is_said_in_the_words_of_the_standard(
    client: FlaskClient, who: dict[str, str], path: str
) -> None:
    answer = client.get(f"/epcis/{path}", headers=who)
    if "%00" in path:
        assert answer.status_code == 404
    else:
        assert problem(answer) == (404, "NoSuchNameException")


ALLOWED = {
    "": "OPTIONS, GET",
    "capture": "OPTIONS, GET, POST",
    "capture/x": "OPTIONS, GET",
    "events": "OPTIONS, GET, POST",
    "events/x": "OPTIONS, GET",
    "bizSteps": "OPTIONS, GET",
    "bizSteps/x": "OPTIONS, GET",
    "bizSteps/x/events": "OPTIONS, GET",
    "queries": "OPTIONS, GET, POST",
    "queries/x": "OPTIONS, GET, DELETE",
    "queries/x/events": "OPTIONS, GET",
    "queries/x/subscriptions": "OPTIONS, GET, POST",
    "queries/x/subscriptions/y": "OPTIONS, GET, DELETE",
    "nextPageToken/x": "OPTIONS, DELETE",
}


@pytest.mark.parametrize(("path", "allowed"), ALLOWED.items())
def test_each_address_says_what_may_be_done_there_and_refuses_the_rest(
    client: FlaskClient, who: dict[str, str], path: str, allowed: str
) -> None:
    asked = client.options(f"/epcis/{path}")
    assert (asked.status_code, asked.headers["Allow"]) == (204, allowed)
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(allowed.split(", ")):
        refused = client.open(f"/epcis/{path}", method=method, headers=who)
        assert (problem(refused)[0], refused.headers["Allow"]) == (405, allowed)


def test_asking_for_the_head_alone_changes_nothing(client: FlaskClient, who: dict[str, str]) -> None:
    client.post("/epcis/queries", json={"name": "mine", "query": {}}, headers=who)
    asked = {"dest": "http://127.0.0.1:9/hook", "stream": True}
    made = client.post("/epcis/queries/mine/subscriptions", json=asked, headers=who).headers["Location"]
    for path in ("capture", "events", "queries", "queries/mine", "queries/mine/subscriptions"):
        answer = client.head(f"/epcis/{path}", headers=who)
        assert (answer.status_code, answer.data) == (200, b""), path
    assert client.head(made, headers=who).status_code == 200
    assert client.get(made, headers=who).status_code == 200
    assert client.get("/epcis/queries/mine", headers=who).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "application/json"}, 200),
        ({"Accept": "application/ld+json"}, 200),
        ({"Accept": "application/*;q=0.5"}, 200),
        ({"Accept": "*/*"}, 200),
        ({"Accept": "text/html, application/xml;q=0.9, */*;q=0.1"}, 200),
        ({"Accept": "application/xml"}, 406),
        ({"Accept": "application/json;q=0"}, 406),
        ({"GS1-EPCIS-Min": "2.0", "GS1-EPCIS-Max": "2.0.0"}, 200),
        ({"GS1-EPCIS-Min": "2.0.1"}, 406),
        ({"GS1-EPCIS-Version": "1.2"}, 406),
        ({"GS1-CBV-Min": "3"}, 406),
        ({"GS1-CBV-Max": "new"}, 406),
        ({"GS1-EPC-Format": "Always_EPC_URN"}, 200),
        ({"GS1-EPC-Format": "always"}, 406),
    ],
)
def test_what_is_spoken_is_agreed_at_every_address(
    client: FlaskClient, who: dict[str, str], headers: dict[str, str], status: int
) -> None:
    for path in ("", "capture", "events", "bizSteps", "queries"):
        answer = client.get(f"/epcis/{path}", headers=who | headers)
        assert answer.status_code == status
        if status == 406:
            assert problem(answer) == (406, "NotAcceptableException")
        elif "ld+json" in headers.get("Accept", ""):
            assert answer.mimetype == "application/ld+json"


def test_too_much_at_once_is_refused_by_events_by_octets_and_by_address(
    client: FlaskClient, who: dict[str, str]
) -> None:
    many = client.post("/epcis/capture", json=document(*[told()] * 2_001), headers=who)
    assert problem(many) == (413, "CaptureLimitExceededException")
    large = document(told() | {"example:x": "y" * 8_000_001})
    assert problem(client.post("/epcis/capture", json=large, headers=who)) == (
        413,
        "CaptureLimitExceededException",
    )
    long = client.get(f"/epcis/events?EQ_bizStep={'x' * 8_000}", headers=who)
    assert problem(long) == (414, "URITooLongException")
    csv = client.post("/epcis/events", data="a,b", headers=who | {"Content-Type": "text/csv"})
    assert problem(csv) == (415, "UnsupportedMediaTypeException")
    assert problem(client.delete("/epcis/nextPageToken/abc", headers=who)) == (501, "ImplementationException")


def test_the_quick_answer_is_the_schemas_own() -> None:
    for event in [*GOOD, *(event for event, _ in BAD)]:
        kind = str(event.get("type"))
        if kind in EVENTS:
            assert quick(EVENTS[kind])(event) is not bool(EVENTS[kind].validate(event))


@settings(max_examples=300, deadline=None)
@given(events)
def test_what_is_quickly_taken_the_schema_takes_too(event: Any) -> None:
    namespaces = namespaces_of(CONTEXT)
    wrong = errors_of(event, namespaces)
    kind = str(event.get("type")) if isinstance(event, dict) else ""
    if kind in EVENTS and quick(EVENTS[kind])(event):
        assert EVENTS[kind].validate(event) == {}
    if wrong:
        assert all(wrong.values())


def test_the_same_document_from_two_programs_at_once_is_kept_once(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        market = make_party(uow, PartyKind.MARKET)
        make_source(uow, market)
    together = Barrier(3)

    def send(_number: int) -> int:
        together.wait(60)
        with real_db.unit_of_work(actor_of(market)) as uow:
            sent = [told(), told(eventID=None, bizStep="loading")]
            job = capture.capture(uow, sent, namespaces_of(CONTEXT), ErrorBehaviour.PROCEED)
            return len(job.report["errors"])

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(send, range(3))) == [0, 2, 2]
    with real_db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 2
