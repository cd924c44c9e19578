"""How the EPCIS door speaks: headers, versions, media types, problems and formats of names.

Source: EPCIS 2.0, 12 (REST binding) and its OpenAPI document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, request
from flask.typing import ResponseReturnValue

from supplychain.kernel import clock, errors
from supplychain.kernel.permissions import Permission
from supplychain.kernel.web import endpoint
from traceability.rules.capture import CAPTURE_LIMIT, FILE_LIMIT
from traceability.services.capture import EPCIS_CONTEXT

VERSION = "2.0.0"
FORMATS = frozenset({"No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates"})
LONGEST_ADDRESS = 8_000
JSON_TYPES = ("application/json", "application/ld+json")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ALL_HEADERS = {
    "GS1-EPCIS-Version": VERSION,
    "GS1-EPCIS-Min": VERSION,
    "GS1-EPCIS-Max": VERSION,
    "GS1-CBV-Version": VERSION,
    "GS1-CBV-Min": VERSION,
    "GS1-CBV-Max": VERSION,
    "GS1-Vendor-Version": "supplychain-epcis/1.0",
}
_CAPTURE_HEADERS = {
    "GS1-EPCIS-Capture-Limit": str(CAPTURE_LIMIT),
    "GS1-EPCIS-Capture-File-Size-Limit": str(FILE_LIMIT),
    "GS1-Capture-Error-Behaviour": "rollback, proceed",
}
_DISCOVERY = _CAPTURE_HEADERS | {
    "GS1-EPC-Format": "No_Preference, Always_GS1_Digital_Link, Always_EPC_URN, Never_Translates",
    "GS1-Extensions": "cbvmda=urn:epcglobal:cbv:mda:,supplychain=urn:supplychain:ns:",
}
_NUMBERS = re.compile(r"\d+(?:\.\d+){0,2}", re.ASCII)


class EpcisError(Exception):
    """What the door refuses, as the standard calls it."""

    def __init__(self, status: int, kind: str, detail: str, reasons: Mapping[str, str] | None = None) -> None:
        """Keep what the problem document says; `reasons` are by the path of a field."""
        super().__init__(detail)
        self.status, self.kind, self.detail, self.reasons = status, kind, detail, reasons or {}
        self.headers: dict[str, str] = {}


_TITLES = {
    "ValidationException": "The document is not valid",
    "QueryParameterException": "A query parameter cannot be understood",
    "QueryValidationException": "The query is not valid",
    "SecurityException": "Not allowed",
    "SubscriptionControlsException": "The subscription cannot be controlled so",
    "NoSuchNameException": "There is no such resource",
    "NotAcceptableException": "Not in that form",
    "ResourceAlreadyExistsException": "It exists already",
    "CaptureLimitExceededException": "More than one capture may hold",
    "QueryTooLargeException": "More than was allowed is found",
    "URITooLongException": "The address is too long",
    "UnsupportedMediaTypeException": "Not a format that is taken here",
    "ImplementationException": "Something broke on our side",
}
_KINDS: Sequence[tuple[type[errors.DomainError], int, str]] = (
    (errors.Unauthenticated, 401, "SecurityException"),
    (errors.Forbidden, 403, "SecurityException"),
    (errors.NotFound, 404, "NoSuchNameException"),
    (errors.TooLarge, 413, "QueryTooLargeException"),
    (errors.Conflict, 409, "ResourceAlreadyExistsException"),
    (errors.Busy, 503, "ImplementationException"),
)


def problem(error: EpcisError) -> Response:
    """Answer with problem+json."""
    document: dict[str, Any] = {
        "type": f"epcisException:{error.kind}",
        "title": _TITLES[error.kind],
        "status": error.status,
        "detail": error.detail,
    }
    if error.reasons:
        document["errors"] = [{"path": path, "reason": reason} for path, reason in error.reasons.items()]
    response = Response(json.dumps(document, ensure_ascii=False), error.status, error.headers)
    response.mimetype = "application/problem+json"
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def on_domain_error(error: errors.DomainError) -> Response:
    """Answer what the trade refuses, in the names of the standard."""
    for kind, status, name in _KINDS:
        if isinstance(error, kind):
            return problem(EpcisError(status, name, str(error)))
    return problem(EpcisError(400, "ValidationException", str(error)))


def add_headers(response: Response) -> Response:
    """Put the versions on every answer of the door."""
    for name, value in _ALL_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def discovery(allow: Sequence[str]) -> Response:
    """Answer OPTIONS: what may be done, and every header that tells what this server can."""
    response = Response(status=204, headers=_DISCOVERY)
    response.headers["Allow"] = ", ".join(allow)
    return response


def check_request() -> None:
    """Refuse versions, forms and lengths that cannot be met: 406 and 414."""
    if len(request.full_path) > LONGEST_ADDRESS:
        raise EpcisError(414, "URITooLongException", f"At most {LONGEST_ADDRESS} characters.")
    for name in ("EPCIS", "CBV"):
        _check_version(name)
    if request.headers.get("Accept") and request.accept_mimetypes.best_match(JSON_TYPES) is None:
        raise EpcisError(
            406, "NotAcceptableException", "Answers are application/ld+json or application/json."
        )
    form = request.headers.get("GS1-EPC-Format")
    if form is not None and form not in FORMATS:
        raise EpcisError(
            406, "NotAcceptableException", f"GS1-EPC-Format is one of {', '.join(sorted(FORMATS))}."
        )


def check_method(allow: Sequence[str]) -> None:
    """Refuse with 405 what may not be done here; HEAD goes with GET."""
    if request.method in allow or (request.method == "HEAD" and "GET" in allow):
        return
    error = EpcisError(405, "ValidationException", f"{request.method} is not possible here.")
    error.headers["Allow"] = ", ".join(allow)
    raise error


def _check_version(name: str) -> None:
    ours = _parts(VERSION)
    least, most = (request.headers.get(f"GS1-{name}-{end}") for end in ("Min", "Max"))
    exact = request.headers.get(f"GS1-{name}-Version")
    for text in (least, most, exact):
        if text is not None and _NUMBERS.fullmatch(text) is None:
            raise EpcisError(406, "NotAcceptableException", f"{text} is no version.")
    too_new = least is not None and _parts(least) > ours
    too_old = most is not None and _parts(most) < ours
    other = exact is not None and _parts(exact)[:2] != ours[:2]
    if too_new or too_old or other:
        raise EpcisError(406, "NotAcceptableException", f"This server speaks {name} {VERSION}.")


def _parts(text: str) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in text.split("."))
    return numbers + (0,) * (3 - len(numbers))


def extensions() -> dict[str, str]:
    """Return the prefixes that the caller declares."""
    pairs = (part.partition("=") for part in request.headers.get("GS1-Extensions", "").split(","))
    return {name.strip(): uri.strip() for name, _, uri in pairs if name.strip() and uri.strip()}


def body() -> Any:
    """Return the JSON that was sent; 415 for another format, 413 for too much, 400 for what is no JSON."""
    if request.mimetype not in JSON_TYPES:
        raise EpcisError(
            415, "UnsupportedMediaTypeException", "Send application/ld+json or application/json."
        )
    if (request.content_length or 0) > FILE_LIMIT:
        raise EpcisError(413, "CaptureLimitExceededException", f"At most {FILE_LIMIT} octets.")
    try:
        text = request.get_data().decode()
        document = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise EpcisError(400, "ValidationException", f"This is no JSON: {error}") from error
    if _ESCAPED.search(text) and not _is_storable(document):
        raise EpcisError(400, "ValidationException", "A text holds NUL or half a character.")
    return document


_ESCAPED = re.compile(r"\\u0000|\\u[dD][89a-fA-F]", re.ASCII)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _is_storable(document: Any) -> bool:
    """Tell whether databases take every text: NUL and lone surrogates they refuse."""
    try:
        return "\\u0000" not in json.dumps(document, ensure_ascii=False).encode().decode()
    except UnicodeEncodeError:
        return False


def parameters() -> dict[str, str]:
    """Return the query string, a value for each name; QueryParameterException for a name given twice."""
    pairs = parse_qsl(request.query_string.decode(errors="replace"), keep_blank_values=True)
    if any("\0" in text for pair in pairs for text in pair):
        raise EpcisError(400, "QueryParameterException", "A parameter holds NUL.")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise EpcisError(
            400, "QueryParameterException", "Several values stand in one parameter, with | between."
        )
    return found


def answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON in the form that was asked for."""
    response = Response(json.dumps(document, ensure_ascii=False), status, headers)
    response.mimetype = request.accept_mimetypes.best_match(JSON_TYPES) or JSON_TYPES[0]
    return response


