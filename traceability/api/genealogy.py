"""The API of the genealogy: the tree around a batch, and all its events as one EPCIS document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Response
from flask.views import MethodView

from supplychain.kernel import clock
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint
from traceability.permissions import BATCH_READ
from traceability.queries import batch as batches
from traceability.queries import genealogy, journey
from traceability.schemas.genealogy import TreeIn, TreeOut, Wanted
from traceability.services.epcis import CONTEXT

genealogy_blp = Blueprint("genealogy_api", __name__, url_prefix="/api/v1/batches", description="Genealogy")


@genealogy_blp.route("/<string:number>/genealogy")
class Genealogy(MethodView):
    """What a batch came from and what it became."""

    @endpoint.permit(BATCH_READ)
    @genealogy_blp.arguments(TreeIn, location="query")
    @genealogy_blp.response(200, TreeOut)
    def get(self, wanted: Wanted, number: str) -> dict[str, Any]:
        """Return the batches around one, what went from which into which, and its origins by share."""
        session, actor = endpoint.session(), endpoint.actor()
        batch_id = batches.one(session, actor, number).id
        found = genealogy.tree(session, actor, batch_id, wanted.direction)
        return {
            "nodes": list(found.nodes.values()),
            "links": found.links,
            "origins": genealogy.origins(session, actor, batch_id),
        }


@genealogy_blp.route("/<string:number>/genealogy/events")
class GenealogyEvents(MethodView):
    """The events of all batches of a tree, as EPCIS 2.0."""

    @endpoint.permit(BATCH_READ)
    @genealogy_blp.response(200)
    def get(self, number: str) -> Response:
        """Return one EPCIS document with every event of the tree that the caller may see."""
        session, actor = endpoint.session(), endpoint.actor()
        batch_id = batches.one(session, actor, number).id
        found = genealogy.tree(session, actor, batch_id)
        shown = [key for key, node in found.nodes.items() if not node.is_hidden]
        events = journey.events_of(session, actor, shown)
        return Response(
            _document(events),
            mimetype="application/ld+json",
            headers={"Content-Disposition": f"attachment; filename=genealogy-{number}.json"},
        )


def _document(events: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield an EPCIS document piece by piece: a tree may have any number of events."""
    head = {
        "@context": list(CONTEXT),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": clock.now().isoformat(timespec="milliseconds"),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "epcisBody": {"eventList": ['
    for place, event in enumerate(events):
        yield ("," if place else "") + json.dumps(event, ensure_ascii=False)
    yield "]}}"
