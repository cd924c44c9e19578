"""Items sold to consumers: one entry of the ledger, and their codes with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from traceability.models.batch import Batch
from traceability.rules.code import CodeAct
from traceability.rules.ledger import Step
from traceability.services import code, epcis, ledger
from traceability.services.ledger import Happening


@dataclass(frozen=True, slots=True)
class Sell:
    """Items of a batch were sold at a place, by serial; `grams` and `boxes` are what left with them."""

    batch_id: int
    site_id: int
    serials: tuple[str, ...]
    grams: int
    boxes: int = 0
    at: datetime | None = None
    reference: str = ""


def sell(uow: UnitOfWork, command: Sell) -> int:
    """Write down a sale, take it from what is on hand, mark the items' codes as sold; return the entry's id.

    The caller has checked that the actor may. Raises Invalid at `serials` for codes that are not of the batch
    or cannot be sold, Refused on hold, recalled, or when less is on hand.
    """
    if not command.serials:
        raise Invalid.at("serials", N_("Which codes?"))
    gtin = uow.session.scalar(select(Batch.gtin).where(Batch.id == command.batch_id))
    if gtin is None:
        raise NotFound(N_("There is no batch %(number)s."), number=command.batch_id)
    code.move(uow, command.batch_id, CodeAct.SELL, command.serials)
    happening = Happening(
        Step.SELL,
        command.at,
        command.site_id,
        ((command.batch_id, command.grams, command.boxes),),
        reference=command.reference,
        items=tuple(epcis.item_id(gtin, serial) for serial in sorted(set(command.serials))),
    )
    return ledger.record_many(uow, [happening])[0]
