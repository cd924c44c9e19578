"""Who may see or change a batch: conditions that every query of this addon puts in."""

from __future__ import annotations

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, or_, true
from sqlalchemy.orm import aliased

from supplychain.base.models.party import Site
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, Holding


def own(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on Batch: those of the actor's own party."""
    return true() if actor.sees_all else Batch.producer_id == actor.party_id


def of_own(actor: Actor, batch_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Return the condition that a row is of an own batch, asked row by row: where these are few."""
    if actor.sees_all:
        return true()
    batch = aliased(Batch)
    return exists().where(batch.id == batch_id, batch.producer_id == actor.party_id)


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on Batch: the own ones, and those that came or are coming to own places."""
    if actor.sees_all:
        return true()
    place = aliased(Site)
    reached = exists().where(
        Holding.batch_id == Batch.id, Holding.site_id == place.id, place.party_id == actor.party_id
    )
    return or_(Batch.producer_id == actor.party_id, reached)


def entry_visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on Entry beside Batch: nothing that happened at a third party's place."""
    if actor.sees_all:
        return true()
    place = aliased(Site)
    elsewhere = exists().where(
        or_(place.id == Entry.site_id, place.id == Entry.to_site_id),
        place.party_id != Batch.producer_id,
        place.party_id != actor.party_id,
    )
    return or_(Batch.producer_id == actor.party_id, ~elsewhere)
