"""The API of label designs, and of labels as files."""

from __future__ import annotations

from flask import Response
from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.labels import printing
from traceability.permissions import BATCH_REGISTER, CODE_WRITE, LABEL_WRITE
from traceability.queries import label as designs
from traceability.queries.label import DesignFilter, DesignRow
from traceability.rules.label import LabelOf, Printing
from traceability.schemas.label import DesignFilterIn, DesignIn, DesignOut, PrintingIn
from traceability.services import label
from traceability.services.label import PutDesign

label_blp = Blueprint("label_api", __name__, url_prefix="/api/v1", description="Labels")

_ID = "<int(max=9223372036854775807):design_id>"


def _one(design_id: int) -> DesignRow:
    return designs.one(endpoint.session(), endpoint.actor(), design_id)


@label_blp.route("/label-designs")
class Designs(MethodView):
    """What labels look like."""

    @endpoint.permit(BATCH_REGISTER)
    @label_blp.arguments(DesignFilterIn, location="query")
    @label_blp.response(200, page_of(DesignOut))
    def get(self, wanted: DesignFilter) -> Page[DesignRow]:
        """List the house's designs and the own ones."""
        return designs.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(LABEL_WRITE)
    @label_blp.arguments(DesignIn)
    @label_blp.response(201, DesignOut)
    def post(self, wanted: PutDesign) -> DesignRow:
        """Keep a design. Lengths are millimetres, letters points, both as decimal texts."""
        with endpoint.unit_of_work() as uow:
            made = label.add(uow, wanted).id
        return _one(made)


@label_blp.route(f"/label-designs/{_ID}")
class OneDesign(MethodView):
    """One design."""

    @endpoint.permit(BATCH_REGISTER)
    @label_blp.response(200, DesignOut)
    def get(self, design_id: int) -> DesignRow:
        """Return a design."""
        return _one(design_id)

    @endpoint.permit(LABEL_WRITE)
    @label_blp.arguments(DesignIn)
    @label_blp.response(200, DesignOut)
    def put(self, wanted: PutDesign, design_id: int) -> DesignRow:
        """Change all of an own design."""
        with endpoint.unit_of_work() as uow:
            label.put(uow, design_id, wanted)
        return _one(design_id)

    @endpoint.permit(LABEL_WRITE)
    @label_blp.response(204)
    def delete(self, design_id: int) -> None:
        """Throw an own design away."""
        with endpoint.unit_of_work() as uow:
            label.remove(uow, design_id)


@label_blp.route("/batches/<string:number>/labels")
class Labels(MethodView):
    """Labels of a batch as a file."""

    @endpoint.permit(BATCH_REGISTER)
    @label_blp.arguments(PrintingIn, location="query")
    @label_blp.response(200, content_type="application/octet-stream")
    def get(self, wanted: Printing, number: str) -> Response:
        """Return labels for boxes or items: PDF, ZPL, a picture or drawing, or a zip of several."""
        actor = endpoint.actor()
        if wanted.of is LabelOf.ITEMS:
            actor.require(CODE_WRITE)
        base_url = endpoint.web().settings.base_url
        made = printing.labels_of(endpoint.session(), actor, number, wanted, base_url)
        return Response(made.content, mimetype=made.mimetype)
