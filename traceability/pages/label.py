"""Pages of label designs: the list, one with its preview, and a form for each part of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.labelling.design import (
    DOTS,
    KINDS,
    STOCK_KINDS,
    SYMBOLOGIES,
    AnyElement,
    Code,
    Facts,
    Label,
    Stock,
    Text,
)
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_, Listed, gettext
from supplychain.kernel.i18n import Text as Message
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema.base import load
from supplychain.kernel.units import MM
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.labels import batch as facts
from traceability.labels import file
from traceability.models.label import LabelDesign
from traceability.pages import label_faults as faults
from traceability.permissions import BATCH_REGISTER, LABEL_WRITE
from traceability.queries import batch as batches
from traceability.queries import label as designs
from traceability.queries.label import DesignRow
from traceability.rules.label import VOCABULARY, LabelFormat
from traceability.schemas.label import (
    CopyIn,
    DesignFilterIn,
    DesignIn,
    DesignOut,
    ImportIn,
    NameIn,
    StockIn,
)
from traceability.services import label as services

bp = Blueprint("label_designs_pages", __name__, template_folder="../templates")

ID = "<int(max=9223372036854775807):design_id>"
PLACE = "<int(max=99):place>"


def _url(row: Any) -> str:
    return url_for("label_designs_pages.design", design_id=row.id)


def _size(row: DesignRow) -> str:
    stock = row.design.stock
    return f"{MM.short(stock.label_width)} × {MM.short(stock.label_height)} mm"


def _whose(row: DesignRow) -> str:
    return row.owner_name or gettext(N_("The house's"))


def _first(row: DesignRow) -> str:
    words = ((row.for_boxes, N_("Box labels")), (row.for_items, N_("Item labels")))
    return str(Listed([Message(word) for is_first, word in words if is_first]))


def _yes_no(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [("true", gettext(N_("Yes"))), ("false", gettext(N_("No")))]


def _fields(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [(name, gettext(field.label)) for name, field in VOCABULARY.fields.items()]


def _contents(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [(name, gettext(content.label)) for name, content in VOCABULARY.contents.items()]


DESIGNS = ListPage(
    title=N_("Label designs"),
    filter=DesignFilterIn,
    query=designs.page,
    columns=(
        Column("name", N_("Name"), sort="name", lead=True),
        Column("size", N_("Size of the label"), value=_size),
        Column("printer", N_("Printer"), value=lambda row: gettext(DOTS[row.design.stock.dots])),
        Column("owner_name", N_("Whose"), value=_whose, sort="own"),
        Column("first", N_("First choice for"), value=_first),
        Column("changed_at", N_("Changed at"), "moment", sort="changed_at"),
    ),
    empty=N_("No design fits. Copy one of the house's and change it."),
    row_url=_url,
    actions=(Action(N_("Load a design"), "label_designs_pages.load_design", LABEL_WRITE, "upload"),),
    search=N_("Name"),
    options={"own": _yes_no},
)


@bp.get("/label-designs")
@endpoint.permit(BATCH_REGISTER)
def design_list() -> str:
    """List label designs."""
    return DESIGNS.render()


@bp.get(f"/label-designs/{ID}")
@endpoint.permit(BATCH_REGISTER)
def design(design_id: int) -> str:
    """Show a design with a preview, of a batch if one is chosen."""
    session, actor = endpoint.session(), endpoint.actor()
    row = designs.one(session, actor, design_id)
    return documents.render(
        _document(row, actor),
        "traceability/label_design.html",
        row=row,
        lines=[_line(at, element) for at, element in enumerate(row.design.elements)],
        shown=file.shown(row.design, _label(session, actor)),
        warnings=[faults.about(row.design, one.path, one.text) for one in row.warnings],
        kinds=KINDS,
        may_change=_may_change(row, actor),
        batches=batches.choices(session, actor),
        chosen=endpoint.query_text("batch"),
    )


@bp.get(f"/label-designs/{ID}.json")
@endpoint.permit(BATCH_REGISTER)
def saved(design_id: int) -> Response:
    """Send a design as a file, to be loaded elsewhere."""
    row = designs.one(endpoint.session(), endpoint.actor(), design_id)
    kept = {name: value for name, value in DesignOut().dump(row).items() if name in DesignIn().fields}
    text = json.dumps(kept | {"for_boxes": False, "for_items": False}, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f"attachment; filename=label-design-{design_id}.json"}
    return Response(text, mimetype="application/json", headers=headers)


@bp.route("/label-designs/load", methods=["GET", "POST"])
@endpoint.permit(LABEL_WRITE)
def load_design() -> ResponseReturnValue:
    """Load a design that was saved as a file."""
    form = FormPage(
        title=N_("Load a design"),
        shape=ImportIn,
        act=lambda uow, said: services.add(uow, _parsed(said.document)),
        then=_url,
        verb=N_("Load"),
        intro=N_("Paste what was saved from another design page. The API takes the same."),
    )
    return form.handle()


@bp.route(f"/label-designs/{ID}/copy", methods=["GET", "POST"])
@endpoint.permit(LABEL_WRITE)
def copy(design_id: int) -> ResponseReturnValue:
    """Make an own design from one that may be seen."""
    row = designs.one(endpoint.session(), endpoint.actor(), design_id)
    form = FormPage(
        title=N_("Copy this design"),
        shape=CopyIn,
        act=lambda uow, said: services.copy(uow, row.id, said.name),
        then=_url,
        verb=N_("Copy"),
        intro=N_("The copy is yours to change; the first one stays as it is."),
        defaults=lambda session, actor: {"name": f"{row.name[:56]} 2"},
    )
    return form.handle()


@bp.route(f"/label-designs/{ID}/name", methods=["GET", "POST"])
@endpoint.permit(LABEL_WRITE)
def name(design_id: int) -> ResponseReturnValue:
    """Rename a design, or make it the first choice."""
    row = designs.mine(endpoint.session(), endpoint.actor(), design_id)
    form = FormPage(
        title=N_("Name and use"),
        shape=NameIn,
        about=(services.DOCUMENT, row.id),
        act=lambda uow, said: services.name(uow, row.id, said),
        then=_url,
        verb=N_("Save"),
        defaults=lambda session, actor: NameIn().dump(row),
    )
    return form.handle()


@bp.route(f"/label-designs/{ID}/stock", methods=["GET", "POST"])
@endpoint.permit(LABEL_WRITE)
def stock(design_id: int) -> ResponseReturnValue:
    """Change what a design is printed on."""
    row = designs.mine(endpoint.session(), endpoint.actor(), design_id)
    form = FormPage(
        title=N_("Paper and printer"),
        shape=StockIn,
        about=(services.DOCUMENT, row.id),
        act=partial(_put_stock, row),
        then=_url,
        verb=N_("Save"),
        defaults=lambda session, actor: asdict(row.design.stock),
    )
    return form.handle()


@bp.post(f"/label-designs/{ID}/remove")
@endpoint.permit(LABEL_WRITE)
def remove(design_id: int) -> ResponseReturnValue:
    """Throw a design away."""
    designs.mine(endpoint.session(), endpoint.actor(), design_id)
    return documents.perform(
        lambda uow: services.remove(uow, design_id),
        done=N_("The design is thrown away."),
        to="label_designs_pages.design_list",
    )


@bp.get(f"/label-designs/{ID}/calibration.<any(pdf, zpl):suffix>")
@endpoint.permit(BATCH_REGISTER)
def calibration(design_id: int, suffix: str) -> Response:
    """Print a page with rulers, to see whether the printer keeps the millimetres."""
    row = designs.one(endpoint.session(), endpoint.actor(), design_id)
    made = file.calibration(row.design.stock, LabelFormat(suffix))
    shown = "inline" if made.suffix == "pdf" else "attachment"
    disposition = f"{shown}; filename=calibration-{design_id}.{made.suffix}"
    return Response(made.content, mimetype=made.mimetype, headers={"Content-Disposition": disposition})


@dataclass(frozen=True, slots=True)
class _Line:
    """An element as the table of a design shows it."""

    kind: str
    says: str
    place: str
    size: str
    only_if: str


def _line(at: int, found: AnyElement) -> _Line:
    only = VOCABULARY.fields.get(found.only_if)
    return _Line(
        kind=KINDS[found.kind],
        says=_says(found),
        place=f"{MM.short(found.x)} / {MM.short(found.y)}",
        size=f"{MM.short(found.width)} × {MM.short(found.height)}",
        only_if=gettext(only.label) if only else "",
    )


def _says(found: AnyElement) -> str:
    match found:
        case Text():
            return found.literal or gettext(VOCABULARY.fields[found.field].label)
        case Facts():
            return str(Listed([Message(VOCABULARY.fields[one.field].label) for one in found.facts]))
        case Code():
            content = gettext(VOCABULARY.contents[found.content].label)
            return f"{gettext(SYMBOLOGIES[found.symbology])} · {content}"
        case _:
            return ""


def _label(session: Session, actor: Actor) -> Label:
    """Return what the preview says: a batch of one's own when the address names one."""
    number = endpoint.query_text("batch")
    if not number:
        return facts.sample()
    row = batches.mine(session, actor, number)
    return facts.of_batch(session, row, [None], endpoint.web().settings.base_url)[0]


