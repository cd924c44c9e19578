"""One table from what went wrong to HTTP: problem+json for programs, a page for people."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError

from supplychain.kernel import errors
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.web.endpoint import is_machine

STATUS: dict[type[errors.DomainError], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.Refused: 409,
    errors.Conflict: 409,
    errors.Stale: 409,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Busy: 503,
    errors.DomainError: 400,
}

TITLES = {
    400: N_("This request cannot be understood"),
    401: N_("Please sign in"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("This cannot be done here"),
    409: N_("Not possible now"),
    413: N_("Too large"),
    415: N_("Not a format that is taken here"),
    422: N_("Some fields need another look"),
    429: N_("Too many tries"),
    500: N_("Something broke on our side"),
    503: N_("Just now there is too much to do"),
}

_log = logging.getLogger(__name__)


def status_of(error: errors.DomainError) -> int:
    """Return the HTTP status of a domain error, by the nearest class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def install(app: Flask) -> None:
    """Answer every error in the reader's form and language."""
    app.register_error_handler(errors.DomainError, on_domain_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_fault)


def on_domain_error(error: errors.DomainError) -> Response:
    """Answer what the trade refuses."""
    response = _respond(status_of(error), error.code, str(error), messages(error))
    if isinstance(error, errors.TooMany | errors.Busy):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def on_http_error(error: HTTPException) -> Response:
    """Answer what HTTP refuses, keeping Allow, Retry-After and the like."""
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]  # a redirect, as Flask makes it
    original = error.get_response()
    fields = getattr(error, "data", None) or {}
    response = _respond(error.code, "http", gettext(TITLES.get(error.code, "")), fields.get("messages", {}))
    for name, value in original.headers.items():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def on_fault(error: Exception) -> Response:
    """Answer our own fault without detail; the log has it."""
    _log.exception("%s %s failed", request.method, request.path, exc_info=error)
    if current_app.testing:
        raise error
    return on_http_error(InternalServerError())


def messages(error: errors.DomainError) -> dict[str, list[str]]:
    """Return an error's messages by field, in the reader's language."""
    return {
        name: [str(text) if isinstance(text, Text) else gettext(text) for text in texts]
        for name, texts in error.fields.items()
    }


def _respond(status: int, code: str, detail: str, fields: dict[str, Any]) -> Response:
    title = gettext(TITLES.get(status, TITLES[400]))
    if is_machine():
        document: dict[str, Any] = {
            "type": f"about:blank#{code}",
            "title": title,
            "status": status,
            "detail": detail,
        }
        if fields:
            document["errors"] = fields
        response = Response(current_app.json.dumps(document))
        response.mimetype = "application/problem+json"
    else:
        page = render_template(
            "kernel/problem.html", title=title, status=status, detail=detail, fields=fields
        )
        response = Response(page, mimetype="text/html")
    response.status_code = status
    return response
