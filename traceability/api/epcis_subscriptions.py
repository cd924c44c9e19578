"""Subscriptions at the EPCIS door: who hears by webhook what a named query finds.

A message is the query document, signed in `GS1-Signature`: HMAC-SHA256 of the body with the `signatureToken`,
in hexadecimal. It may come twice, under the same `Idempotency-Key`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request

from supplychain.kernel.outbox.reach import Reach, UnreachableError
from supplychain.kernel.web import endpoint
from traceability.api import epcis_answers as answers
from traceability.api.epcis import FULL, LIST, bp, route
from traceability.api.epcis_answers import EpcisError, permitted
from traceability.permissions import BATCH_READ
from traceability.queries import capture as captures
from traceability.rules.timetable import TimetableError, check
from traceability.services import subscription as services
from traceability.services.subscription import Subscribe

DOOR = bp
"""The whole door under `/epcis`, with its subscriptions."""
_KNOWN = frozenset({"dest", "signatureToken", "schedule", "stream", "reportIfEmpty", "initialRecordTime"})


@route("/queries/<query_name>/subscriptions")
@permitted(LIST, BATCH_READ)
def subscriptions(query_name: str) -> Response:
    """List the subscriptions to a query, or begin one."""
    if request.method != "POST":
        after, per_page = answers.page_wanted()
        page = captures.subscriptions(endpoint.session(), endpoint.actor(), query_name, after, per_page)
        return answers.collection([row.as_json() for row in page.rows], page.following)
    command = _asked(query_name, answers.body())
    with endpoint.unit_of_work() as uow:
        code = services.subscribe(uow, command)
    return Response(status=201, headers={"Location": f"{request.base_url}/{code}"})


@route("/queries/<query_name>/subscriptions/<code>")
@permitted(FULL, BATCH_READ)
def subscription(query_name: str, code: str) -> Response:
    """Return a subscription, or end it."""
    if request.method != "DELETE":
        row = captures.subscription(endpoint.session(), endpoint.actor(), query_name, code)
        return answers.answer(row.as_json())
    with endpoint.unit_of_work() as uow:
        services.end(uow, query_name, code)
    return Response(status=204)


def _asked(query_name: str, given: Any) -> Subscribe:
    if not isinstance(given, dict) or not given.keys() <= _KNOWN:
        raise EpcisError(400, "ValidationException", f"A subscription has {', '.join(sorted(_KNOWN))}.")
    dest, token = given.get("dest"), given.get("signatureToken", "")
    if not isinstance(dest, str):
        raise EpcisError(400, "ValidationException", "dest is an address.")
    if not isinstance(token, str) or len(token) > 200:
        raise EpcisError(400, "ValidationException", "signatureToken is a text of at most 200 characters.")
    timetable = _timetable(given)
    _check_reachable(dest)
    reports_nothing = given.get("reportIfEmpty", False)
    return Subscribe(query_name, dest, token, timetable, reports_nothing is True, _since(given))


def _check_reachable(dest: str) -> None:
    """Refuse a destination that no message could be sent to: one inside our nets, or without https."""
    try:
        Reach.of(endpoint.web().settings.webhook_hosts).check(dest)
    except UnreachableError as error:
        raise EpcisError(400, "ValidationException", f"dest: {error}") from error


def _timetable(given: dict[str, Any]) -> dict[str, str]:
    """Return the schedule, empty for a stream; exactly one of the two is wanted."""
    if (given.get("stream") is True) == ("schedule" in given):
        raise EpcisError(400, "SubscriptionControlsException", "Either a schedule or stream.")
    if "schedule" not in given:
        return {}
    schedule = given["schedule"]
    if not isinstance(schedule, dict):
        raise EpcisError(400, "SubscriptionControlsException", "The schedule is an object.")
    timetable = {str(name): str(text) for name, text in schedule.items()}
    try:
        check(timetable)
    except TimetableError as error:
        raise EpcisError(400, "SubscriptionControlsException", str(error)) from error
    return timetable


def _since(given: dict[str, Any]) -> datetime | None:
    if "initialRecordTime" not in given:
        return None
    try:
        since = datetime.fromisoformat(str(given["initialRecordTime"]))
    except ValueError as error:
        raise EpcisError(400, "ValidationException", "initialRecordTime is no instant.") from error
    if since.tzinfo is None:
        raise EpcisError(400, "ValidationException", "initialRecordTime has no offset.")
    return since
