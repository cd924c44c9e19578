"""The EPCIS 2.0 door under `/epcis`: capture, events, what events know, queries by name.

For integrators
---------------
* Sign in with a bearer token of your party; an operator agrees a source of events with it first.
* `POST /epcis/capture` takes a document, `POST /epcis/events` one event. `?rehearse=true` on the first does
  nothing and answers with what each event would do, or why nothing would be kept.
  `GS1-Capture-Error-Behaviour: proceed` keeps the good events of a document with bad ones; the job that
  `Location` names tells which were bad and why.
* `GET /epcis/events` takes the parameters of EPCIS 2.0, 8.2.7, alternatives with `|` between. Names match by
  identity: an EPC URN finds a Digital Link. Measures are compared across units (CEL, KEL, FAH).
* Master data in `epcisHeader.epcisMasterData` replaces what you said of an element before; `WD_…`,
  `HASATTR_…` and `EQATTR_<field>_<attribute>` (or `EQ_ATTR_…`) ask each event by that of who told it.
* Single items that you ship or sell (`shipping`, `retail_selling`, SGTINs, your place) mark their codes,
  as far as your events are believed.
* Pages follow the `Link` header; a token lives as long as the events.
* `GS1-EPC-Format: Always_EPC_URN` translates only the names of parties whose company prefix we know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from supplychain.kernel.errors import DomainError
from supplychain.kernel.web import endpoint
from traceability.api import epcis_answers as answers
from traceability.api.epcis_answers import EpcisError, permitted
from traceability.permissions import BATCH_READ
from traceability.queries import capture as captures
from traceability.queries import epcis as found
from traceability.rules.capture import CAPTURE_LIMIT, ErrorBehaviour
from traceability.rules.epcis_query import EventQuery, QueryParameterError, parse
from traceability.rules.event_hash import Namespaces
from traceability.schemas import epcis as shape
from traceability.schemas.epcis_master import elements_of
from traceability.services import capture as capturing
from traceability.services import named_query
from traceability.services.capture import Problem

bp = Blueprint("epcis", __name__, url_prefix="/epcis")
bp.register_error_handler(EpcisError, answers.problem)
bp.register_error_handler(DomainError, answers.on_domain_error)
bp.after_request(answers.add_headers)

TOP = ("queries", "capture", "events", *found.TOPS)
READ, LIST, FULL = ("OPTIONS", "GET"), ("OPTIONS", "GET", "POST"), ("OPTIONS", "GET", "DELETE")


View = Callable[..., ResponseReturnValue]


def route(path: str) -> Callable[[View], View]:
    """Return the decorator of a view, which says itself what may be done there.

    Names in paths hold slashes, which must stay as they are.
    """
    options: dict[str, Any] = {"provide_automatic_options": False, "merge_slashes": False}
    return bp.route(path, methods=answers.METHODS, **options)


@bp.errorhandler(HTTPException)
def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer what HTTP refuses, in the names of the standard."""
    kinds = {404: "NoSuchNameException", 413: "CaptureLimitExceededException", 414: "URITooLongException"}
    code = error.code or 500
    fallback = "ValidationException" if code < 500 else "ImplementationException"
    response = answers.problem(EpcisError(code, kinds.get(code, fallback), error.description or ""))
    if "Allow" in error.get_response().headers:
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


@route("/")
@permitted(READ, BATCH_READ)
def root() -> Response:
    """Name what is here."""
    return answers.collection(TOP)


@route("/capture")
@permitted(LIST, BATCH_READ)
def capture() -> Response:
    """List the caller's jobs, or take a document."""
    if request.method != "POST":
        after, per_page = answers.page_wanted()
        page = captures.jobs(endpoint.session(), endpoint.actor(), after, per_page)
        return answers.collection([job.as_json() for job in page.jobs], page.following)
    return _captured(answers.body())


