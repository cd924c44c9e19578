"""Label designs are made, copied, changed element by element, and thrown away; how they look is not here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from supplychain.base.labelling import check, document
from supplychain.base.labelling.design import AnyElement, Design, Stock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from traceability.models.label import LabelDesign
from traceability.queries import label as designs
from traceability.rules.label import VOCABULARY

DOCUMENT = "traceability.label_design"
MOST = 200
"""Designs that one party keeps."""


@dataclass(frozen=True, slots=True)
class PutDesign:
    """A whole design. `for_boxes` and `for_items` make it the owner's first choice."""

    name: str
    stock: Stock
    elements: Sequence[AnyElement]
    for_boxes: bool = False
    for_items: bool = False
    key: str | None = None
    """Of shipped designs."""

    @property
    def design(self) -> Design:
        """Return the design without its name."""
        return Design(self.stock, tuple(self.elements))


@dataclass(frozen=True, slots=True)
class NameDesign:
    """A design's name, and what it is the first choice for."""

    name: str
    for_boxes: bool = False
    for_items: bool = False


def add(uow: UnitOfWork, wanted: PutDesign) -> LabelDesign:
    """Keep a design of the actor's party, or of the house for those who belong to none.

    Invalid names each fault at its place in the document.
    """
    check.require(wanted.design, VOCABULARY)
    owner = uow.actor.party_id
    mine = LabelDesign.owner_id.is_(None) if owner is None else LabelDesign.owner_id == owner
    if uow.session.scalar(select(func.count()).select_from(LabelDesign).where(mine)) >= MOST:  # type: ignore[operator]  # a count is never None
        raise Refused(N_("There are %(most)s designs already. Throw old ones away first."), most=MOST)
    _check_name(uow, wanted.name, mine)
    row = LabelDesign(
        owner_id=owner,
        key=wanted.key,
        name=wanted.name,
        document=document.dump(wanted.design),
        changed_at=uow.now,
        changed_by=uow.actor.name,
    )
    uow.session.add(row)
    uow.flush()
    _prefer(uow, row, for_boxes=wanted.for_boxes, for_items=wanted.for_items)
    uow.flush()
    audit.record(uow, DOCUMENT, row.id, N_("Design made"))
    return row


def copy(uow: UnitOfWork, design_id: int, name: str) -> LabelDesign:
    """Make a design of one's own from any that one may see."""
    source = designs.one(uow.session, uow.actor, design_id)
    return add(uow, PutDesign(name, source.design.stock, source.design.elements))


def put(uow: UnitOfWork, design_id: int, wanted: PutDesign) -> LabelDesign:
    """Change all of an own design. Invalid names each fault, NotFound is somebody else's or the house's."""
    row = _mine(uow, design_id)
    _rename(uow, row, wanted.name)
    _prefer(uow, row, for_boxes=wanted.for_boxes, for_items=wanted.for_items)
    return _keep(uow, row, wanted.design)


def name(uow: UnitOfWork, design_id: int, wanted: NameDesign) -> LabelDesign:
    """Give an own design another name, or make it the first choice."""
    row = _mine(uow, design_id)
    _rename(uow, row, wanted.name)
    _prefer(uow, row, for_boxes=wanted.for_boxes, for_items=wanted.for_items)
    return _changed(uow, row)


def change_stock(uow: UnitOfWork, design_id: int, stock: Stock) -> LabelDesign:
    """Print an own design on other paper; Invalid when something would not fit."""
    row = _mine(uow, design_id)
    return _keep(uow, row, replace(document.load(row.document), stock=stock))


def put_element(uow: UnitOfWork, design_id: int, place: int | None, element: AnyElement) -> LabelDesign:
    """Add an element to an own design, or change the one at a place."""
    row = _mine(uow, design_id)
    return _keep(uow, row, with_element(document.load(row.document), place, element))


def drop_element(uow: UnitOfWork, design_id: int, place: int) -> LabelDesign:
    """Take an element off an own design."""
    row = _mine(uow, design_id)
    design = document.load(row.document)
    element_at(design, place)
    kept = (*design.elements[:place], *design.elements[place + 1 :])
    return _keep(uow, row, replace(design, elements=kept))


def remove(uow: UnitOfWork, design_id: int) -> None:
    """Throw an own design away; one that was shipped stays."""
    row = _mine(uow, design_id)
    if row.key is not None:
        raise Refused(N_("This design came with the suite. It can be changed, but not thrown away."))
    audit.record(uow, DOCUMENT, row.id, N_("Design thrown away: %(name)s"), name=row.name)
    uow.session.delete(row)
    uow.flush()


def install(uow: UnitOfWork, shipped: Sequence[PutDesign]) -> None:
    """Keep the shipped designs that are not there yet; those that are stay as they are."""
    known = set(uow.session.scalars(select(LabelDesign.key).where(LabelDesign.key.is_not(None))))
    for wanted in shipped:
        if wanted.key not in known:
            add(uow, wanted)


def with_element(design: Design, place: int | None, element: AnyElement) -> Design:
    """Return a design with an element more, or with another one at a place; NotFound for no such place."""
    if place is None:
        return replace(design, elements=(*design.elements, element))
    element_at(design, place)
    return replace(design, elements=(*design.elements[:place], element, *design.elements[place + 1 :]))


def element_at(design: Design, place: int) -> AnyElement:
    """Return the element at a place; NotFound when there is none."""
    if not 0 <= place < len(design.elements):
        raise NotFound(N_("There is no such element on the label."))
    return design.elements[place]


def _mine(uow: UnitOfWork, design_id: int) -> LabelDesign:
    asked = select(LabelDesign).where(LabelDesign.id == design_id, designs.own(uow.actor)).with_for_update()
    row = uow.session.scalar(asked)
    if row is None:
        raise NotFound(N_("There is no such label design."))
    return row


def _keep(uow: UnitOfWork, row: LabelDesign, design: Design) -> LabelDesign:
    check.require(design, VOCABULARY)
    row.document = document.dump(design)
    return _changed(uow, row)


def _changed(uow: UnitOfWork, row: LabelDesign) -> LabelDesign:
    if uow.session.is_modified(row):
        row.changed_at, row.changed_by = uow.now, uow.actor.name
        uow.flush()
        audit.record(uow, DOCUMENT, row.id, N_("Design changed"))
    return row


def _rename(uow: UnitOfWork, row: LabelDesign, name: str) -> None:
    if name != row.name:
        _check_name(uow, name, _of_owner(row))
        row.name = name


def _check_name(uow: UnitOfWork, name: str, mine: ColumnElement[bool]) -> None:
    if uow.session.scalar(select(LabelDesign.id).where(mine, LabelDesign.name == name)) is not None:
        raise Invalid.at("name", N_("There is a design of this name already."))


def _prefer(uow: UnitOfWork, row: LabelDesign, **wanted: bool) -> None:
    """Make a design the first choice for something, in the place of the one that was it."""
    for flag, is_first in wanted.items():
        if is_first and not getattr(row, flag):
            others = update(LabelDesign).where(_of_owner(row), LabelDesign.id != row.id)
            uow.session.execute(others.values({flag: False}))
        if getattr(row, flag) != is_first:
            setattr(row, flag, is_first)


def _of_owner(row: LabelDesign) -> ColumnElement[bool]:
    own: Any = LabelDesign.owner_id
    return own.is_(None) if row.owner_id is None else own == row.owner_id  # type: ignore[no-any-return]  # a condition
