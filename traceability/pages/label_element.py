"""Pages of one element of a label design: its form with a preview, and taking it off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.labelling import check
from supplychain.base.labelling.design import KINDS, Design, Kind
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema.base import load
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.forms import FormPage, nested
from traceability.labels import batch as facts
from traceability.labels import file
from traceability.models.label import LabelDesign
from traceability.pages import label_faults as faults
from traceability.permissions import LABEL_WRITE
from traceability.queries import label as designs
from traceability.queries.label import DesignRow
from traceability.rules.label import VOCABULARY
from traceability.schemas.label import SHAPES
from traceability.services import label as services

bp = Blueprint("label_elements_pages", __name__, template_folder="../templates")

ID = "<int(max=9223372036854775807):design_id>"
PLACE = "<int(max=99):place>"


def _fields(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [(name, gettext(field.label)) for name, field in VOCABULARY.fields.items()]


def _contents(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [(name, gettext(content.label)) for name, content in VOCABULARY.contents.items()]


@bp.route(f"/label-designs/{ID}/elements/new", methods=["GET", "POST"])
@endpoint.permit(LABEL_WRITE)
def element_new(design_id: int) -> ResponseReturnValue:
    """Add an element of the kind that the address names."""
    kind = _kind(endpoint.query_text("kind"))
    row = designs.mine(endpoint.session(), endpoint.actor(), design_id)
    return _element_form(row, kind, None, {})


@bp.route(f"/label-designs/{ID}/elements/{PLACE}", methods=["GET", "POST"])
@endpoint.permit(LABEL_WRITE)
def element(design_id: int, place: int) -> ResponseReturnValue:
    """Change an element."""
    row = designs.mine(endpoint.session(), endpoint.actor(), design_id)
    found = services.element_at(row.design, place)
    return _element_form(row, found.kind, place, asdict(found))


@bp.post(f"/label-designs/{ID}/preview")
@endpoint.permit(LABEL_WRITE)
def preview(design_id: int) -> str:
    """Show what a design would look like with the element that somebody is typing; nothing is kept."""
    session, actor = endpoint.session(), endpoint.actor()
    row = designs.mine(session, actor, design_id)
    place = request.args.get("place", None, int)
    values = nested(request.form)
    sent = {name: value for name, value in values.items() if not name.startswith("_")}
    try:
        typed = load(SHAPES[_kind(endpoint.query_text("kind"))](), sent, text=True)
        wanted = services.with_element(row.design, place, typed)
        check.require(wanted, VOCABULARY)
    except Invalid as error:
        found = [text for texts in error.fields.values() for text in texts]
        return _fragment(file.shown(row.design, facts.sample()), found)
    return _fragment(file.shown(wanted, facts.sample(), typed), [])


@bp.post(f"/label-designs/{ID}/elements/{PLACE}/drop")
@endpoint.permit(LABEL_WRITE)
def drop(design_id: int, place: int) -> ResponseReturnValue:
    """Take an element off."""
    return documents.perform(
        lambda uow: services.drop_element(uow, design_id, place),
        done=N_("Taken off the label."),
        to="label_designs_pages.design",
        design_id=design_id,
    )


def _fragment(shown: file.Shown, problems: list[Any]) -> str:
    return render_template("traceability/label_preview.html", shown=shown, problems=problems)


def _kind(text: str) -> Kind:
    if text not in {kind.value for kind in Kind}:
        raise NotFound(N_("There is no such element on the label."))
    return Kind(text)


def _element_form(
    row: DesignRow, kind: Kind, place: int | None, values: Mapping[str, Any]
) -> ResponseReturnValue:
    where: dict[str, Any] = {"kind": kind.value} | ({} if place is None else {"place": place})
    form = FormPage(
        title=KINDS[kind],
        shape=SHAPES[kind],
        about=(services.DOCUMENT, row.id),
        act=partial(_put, row.design, row.id, place),
        then=lambda row: url_for("label_designs_pages.design", design_id=row.id),
        verb=N_("Save"),
        options={
            "field": _fields,
            "only_if": _fields,
            "facts.field": _fields,
            "content": _contents,
        },
        defaults=lambda session, actor: values,
        template="traceability/label_element.html",
    )
    return form.handle(
        design=row,
        preview_url=url_for("label_elements_pages.preview", design_id=row.id, **where),
        shown=file.shown(row.design, facts.sample(), None if place is None else row.design.elements[place]),
        problems=[],
    )


def _put(before: Design, design_id: int, place: int | None, uow: UnitOfWork, typed: Any) -> LabelDesign:
    at = len(before.elements) if place is None else place
    return faults.told(before, f"elements.{at}.", lambda: services.put_element(uow, design_id, place, typed))