def _captured(document: Any) -> Response:
    events, namespaces, elements = _events(document)
    good, problems = _sorted_out(events, namespaces)
    behaviour = _behaviour()
    if problems and behaviour is ErrorBehaviour.ROLLBACK:
        reasons = {problem.event_id: problem.detail for problem in problems}
        raise EpcisError(400, "ValidationException", "The document holds events that are not valid.", reasons)
    if request.args.get("rehearse") == "true":
        return _rehearsed(good, namespaces, behaviour, problems)
    with endpoint.unit_of_work() as uow:
        job = capturing.capture(uow, good, namespaces, behaviour, problems, elements)
        code = job.code
    return Response(status=202, headers={"Location": f"{request.base_url}/{code}"})


def _rehearsed(
    good: list[Any], namespaces: Namespaces, behaviour: ErrorBehaviour, problems: list[Problem]
) -> Response:
    with endpoint.unit_of_work() as uow:
        report = capturing.rehearse(uow, good, namespaces, behaviour, problems)
    told = [
        {"eventID": taken.event_id, "outcome": taken.outcome.value, "note": taken.note}
        for taken in report.taken
    ]
    return answers.answer(
        {
            "rehearsal": True,
            "success": not report.problems,
            "captureErrorBehaviour": behaviour.value,
            "events": told,
            "errors": [problem.as_json() for problem in report.problems],
        }
    )


def _events(document: Any) -> tuple[list[Any], Namespaces, list[Any]]:
    try:
        events, namespaces = shape.events_of(document)
        elements = elements_of(document)
    except ValidationError as error:
        raise EpcisError(
            400, "ValidationException", "This is no EPCIS 2.0 document.", shape.reasons(error)
        ) from error
    if len(events) > CAPTURE_LIMIT:
        raise EpcisError(413, "CaptureLimitExceededException", f"At most {CAPTURE_LIMIT} events at once.")
    return events, namespaces, elements


def _sorted_out(events: list[Any], namespaces: Namespaces) -> tuple[list[Any], list[Problem]]:
    """Return the events that are valid, and the problems of the others, each by path."""
    good, problems = [], []
    for place, event in enumerate(events):
        wrong = shape.errors_of(event, namespaces)
        if not wrong:
            good.append(event)
        for path, reason in wrong.items():
            where = f"epcisBody.eventList.{place}.{path}".rstrip(".")
            problems.append(Problem("ValidationException", 400, "The event is not valid", reason, where))
    return good, problems


def _behaviour() -> ErrorBehaviour:
    text = request.headers.get("GS1-Capture-Error-Behaviour", "rollback")
    try:
        return ErrorBehaviour(text)
    except ValueError as error:
        raise EpcisError(
            400, "ValidationException", "GS1-Capture-Error-Behaviour is rollback or proceed."
        ) from error


@route("/capture/<code>")
@permitted(READ, BATCH_READ)
def capture_job(code: str) -> Response:
    """Tell what became of a document."""
    return answers.answer(captures.job(endpoint.session(), endpoint.actor(), code).as_json())


@route("/events")
@permitted(LIST, BATCH_READ)
def events() -> Response:
    """Find events, or take one."""
    if request.method != "POST":
        return _found(_query(answers.parameters()))
    event = answers.body()
    try:
        namespaces = shape.namespaces_of_event(event)
    except ValidationError as error:
        raise EpcisError(400, "ValidationException", "Not an event.", shape.reasons(error)) from error
    wrong = shape.errors_of(event, namespaces)
    if wrong:
        raise EpcisError(400, "ValidationException", "The event is not valid.", wrong)
    with endpoint.unit_of_work() as uow:
        taken = capturing.take_one(uow, event, namespaces)
    return Response(status=201, headers={"Location": f"{request.base_url}/{quote(taken.event_id, safe='')}"})


@route("/events/<path:event_id>")
@permitted(READ, BATCH_READ)
def event(event_id: str) -> Response:
    """Return one event, and the declaration that it is wrong."""
    if event_id.startswith("ni:/") and request.query_string:
        event_id = f"{event_id}?{request.query_string.decode()}"
    return answers.query_document(found.one(endpoint.session(), endpoint.actor(), event_id))


