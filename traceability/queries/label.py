"""Reading label designs: the house's and the own ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select, true
from sqlalchemy.orm import Session

from supplychain.base.labelling import check, document
from supplychain.base.labelling.check import Finding
from supplychain.base.labelling.design import Design
from supplychain.base.models.party import Party
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.label import LabelDesign
from traceability.rules.label import DEFAULTS, VOCABULARY, LabelOf


@dataclass(frozen=True, slots=True)
class DesignRow:
    """A label design; `owner_name` is None for the house's."""

    id: int
    owner_id: int | None
    owner_name: str | None
    key: str | None
    name: str
    document: Mapping[str, Any]
    for_boxes: bool
    for_items: bool
    changed_at: datetime
    changed_by: str
    version: int

    @property
    def design(self) -> Design:
        """Return the design itself."""
        return document.load(self.document)

    @property
    def is_house(self) -> bool:
        """Tell whether it is everybody's."""
        return self.owner_id is None

    @property
    def warnings(self) -> list[Finding]:
        """Return what is unwise about it."""
        return [finding for finding in check.findings(self.design, VOCABULARY) if not finding.is_fault]


@dataclass(frozen=True, slots=True)
class DesignFilter(PageRequest):
    """Which designs: with a text in the name, the own ones or the house's."""

    q: str = ""
    own: bool | None = None


def own(actor: Actor) -> ColumnElement[bool]:
    """Return the condition: what the actor may change."""
    return true() if actor.sees_all else LabelDesign.owner_id == actor.party_id


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition: the own ones, and the house's."""
    return or_(own(actor), LabelDesign.owner_id.is_(None))


def page(session: Session, actor: Actor, wanted: DesignFilter) -> Page[DesignRow]:
    """Return the designs that fit, the own ones first, then by name."""
    found = _designs().where(visible(actor))
    if wanted.q:
        found = found.where(func.lower(LabelDesign.name).contains(wanted.q.lower(), autoescape=True))
    if wanted.own is not None:
        owned = LabelDesign.owner_id.is_not(None)
        found = found.where(owned if wanted.own else ~owned)
    sorts = {"name": LabelDesign.name, "changed_at": LabelDesign.changed_at, "own": _house_last()}
    return paginate(session, found, wanted, row=DesignRow, sorts=sorts, default="own", key=LabelDesign.id)


def one(session: Session, actor: Actor, design_id: int) -> DesignRow:
    """Return a design by its id; NotFound when there is none that the actor may see."""
    return _one(session, LabelDesign.id == design_id, visible(actor))


def mine(session: Session, actor: Actor, design_id: int) -> DesignRow:
    """Return a design that the actor may change; NotFound otherwise."""
    return _one(session, LabelDesign.id == design_id, own(actor))


def choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (id, name) of every design that the actor may print with, the own ones first."""
    found = session.execute(
        select(LabelDesign.id, LabelDesign.name)
        .where(visible(actor))
        .order_by(_house_last(), LabelDesign.id)
        .limit(500)
    )
    return [(str(design_id), name) for design_id, name in found]


def chosen(session: Session, actor: Actor, of: LabelOf, design_id: int | None = None) -> DesignRow:
    """Return the design to print with: the one asked for, else the party's first choice, else the house's."""
    if design_id is not None:
        return one(session, actor, design_id)
    flag = LabelDesign.for_boxes if of is LabelOf.BOXES else LabelDesign.for_items
    first = case(
        ((LabelDesign.owner_id == actor.party_id) & flag, 0),
        (LabelDesign.owner_id.is_(None) & flag, 1),
        (LabelDesign.key == DEFAULTS[of], 2),
        else_=3,
    )
    wanted = _designs().where(visible(actor)).order_by(first, LabelDesign.id).limit(1)
    return _row(session, wanted)


def _house_last() -> ColumnElement[int]:
    return case((LabelDesign.owner_id.is_(None), 1), else_=0)


def _one(session: Session, *conditions: ColumnElement[bool]) -> DesignRow:
    return _row(session, _designs().where(*conditions))


def _row(session: Session, wanted: Rows) -> DesignRow:
    found = session.execute(wanted).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such label design."))
    return DesignRow(*found)


def _designs() -> Rows:
    return (
        select(
            LabelDesign.id,
            LabelDesign.owner_id,
            Party.short_name,
            LabelDesign.key,
            LabelDesign.name,
            LabelDesign.document,
            LabelDesign.for_boxes,
            LabelDesign.for_items,
            LabelDesign.changed_at,
            LabelDesign.changed_by,
            LabelDesign.version,
        )
        .select_from(LabelDesign)
        .outerjoin(Party, Party.id == LabelDesign.owner_id)
    )
