"""Ways to batches that logistics knows: the lorry, and the logger, that they rode with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from logistics.queries import aboard
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.leads import Clue, Lead
from supplychain.kernel.permissions import Actor

_BATCH = "traceability.batch"


def _by_vehicle(session: Session, actor: Actor, clue: Clue) -> Collection[int]:
    return aboard.of_vehicle(session, actor, clue.text, *_hours(clue))


def _by_device(session: Session, actor: Actor, clue: Clue) -> Collection[int]:
    return aboard.of_device(session, actor, clue.text, *_hours(clue))


def _hours(clue: Clue) -> tuple[datetime, datetime]:
    """Return between when; a lorry carries other goods every day, so it must be said."""
    if clue.since is None or clue.until is None:
        raise Invalid.at("since", N_("Say between when."))
    return clue.since, clue.until


LEADS = (
    Lead("vehicle", _BATCH, N_("Lorry and hours"), N_("The plate, and between when."), _by_vehicle, 60),
    Lead(
        "device",
        _BATCH,
        N_("Logger and hours"),
        N_("The serial number on the logger, and between when."),
        _by_device,
        61,
    ),
)
