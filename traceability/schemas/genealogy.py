"""Shapes of the genealogy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import QueryShape
from traceability.queries.genealogy import Direction
from traceability.rules.batch import ORIGINS, Origin

DIRECTIONS = {
    Direction.BOTH: N_("Both ways"),
    Direction.UP: N_("Where it comes from"),
    Direction.DOWN: N_("What it became"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which way, of which batch (by number), for files."""

    direction: Direction = Direction.BOTH
    batch: str = ""


class Keys(fields.Code):
    """Whole numbers, parted by commas."""

    def __init__(self, label: str = "", **options: Any) -> None:
        """Take so many that an address holds them."""
        super().__init__(label, pattern=r"-?\d{1,18}(?:,-?\d{1,18}){0,199}", **options)

    def _deserialize(self, value: Any, *rest: Any, **options: Any) -> Any:
        return tuple(int(key) for key in super()._deserialize(value, *rest, **options).split(","))


class TreeIn(Shape):
    """Which way a tree is followed."""

    command = Wanted

    direction = fields.Choice(Direction, N_("Direction"), labels=DIRECTIONS, load_default=Direction.BOTH)
    batch = fields.Code(N_("Batch"), load_default="")


@dataclass(frozen=True, slots=True)
class Seen:
    """Which way, what was unfolded and folded in the picture, and which page of the table."""

    direction: Direction
    opened: tuple[int, ...]
    folded: tuple[int, ...]
    page: int


class SeenIn(QueryShape):
    """What a reader wants to see of a tree; keys of folds are told in their links."""

    command = Seen

    direction = fields.Choice(Direction, N_("Direction"), labels=DIRECTIONS, load_default=Direction.BOTH)
    open = Keys(N_("Unfolded"), attribute="opened", load_default=())
    fold = Keys(N_("Folded"), attribute="folded", load_default=())
    page = fields.Count("Page", least=1, most=1_000_000, load_default=1)


class NodeOut(Shape):
    """A batch of a tree; of one that the caller may not see only the mass is told."""

    id = fields.Count(N_("Key in this answer"))
    number = fields.Code(N_("Batch"))
    item_name_zh = fields.Words(N_("Name in Chinese"))
    item_name_en = fields.Words(N_("Name in English"))
    producer_name = fields.Words(N_("Producer"))
    site_name = fields.Words(N_("Growing base"))
    plot = fields.Words(N_("Plot"))
    member_name = fields.Words(N_("Grower"))
    origin = fields.Choice(Origin, N_("How it came"), labels=ORIGINS)
    grams = fields.Scaled(units.KG, N_("Net mass"))
    boxes = fields.Count(N_("Boxes"))
    is_held = fields.Flag(N_("On hold"))
    is_recalled = fields.Flag(N_("Recalled"))
    is_hidden = fields.Flag(N_("Hidden"))


class LinkOut(Shape):
    """So much of one batch that went into another."""

    parent_id = fields.Count(N_("From batch"))
    child_id = fields.Count(N_("Into batch"))
    grams_in = fields.Scaled(units.KG, N_("Mass taken"))
    grams_out = fields.Scaled(units.KG, N_("Mass made"))


class ShareOut(Shape):
    """So much of a batch that comes from one first batch."""

    number = fields.Code(N_("Batch"), attribute="node.number")
    plot = fields.Words(N_("Plot"), attribute="node.plot")
    site_name = fields.Words(N_("Growing base"), attribute="node.site_name")
    share_bp = fields.Scaled(units.PERCENT, N_("Share"))


class TreeOut(Shape):
    """A tree and the origins of its batch."""

    nodes = ma.fields.List(ma.fields.Nested(NodeOut))
    links = ma.fields.List(ma.fields.Nested(LinkOut))
    origins = ma.fields.List(ma.fields.Nested(ShareOut))


class LinkLine(Shape):
    """An edge as a line of a spreadsheet."""

    parent = fields.Code(N_("From batch"))
    parent_name = fields.Words(N_("Product from"))
    parent_plot = fields.Words(N_("Plot"))
    child = fields.Code(N_("Into batch"))
    child_name = fields.Words(N_("Product into"))
    grams_in = fields.Scaled(units.KG, N_("Mass taken"))
    grams_out = fields.Scaled(units.KG, N_("Mass made"))