def _query(parameters: Mapping[str, Any], **fixed: Any) -> EventQuery:
    try:
        return parse({**parameters, **fixed}, answers.extensions())
    except QueryParameterError as error:
        raise EpcisError(400, "QueryParameterException", str(error)) from error


def _found(query: EventQuery, name: str = "SimpleEventQuery") -> Response:
    page = found.find(endpoint.session(), endpoint.actor(), query)
    return answers.query_document(
        captures.in_format(endpoint.session(), page.events, request.headers.get("GS1-EPC-Format", "")),
        page.following,
        name,
    )


@route("/<any(eventTypes,epcs,bizSteps,bizLocations,readPoints,dispositions):top>")
@permitted(READ, BATCH_READ)
def names(top: str) -> Response:
    """List what events have been about, at, in."""
    after, per_page = answers.page_wanted()
    page = found.names(endpoint.session(), endpoint.actor(), top, after, per_page)
    return answers.collection(page.names, page.following)


_VALUE = "/<any(eventTypes,epcs,bizSteps,bizLocations,readPoints,dispositions):top>/<path:value>"


@route(_VALUE)
@permitted(READ, BATCH_READ)
def name(top: str, value: str) -> Response:
    """Tell what there is of a value: its events; or those events themselves."""
    if value.endswith("/events"):
        return _events_of(top, value.removesuffix("/events"))
    if not found.is_known(endpoint.session(), endpoint.actor(), top, value):
        raise EpcisError(404, "NoSuchNameException", f"No event knows {value}.")
    return answers.collection(["events"])


def _events_of(top: str, value: str) -> Response:
    query = _query(answers.parameters())
    return _found(captures.narrowed(query, found.clause_of(top, value)))


@route("/queries")
@permitted(LIST, BATCH_READ)
def queries() -> Response:
    """List the queries that have names, or name one."""
    if request.method != "POST":
        after, per_page = answers.page_wanted()
        page = captures.queries(endpoint.session(), endpoint.actor(), after, per_page)
        return answers.collection([row.as_json() for row in page.rows], page.following)
    given = answers.body()
    if not isinstance(given, dict) or set(given) != {"name", "query"} or not isinstance(given["query"], dict):
        raise EpcisError(400, "QueryValidationException", "A query has a name and a query, and no more.")
    if not isinstance(given["name"], str) or not 0 < len(given["name"]) <= 120:
        raise EpcisError(400, "QueryValidationException", "The name is a text of at most 120 characters.")
    _query(given["query"])
    with endpoint.unit_of_work() as uow:
        named_query.keep(uow, given["name"], given["query"])
    return Response(status=201, headers={"Location": f"{request.base_url}/{quote(given['name'], safe='')}"})


@route("/queries/<query_name>")
@permitted(FULL, BATCH_READ)
def query(query_name: str) -> Response:
    """Return a query by its name, or forget it."""
    if request.method != "DELETE":
        return answers.answer(captures.query(endpoint.session(), endpoint.actor(), query_name).as_json())
    with endpoint.unit_of_work() as uow:
        named_query.forget(uow, query_name)
    return Response(status=204)


@route("/queries/<query_name>/events")
@permitted(READ, BATCH_READ)
def query_events(query_name: str) -> Response:
    """Return what a named query finds now."""
    row = captures.query(endpoint.session(), endpoint.actor(), query_name)
    paging = {
        key: value for key, value in answers.parameters().items() if key in {"perPage", "nextPageToken"}
    }
    return _found(_query(row.query, **paging), query_name)


@route("/nextPageToken/<path:token>")
@permitted(("OPTIONS", "DELETE"), BATCH_READ)
def next_page_token(token: str) -> Response:
    """Tell that there is nothing to give up: a token holds all that it stands for."""
    raise EpcisError(501, "ImplementationException", "Nothing is kept for a token; it ends by itself.")


@route("/<path:rest>")
def nothing(rest: str) -> Response:
    """Say in the words of the standard that there is no such place."""
    raise EpcisError(404, "NoSuchNameException", "There is no such resource.")
