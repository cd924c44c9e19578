"""What a consumer tells the producer: a plain form behind the page of a batch, and the case it opens."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from supplychain.kernel import clock, i18n
from supplychain.kernel.errors import DomainError, Invalid, TooMany
from supplychain.kernel.schema.base import load
from supplychain.kernel.web import endpoint, problems
from traceability.public import frame
from traceability.queries import feedback as cases
from traceability.queries import look as looking
from traceability.queries.look import Found
from traceability.rules.code import visitor_of
from traceability.rules.feedback import CASE, FEEDBACK_KINDS
from traceability.schemas.feedback import FeedbackIn
from traceability.services import feedback

bp = Blueprint("tell", __name__, template_folder="../templates")


@bp.route("/tell/<gtin>/<lot>", methods=["GET", "POST"])
@bp.route("/tell/<gtin>/<lot>/<serial>", methods=["GET", "POST"])
def tell(gtin: str, lot: str, serial: str | None = None) -> ResponseReturnValue:
    """Take what a consumer tells of a batch or an item."""
    with i18n.using(frame.language()):
        found = looking.find(endpoint.web().database, gtin, lot, serial)
        if found is None or found.lot is None:
            return frame.unknown()
        if request.method == "GET":
            return _form(found, 200)
        return _taken(found, found.lot.id)


@bp.get("/tell/<token>")
def told(token: str) -> ResponseReturnValue:
    """Show what became of a case, to whoever was given its address."""
    with i18n.using(frame.language()):
        case = cases.of_sender(endpoint.session(), token)
        if case is None:
            return frame.unknown()
        state = str(CASE.label(case.state))
        return _private(frame.written("traceability/consumer_told.html", case=case, state=state), 200)


def _taken(found: Found, batch_id: int) -> ResponseReturnValue:
    given = {name: request.form.get(name, "") for name in FeedbackIn().fields}
    code_id = found.code.id if found.code else None
    try:
        wanted = load(FeedbackIn(), given, text=True)
        with endpoint.unit_of_work() as uow:
            token = feedback.open_case(uow, batch_id, code_id, _visitor(), wanted).token
    except (Invalid, TooMany) as error:
        return _form(found, problems.status_of(error), given, error)
    return redirect(url_for("tell.told", token=token, lang=i18n.locale()), 303)


def _visitor() -> str:
    """Return who writes, by address alone: a browser's name is too easily changed."""
    return visitor_of(str(current_app.secret_key), clock.today(), request.remote_addr or "", "")


def _form(
    found: Found, status: int, given: dict[str, str] | None = None, error: DomainError | None = None
) -> Response:
    rows: dict[str, Any] = {
        "found": found,
        "kinds": FEEDBACK_KINDS,
        "given": given or dict.fromkeys(FeedbackIn().fields, ""),
        "error": str(error) if error else "",
        "wrong": problems.messages(error) if error else {},
    }
    return _private(frame.written("traceability/consumer_tell.html", **rows), status)


def _private(page: str, status: int) -> Response:
    """Return a page that is meant for one reader: nobody keeps it."""
    response = frame.answer(page, status)
    response.headers["Cache-Control"] = "private, no-store"
    for name in ("ETag", "Link"):
        response.headers.pop(name, None)
    return response