def _parsed(text: str) -> services.PutDesign:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid.at("document", N_("This is no JSON document.")) from None
    if not isinstance(document, Mapping):
        raise Invalid.at("document", N_("This is no JSON document."))
    found: services.PutDesign = load(DesignIn(), document)
    return found


def _put_stock(row: DesignRow, uow: UnitOfWork, typed: Stock) -> LabelDesign:
    return faults.told(row.design, "stock.", lambda: services.change_stock(uow, row.id, typed))


def _may_change(row: DesignRow, actor: Actor) -> bool:
    return actor.may(LABEL_WRITE) and (
        actor.sees_all or (row.owner_id == actor.party_id and not row.is_house)
    )


def _document(row: DesignRow, actor: Actor) -> Document:
    found = row.design.stock
    page = f"{MM.short(found.page_width)} × {MM.short(found.page_height)}"
    papers = [Paper(N_("Calibration page"), _calibration(row, "pdf"))]
    if found.dots_per_mm:
        papers.append(Paper(N_("Calibration page, ZPL"), _calibration(row, "zpl")))
    papers.append(Paper(N_("Save as a file"), url_for("label_designs_pages.saved", design_id=row.id)))
    return Document(
        kind=services.DOCUMENT,
        id=row.id,
        number=row.name,
        title=N_("Label designs"),
        list_endpoint="label_designs_pages.design_list",
        subtitle=_whose(row),
        facts=(
            Fact(N_("Size of the label"), _size(row)),
            Fact(N_("Kind of stock"), gettext(STOCK_KINDS[found.kind])),
            Fact(N_("Page"), page, unit="mm"),
            Fact(N_("Labels on a page"), f"{found.columns} × {found.rows}"),
            Fact(N_("Printer"), gettext(DOTS[found.dots])),
            Fact(N_("First choice for"), _first(row)),
        ),
        acts=_acts(row, actor),
        papers=tuple(papers),
    )


def _calibration(row: DesignRow, suffix: str) -> str:
    return url_for("label_designs_pages.calibration", design_id=row.id, suffix=suffix)


def _acts(row: DesignRow, actor: Actor) -> tuple[Act, ...]:
    to = partial(url_for, design_id=row.id)
    is_own = _may_change(row, actor)
    copy_it = Act(
        N_("Copy this design"),
        to("label_designs_pages.copy"),
        LABEL_WRITE,
        posts=False,
        primary=not is_own,
        icon="plus",
    )
    if not is_own:
        return (copy_it,)
    why_not = Message(N_("It came with the suite.")) if row.key else ""
    return (
        Act(
            N_("Paper and printer"), to("label_designs_pages.stock"), LABEL_WRITE, posts=False, icon="printer"
        ),
        Act(N_("Name and use"), to("label_designs_pages.name"), LABEL_WRITE, posts=False, icon="edit"),
        copy_it,
        Act(
            N_("Throw away"),
            to("label_designs_pages.remove"),
            LABEL_WRITE,
            why_not,
            danger=True,
            icon="trash",
        ),
    )
