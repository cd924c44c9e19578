"""Spreadsheets by page and by API: export, template, upload, preview, apply, for every list alike."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from sqlalchemy import and_, delete, or_, select

from supplychain.kernel.errors import Invalid, NotFound, Unauthenticated
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.sheets import importing, writer
from supplychain.kernel.sheets.columns import columns_of
from supplychain.kernel.sheets.importing import Report
from supplychain.kernel.sheets.models import ImportDraft
from supplychain.kernel.sheets.sheet import Sheet
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint as ApiBlueprint
from supplychain.kernel.web.openapi import QueryShape

blueprint = Blueprint("sheets", __name__, url_prefix="/sheets")
api = ApiBlueprint("sheets_api", __name__, url_prefix="/api/v1/sheets", description="Spreadsheets in and out")

BAD_ROWS_SHOWN = 200
DRAFT_LIFE = timedelta(days=1)
FILE = {"schema": {"type": "string", "format": "binary"}}


@blueprint.before_request
def ask_who() -> ResponseReturnValue | None:
    """Let only people through who are signed in; each sheet names its own permission."""
    return endpoint.ask_to_sign_in() if endpoint.identity() is None else None


@blueprint.get("/<kind>.<any(xlsx, csv):suffix>")
def export(kind: str, suffix: str) -> ResponseReturnValue:
    """Send the list as a spreadsheet that can be read back."""
    sheet = _readable(kind)
    return _file(sheet, suffix, request.args)


@blueprint.get("/<kind>/template.xlsx")
def template(kind: str) -> ResponseReturnValue:
    """Send an empty spreadsheet to fill in."""
    sheet = _writable(kind)
    return _attachment(writer.template(sheet), writer.XLSX, f"{kind}-template.xlsx")


@blueprint.get("/<kind>")
def upload_page(kind: str) -> ResponseReturnValue:
    """Ask for a file, and say what it should look like."""
    sheet = _writable(kind)
    return render_template(
        "kernel/import.html", sheet=sheet, columns=columns_of(sheet), report=None, token="", problem=None
    )


@blueprint.post("/<kind>")
def upload(kind: str) -> ResponseReturnValue:
    """Look at a file and show what it would do; nothing stays but the file itself."""
    sheet = _writable(kind)
    try:
        filename, content = _upload()
        report = _run(sheet, filename, content, apply=False)
    except Invalid as error:
        page = render_template(
            "kernel/import.html",
            sheet=sheet,
            columns=columns_of(sheet),
            report=None,
            token="",
            problem=error.text,
        )
        return page, 422
    token = secrets.token_urlsafe(24)
    with endpoint.unit_of_work() as uow:
        before = and_(ImportDraft.created_by == uow.actor.user_id, ImportDraft.kind == kind)
        forgotten = ImportDraft.created_at < uow.now - DRAFT_LIFE
        uow.session.execute(delete(ImportDraft).where(or_(before, forgotten)))
        uow.session.add(
            ImportDraft(
                token=token,
                kind=kind,
                filename=filename,
                content=content,
                created_by=uow.actor.user_id,
                created_at=uow.now,
            )
        )
    return _preview(sheet, report, token)


@blueprint.post("/<kind>/apply")
def apply(kind: str) -> ResponseReturnValue:
    """Take in the file that was looked at: all of it, or its good rows when that was asked for."""
    sheet = _writable(kind)
    draft = endpoint.session().scalar(
        select(ImportDraft).where(
            ImportDraft.token == request.form.get("token", ""), ImportDraft.kind == kind
        )
    )
    if draft is None or draft.created_by != endpoint.actor().user_id:
        raise NotFound(N_("This file was taken in already, or another one was handed in since."))
    partly = request.form.get("rows") == "good"
    report = _run(sheet, draft.filename, draft.content, apply=True, good_rows_only=partly)
    if not report.applied:
        return _preview(sheet, report, draft.token)
    with endpoint.unit_of_work() as uow:
        uow.session.execute(delete(ImportDraft).where(ImportDraft.token == draft.token))
    flash(gettext(N_("Taken in: %(good)s rows."), good=report.good), "done")
    return redirect(url_for("sheets.upload_page", kind=kind), 303)


class ImportIn(QueryShape):
    """How an import by API is meant."""

    apply = fields.Flag("Apply", load_default=False)
    good_rows_only = fields.Flag("Good rows only", load_default=False)


class BadRowOut(Shape):
    """A row that cannot be taken in."""

    number = fields.Count("Row")
    reasons = fields.Words("Reasons")


class ReportOut(Shape):
    """What an import did, or would do."""

    applied = fields.Flag("Applied")
    created = fields.Count("Created")
    updated = fields.Count("Updated")
    unchanged = fields.Count("Unchanged")
    bad = fields.Lines(BadRowOut, "Bad rows")
    ignored = fields.Words("Ignored headers")


@api.route("/<string:kind>")
class Import(MethodView):
    """Spreadsheets by API: the body of the request is the file itself."""

    @api.doc(requestBody={"required": True, "content": {writer.XLSX: FILE, "text/csv": FILE}})
    @api.arguments(ImportIn, location="query")
    @api.response(200, ReportOut)
    def post(self, wanted: dict[str, bool], kind: str) -> dict[str, Any]:
        """Preview a spreadsheet, or take it in with `apply=true`; the body is the xlsx or csv."""
        sheet = _writable(kind)
        name = f"{kind}.csv"
        report = _run(
            sheet, name, request.get_data(), apply=wanted["apply"], good_rows_only=wanted["good_rows_only"]
        )
        return {
            "applied": report.applied,
            **{outcome.value: number for outcome, number in report.counts.items()},
            "bad": [{"number": row.number, "reasons": _reasons(row)} for row in report.bad],
            "ignored": ", ".join(report.ignored),
        }

    @api.doc(responses={200: {"description": "The spreadsheet", "content": {writer.XLSX: FILE}}})
    def get(self, kind: str) -> ResponseReturnValue:
        """Export the list as xlsx."""
        return _file(_readable(kind), "xlsx", {})


def _run(sheet: Sheet, filename: str, content: bytes, *, apply: bool, good_rows_only: bool = False) -> Report:
    who = endpoint.actor()
    endpoint.close_session()
    return importing.run(
        endpoint.web().database, sheet, who, filename, content, apply=apply, good_rows_only=good_rows_only
    )


def _preview(sheet: Sheet, report: Report, token: str) -> ResponseReturnValue:
    page = render_template(
        "kernel/import.html",
        sheet=sheet,
        columns=columns_of(sheet),
        report=report,
        shown=report.bad[:BAD_ROWS_SHOWN],
        token=token,
        problem=None,
    )
    return page, 422 if report.bad else 200


def _upload() -> tuple[str, bytes]:
    file = request.files.get("file")
    content = file.read() if file else b""
    if file is None or not content:
        raise Invalid(N_("Choose a file first."))
    return PurePath(file.filename or "file").name[:200], content


def _sheet(kind: str) -> Sheet:
    if endpoint.identity() is None:
        raise Unauthenticated(N_("Sign in, or send a token."))
    sheet = endpoint.suite().sheets.get(kind)
    if sheet is None:
        raise NotFound(N_("There is no spreadsheet of this kind."))
    return sheet


def _writable(kind: str) -> Sheet:
    sheet = _sheet(kind)
    endpoint.actor().require(sheet.write)
    if sheet.load is None:
        raise NotFound(N_("This list can be exported but not imported."))
    return sheet


def _readable(kind: str) -> Sheet:
    sheet = _sheet(kind)
    endpoint.actor().require(sheet.read)
    if sheet.rows is None:
        raise NotFound(N_("This list can be imported but not exported."))
    return sheet


def _file(sheet: Sheet, suffix: str, filters: Any) -> Response:
    if sheet.rows is None:
        abort(404)
    rows = sheet.rows(endpoint.session(), endpoint.actor(), dict(filters))
    if suffix == "csv":
        return _attachment(writer.csv_text(sheet, rows), writer.CSV, f"{sheet.kind}.csv")
    return _attachment(writer.xlsx(sheet, rows), writer.XLSX, f"{sheet.kind}.xlsx")


def _attachment(content: bytes, media_type: str, filename: str) -> Response:
    disposition = {"Content-Disposition": f"attachment; filename={filename}"}
    return Response(content, mimetype=media_type, headers=disposition)


def _reasons(row: importing.BadRow) -> str:
    return "; ".join(f"{gettext(label)}: {reason}" if label else str(reason) for label, reason in row.reasons)
