"""The page on which a batch is seen among those that it came from and became."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.schema.base import load
from supplychain.kernel.units import KG
from supplychain.kernel.web import endpoint
from traceability import pictures
from traceability.permissions import BATCH_READ
from traceability.pictures import Arrow, Box
from traceability.queries import batch as batches
from traceability.queries import genealogy
from traceability.queries.genealogy import Node, Tree
from traceability.rules.batch import BATCH, ORIGINS
from traceability.schemas.genealogy import DIRECTIONS, TreeIn

bp = Blueprint("genealogy_pages", __name__, template_folder="templates")


@bp.get("/batches/<number>/genealogy")
@endpoint.permit(BATCH_READ)
def tree(number: str) -> str:
    """Show where a batch comes from and what it became."""
    session, actor = endpoint.session(), endpoint.actor()
    row = batches.one(session, actor, number)
    asked = {name: text for name, text in request.args.items() if name == "direction"}
    wanted = load(TreeIn(), asked, text=True)
    found = genealogy.tree(session, actor, row.id, wanted.direction)
    kept = pictures.nearest(row.id, _arrows(found))
    return render_template(
        "traceability/genealogy.html",
        batch=row,
        tree=found,
        levels=found.levels(),
        picture=_picture(found, kept),
        undrawn=len(found.nodes) - len(kept),
        origins=genealogy.origins(session, actor, row.id),
        direction=wanted.direction,
        directions=DIRECTIONS,
        kinds=ORIGINS,
        states=BATCH.labels,
    )


def _picture(found: Tree, kept: set[int]) -> str:
    boxes = [_box(node, found.start_id) for node in found.nodes.values() if node.id in kept]
    title = gettext(
        N_("%(batches)s batches, %(links)s connections; the table below says the same."),
        batches=len(found.nodes),
        links=len(found.links),
    )
    return pictures.genealogy(boxes, _arrows(found), found.levels(), title)


def _arrows(found: Tree) -> list[Arrow]:
    return [Arrow(link.parent_id, link.child_id, link.grams_out) for link in found.links]


def _box(node: Node, start_id: int) -> Box:
    if node.is_hidden:
        told = (f"{KG.short(node.grams)} kg", "")
        return Box(node.id, gettext(N_("Elsewhere")), told, "", is_start=False, is_alarm=False)
    where = node.plot or node.site_name
    mass = f"{KG.short(node.grams)} kg"
    said = f"{mass} · {gettext(N_('On hold'))}" if node.is_held else f"{mass} · {where}"
    return Box(
        node.id,
        node.number,
        (node.name, said),
        url_for("genealogy_pages.tree", number=node.number),
        is_start=node.id == start_id,
        is_alarm=node.is_held,
    )
