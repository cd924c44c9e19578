"""Where staff are led who scan a code: the sheet on which they work.

Own goods open their batch; a gate or a driver gets the newest of its shipments that carried them.
"""

from __future__ import annotations

from flask import url_for

from supplychain.base.gs1.link import Link
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import endpoint
from traceability.permissions import BATCH_READ
from traceability.queries import look as looking
from traceability.queries.look import Found


def of_batch(found: Found) -> str | None:
    """Return the address of the reader's sheet about a batch; None for whoever has none."""
    if found.lot is None or endpoint.identity() is None:
        return None
    actor = endpoint.actor()
    page = url_for("batches_pages.batch", number=found.lot.number)
    is_own, is_visible = looking.standing(endpoint.session(), actor, found.lot.id)
    is_reader = actor.may(BATCH_READ)
    if is_own and is_reader:
        return page
    linked = _linked(actor, "traceability.batch", found.lot.id)
    return linked or (page if is_visible and is_reader else None)


def of_thing(named: Link) -> str | None:
    """Return the address of the reader's sheet about a logistic unit; None for whoever has none."""
    if named.key[0] != "00" or endpoint.identity() is None:
        return None
    return _linked(endpoint.actor(), "gs1.00", int(named.key[1]))


def _linked(actor: Actor, document: str, number: int) -> str | None:
    links = endpoint.suite().links(endpoint.session(), actor, document, number)
    return url_for(links[-1].endpoint, **links[-1].values) if links else None
