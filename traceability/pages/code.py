"""Pages of codes on single items and of what consumers looked at."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from supplychain.kernel import i18n
from supplychain.kernel.i18n import N_
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.lists import Column, ListPage
from traceability.permissions import (
    CODE_WRITE,
)
from traceability.queries import batch as batches
from traceability.queries import code as codes
from traceability.queries import scan as scans
from traceability.rules.code import CODE
from traceability.schemas.code import CodeFilterIn, ScanFilterIn
from traceability.services import code as code_services

bp = Blueprint("codes_pages", __name__, template_folder="../templates")


def _name(row: Any) -> str:
    """Return an item's name for the reader."""
    return str(row.item_name_en if i18n.locale() == "en" else row.item_name_zh)


def _url(number: str) -> str:
    return url_for("batches_pages.batch", number=number)


CODES = ListPage(
    title=N_("Codes"),
    filter=CodeFilterIn,
    query=codes.page,
    columns=(
        Column("serial", N_("Serial"), sort="serial", lead=True),
        Column("state", N_("State"), labels=CODE.labels),
        Column("batch", N_("Batch")),
        Column("run", N_("Print run")),
        Column("ordinal", N_("Ordinal"), "count", sort="ordinal"),
        Column("made_at", N_("Made at"), "moment", sort="made_at"),
    ),
    empty=N_("Codes for single items stand here. Open a batch and make codes for it."),
    row_url=lambda row: row.path,
    sheet="codes",
    search=N_("Beginning of the serial"),
)

SCANS = ListPage(
    title=N_("Scans by consumers"),
    filter=ScanFilterIn,
    query=scans.page,
    columns=(
        Column("batch", N_("Batch"), sort="batch", lead=True),
        Column("item", N_("Product"), value=_name),
        Column("visitors", N_("Visits"), "count", sort="visitors", total=True),
        Column("looks", N_("Looks"), "count", sort="looks", total=True),
        Column("codes", N_("Codes seen"), "count", sort="codes"),
        Column("first_at", N_("First look"), "moment"),
        Column("last_at", N_("Last look"), "moment", sort="last_at"),
    ),
    empty=N_("As soon as somebody scans a code, it is counted here."),
    row_url=lambda row: _url(row.batch),
    sheet="scans",
    search=N_("Batch or product"),
)


@bp.post("/batches/<number>/codes/activate")
@endpoint.permit(CODE_WRITE)
def code_activate(number: str) -> ResponseReturnValue:
    """Activate all printed codes of a batch."""
    batch_id = batches.mine(endpoint.session(), endpoint.actor(), number).id
    return documents.perform(
        lambda uow: code_services.activate(uow, batch_id),
        done=N_("The codes are activated."),
        to="batches_pages.batch",
        number=number,
    )


@bp.get("/codes")
@endpoint.permit(CODE_WRITE)
def code_list() -> str:
    """List codes."""
    return CODES.render()


@bp.get("/scans")
@endpoint.permit(CODE_WRITE)
def scan_list() -> str:
    """List how often batches were looked at."""
    return SCANS.render()
