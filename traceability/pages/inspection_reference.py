"""Pages of the references behind inspections: residue limits, and the days that are worked or not."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from catalog.rules import FAMILIES
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.permissions import BATCH_READ, INSPECTION_REFERENCE_WRITE
from traceability.queries import inspection_reference as references
from traceability.queries.inspection_reference import LimitRow
from traceability.rules.farm import EVERYTHING
from traceability.rules.inspection import bound_words
from traceability.schemas.inspection import DayFilterIn, DayIn, LimitFilterIn, LimitIn
from traceability.services import inspection_reference as services
from traceability.services.inspection_reference import PutDay, PutLimit

bp = Blueprint("inspection_reference_pages", __name__, template_folder="../templates")


def _scope(row: LimitRow) -> str:
    """Return what a limit counts for: a family by its name, a code or scientific name as it is."""
    families = {family.value: name for family, name in FAMILIES.items()}
    names = {EVERYTHING: N_("All crops and animals")} | families
    return gettext(names[row.scope]) if row.scope in names else row.scope


def _yes_no(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [("true", gettext(N_("Yes"))), ("false", gettext(N_("No")))]


LIMITS = ListPage(
    title=N_("Residue limits"),
    filter=LimitFilterIn,
    query=lambda session, actor, wanted: references.limits(session, wanted),
    columns=(
        Column("analyte", N_("Tested for"), sort="analyte", lead=True),
        Column("limit", N_("Limit"), value=lambda row: bound_words(row.limit)),
        Column("scope", N_("Counts for"), value=_scope, sort="scope"),
        Column("valid_from", N_("Valid from"), "day", sort="valid_from"),
        Column("valid_to", N_("Valid to"), "day"),
        Column("source", N_("Source")),
        Column("note", N_("To be looked up")),
    ),
    empty=N_("No limit fits. What goods may hold of each substance stands here with its standard."),
    actions=(Action(N_("Add a limit"), "inspection_reference_pages.limit_put", INSPECTION_REFERENCE_WRITE),),
    sheet="residue_limits",
    search=N_("Substance, crop or standard"),
)

DAYS = ListPage(
    title=N_("Working days"),
    filter=DayFilterIn,
    query=lambda session, actor, wanted: references.days(session, wanted),
    columns=(
        Column("day", N_("Calendar day"), "day", sort="day", lead=True),
        Column(
            "is_working",
            N_("Worked"),
            value=lambda row: gettext(N_("Worked weekend") if row.is_working else N_("Day off")),
        ),
        Column("name", N_("Name of the day")),
        Column("source", N_("Source")),
    ),
    empty=N_("Monday to Friday are worked. Holidays and worked weekends stand here as they are announced."),
    actions=(Action(N_("Add a day"), "inspection_reference_pages.day_put", INSPECTION_REFERENCE_WRITE),),
    sheet="moved_days",
    search=N_("Name or notice"),
    options={"is_working": _yes_no},
)


def _put_limit(uow: UnitOfWork, command: PutLimit) -> None:
    services.put_limit(uow, command)


def _put_day(uow: UnitOfWork, command: PutDay) -> None:
    services.put_day(uow, command)


PUT_LIMIT = FormPage(
    title=N_("Add a limit"),
    shape=LimitIn,
    act=_put_limit,
    then=lambda _: url_for("inspection_reference_pages.limit_list"),
    verb=N_("Save"),
)
PUT_DAY = FormPage(
    title=N_("Add a day"),
    shape=DayIn,
    act=_put_day,
    then=lambda _: url_for("inspection_reference_pages.day_list"),
    verb=N_("Save"),
    intro=N_("Deadlines that run already stay as they are."),
)


@bp.get("/residue-limits")
@endpoint.permit(BATCH_READ)
def limit_list() -> str:
    """List residue limits."""
    return LIMITS.render()


@bp.route("/residue-limits/new", methods=["GET", "POST"])
@endpoint.permit(INSPECTION_REFERENCE_WRITE)
def limit_put() -> ResponseReturnValue:
    """Add a limit."""
    return PUT_LIMIT.handle()


@bp.get("/working-days")
@endpoint.permit(BATCH_READ)
def day_list() -> str:
    """List holidays and worked weekends."""
    return DAYS.render()


@bp.route("/working-days/new", methods=["GET", "POST"])
@endpoint.permit(INSPECTION_REFERENCE_WRITE)
def day_put() -> ResponseReturnValue:
    """Add a day."""
    return PUT_DAY.handle()