def collection(members: Sequence[Any], following: str = "") -> Response:
    """Answer with a collection; the token leads to the next page."""
    response = answer({"@context": EPCIS_CONTEXT, "type": "Collection", "member": list(members)})
    return paged(response, following)


def query_document(
    events: Sequence[Mapping[str, Any]], following: str = "", name: str = "SimpleEventQuery", **more: str
) -> Response:
    """Answer with the events that a query found."""
    return paged(answer(document_of(events, name, **more)), following)


def document_of(events: Sequence[Mapping[str, Any]], name: str, **more: str) -> dict[str, Any]:
    """Return the query document of some events."""
    results = {"queryName": name, **more, "resultsBody": {"eventList": list(events)}}
    return {
        "@context": [
            EPCIS_CONTEXT,
            {"supplychain": "urn:supplychain:ns:", "cbvmda": "urn:epcglobal:cbv:mda:"},
        ],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": clock.now().isoformat(timespec="milliseconds"),
        "epcisBody": {"queryResults": results},
    }


def paged(response: Response, following: str) -> Response:
    """Lead to the next page, if there is one."""
    if following:
        query = {**dict(request.args), "nextPageToken": following}
        query.setdefault("perPage", "30")
        response.headers["Link"] = f'<{request.base_url}?{urlencode(query)}>; rel="next"'
        expires = clock.now() + timedelta(days=1)
        response.headers["GS1-Next-Page-Token-Expires"] = expires.isoformat(timespec="seconds")
    return response


def page_wanted() -> tuple[str, int]:
    """Return after which name a list goes on, and how many names are wanted."""
    given = parameters()
    count = given.get("perPage", "30")
    if not (count.isascii() and count.isdigit() and 0 < int(count) < 10**6):
        raise EpcisError(400, "QueryParameterException", "perPage is a whole number above nothing.")
    return given.get("nextPageToken", ""), min(int(count), 1_000)


def permitted(
    allow: Sequence[str], permission: Permission
) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]:
    """Let a view answer OPTIONS by discovery and everything else to those who hold the permission."""

    def decorate(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        guarded = endpoint.permit(permission)(view)

        @wraps(view)
        def answered(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            check_request()
            check_method(allow)
            return discovery(allow) if request.method == "OPTIONS" else guarded(*args, **kwargs)

        answered.permission = permission  # type: ignore[attr-defined]  # read by the conformance test
        return answered

    return decorate
