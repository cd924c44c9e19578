"""Who may see a batch: a condition that every query of this addon puts in."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, true

from supplychain.base.models.party import Site
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.ledger import Holding


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on Batch: the own ones, and those that came or are coming to own places."""
    if actor.sees_all:
        return true()
    reached = exists().where(
        Holding.batch_id == Batch.id, Holding.site_id == Site.id, Site.party_id == actor.party_id
    )
    return or_(Batch.producer_id == actor.party_id, reached)
