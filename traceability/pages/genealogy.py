"""The page on which a batch is seen among those that it came from and became."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from flask import Blueprint, render_template, request, url_for

from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.schema.base import load
from supplychain.kernel.units import KG, PERCENT
from supplychain.kernel.web import endpoint
from traceability import pictures
from traceability.permissions import BATCH_READ
from traceability.pictures import Arrow, Box, Pill
from traceability.queries import batch as batches
from traceability.queries import genealogy
from traceability.queries.genealogy import Direction, Link, Node
from traceability.rules import folding, shares
from traceability.rules.folding import Asked, Fold, View
from traceability.rules.genealogy import WHOLE_BP
from traceability.schemas.genealogy import DIRECTIONS, SeenIn

bp = Blueprint("genealogy_pages", __name__, template_folder="templates")

PER_PAGE = 20
"""Lines of the table at a time."""
KEPT = 200
"""Keys in an address; of more the latest count."""


@dataclass(frozen=True, slots=True)
class Address:
    """The address of this page with what is seen of it."""

    number: str
    direction: Direction
    asked: Asked

    def __call__(self, page: int = 1, anchor: str | None = None) -> str:
        """Return the address of a page of the table, or of a place in the picture."""
        return url_for(
            "genealogy_pages.tree",
            number=self.number,
            direction=self.direction,
            open=_keys(self.asked.opened),
            fold=_keys(self.asked.folded),
            page=page if page > 1 else None,
            _anchor=anchor,
        )

    def open(self, key: int) -> str:
        """Return the address with a key unfolded."""
        return replace(self, asked=self.asked.open(key))(anchor=f"b{abs(key)}")

    def fold(self, key: int) -> str:
        """Return the address with a key folded."""
        return replace(self, asked=self.asked.fold(key))(anchor=f"b{abs(key)}")


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as the table shows it; `share_bp` is how much of the new batch came from the other."""

    parent: Node
    child: Node
    grams_in: int
    grams_out: int
    share_bp: int


@bp.get("/batches/<number>/genealogy")
@endpoint.permit(BATCH_READ)
def tree(number: str) -> str:
    """Show where a batch comes from and what it became."""
    session, actor = endpoint.session(), endpoint.actor()
    row = batches.one(session, actor, number)
    asked = {name: text for name, text in request.args.items() if name in SeenIn().fields}
    seen = load(SeenIn(), asked, text=True)
    address = Address(number, seen.direction, Asked(seen.opened, seen.folded))
    links = _in_order(genealogy.edges(session, row.id, seen.direction))
    near = folding.beside((link.parent_id, link.child_id) for link in links)
    view = folding.view(row.id, near, address.asked)
    part = links[(seen.page - 1) * PER_PAGE : seen.page * PER_PAGE]
    keys = set(view.columns) | {key for link in part for key in (link.parent_id, link.child_id)}
    nodes = genealogy.nodes(session, actor, row.id, links, keys)
    return render_template(
        "traceability/genealogy.html",
        batch=row,
        picture=_picture(view, nodes, links, address) if links else "",
        drawn=len(view.columns),
        count=len({abs(key) for key in near}),
        is_changed=bool(seen.opened or seen.folded),
        lines=[_line(link, nodes) for link in part],
        page=seen.page,
        pages=-(-len(links) // PER_PAGE),
        page_url=partial(address, anchor="links"),
        origins=genealogy.origins(session, actor, row.id),
        most=PER_PAGE,
        direction=seen.direction,
        directions=DIRECTIONS,
    )


def _in_order(links: Sequence[Link]) -> list[Link]:
    """Return the edges from the first batches to the last."""
    ends = [(link.parent_id, link.child_id) for link in links]
    level = shares.levels({key for pair in ends for key in pair}, ends)
    return sorted(links, key=lambda link: (level[link.parent_id], link.id))


def _keys(keys: Sequence[int]) -> str | None:
    return ",".join(map(str, keys[-KEPT:])) or None


def _line(link: Link, nodes: Mapping[int, Node]) -> Line:
    parent, child = nodes[link.parent_id], nodes[link.child_id]
    return Line(parent, child, link.grams_in, link.grams_out, _share(link, child))


def _share(link: Link, child: Node) -> int:
    """Return how much of a batch came along an edge, in 1/10 000, half up."""
    return min((2 * link.grams_out * WHOLE_BP + child.grams) // (2 * child.grams), WHOLE_BP)


def _picture(view: View, nodes: Mapping[int, Node], links: Sequence[Link], address: Address) -> str:
    boxes = [_box(nodes[key], is_start=not column) for key, column in view.columns.items()]
    drawn = [link for link in links if link.parent_id in view.columns and link.child_id in view.columns]
    arrows = [Arrow(link.parent_id, link.child_id, _label(link, nodes)) for link in drawn]
    pills = [pill for fold in view.folds for pill in _pills(fold, nodes[abs(fold.key)], address)]
    title = gettext(
        N_("%(batches)s batches, %(links)s connections; the table below says the same."),
        batches=len(boxes),
        links=len(arrows),
    )
    return pictures.genealogy(boxes, arrows, pills, view.columns, title)


def _label(link: Link, nodes: Mapping[int, Node]) -> str:
    share = _share(link, nodes[link.child_id])
    mass = f"{KG.short(link.grams_out)} kg"
    return mass if share == WHOLE_BP else f"{mass} · {PERCENT.short(share)} %"


def _box(node: Node, *, is_start: bool) -> Box:
    mass = f"{KG.short(node.grams)} kg"
    if node.is_hidden:
        elsewhere = gettext(N_("Elsewhere"))
        return Box(node.id, elsewhere, (mass, ""), "", "", f"{elsewhere}, {mass}", is_start=False)
    place = node.plot or node.site_name
    alarm = gettext(N_("Recalled")) if node.is_recalled else gettext(N_("On hold")) if node.is_held else ""
    return Box(
        node.id,
        node.number,
        (node.name, f"{mass} · {place}"),
        alarm,
        url_for("genealogy_pages.tree", number=node.number),
        ", ".join(filter(None, (node.number, node.name, mass, place, alarm))),
        is_start=is_start,
    )


def _pills(fold: Fold, node: Node, address: Address) -> list[Pill]:
    """Return the buttons at one side of a batch: to fold what is drawn, to show what is not."""
    side, name = (1 if fold.key > 0 else -1), node.number or gettext(N_("Elsewhere"))
    found = []
    if fold.drawn:
        said = N_("Fold what came of %(batch)s") if side > 0 else N_("Fold what went into %(batch)s")
        found.append(Pill(node.id, side, "−", address.fold(fold.key), gettext(said, batch=name)))
    if fold.hidden:
        said = (
            N_("Show %(count)s more that came of %(batch)s")
            if side > 0
            else N_("Show %(count)s more that went into %(batch)s")
        )
        label = gettext(N_("%(count)s more"), count=fold.hidden) if fold.drawn else f"+{fold.hidden}"
        told = gettext(said, count=fold.hidden, batch=name)
        found.append(Pill(node.id, side, label, address.open(fold.key), told, is_more=bool(fold.drawn)))
    return found
