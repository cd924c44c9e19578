"""Where held goods may go: whether the law, the goods, or an open recall stand against a proposal.

Proposing and signing are `disposition`'s.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from catalog.models.product import GradeStandard
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.queries import party as parties
from supplychain.base.queries import trade_item as items
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_, Text
from traceability.models.batch import Batch
from traceability.models.hold import Hold, HoldBatch
from traceability.queries import certificate as certificates
from traceability.rules.hold import DISPOSITIONS, HOLD_KINDS, Disposition, dispositions_for, is_lower
from traceability.services import disposal


@dataclass(frozen=True, slots=True)
class Propose:
    """What is to become of held goods, and what was found.

    A downgrade names the trade item (sku) that they must be made into; a diversion the only buyer (code)
    who may have them, and what for.
    """

    disposition: Disposition
    finding: str
    sku: str = ""
    buyer: str = ""
    diverted_to: str = ""


def name_target(uow: UnitOfWork, row: Hold, command: Propose) -> str:
    """Write down where the goods must go, and return it in words; empty when they go nowhere."""
    if command.disposition is Disposition.DOWNGRADE:
        item = items.by_sku(uow.session, command.sku, field="sku")
        row.item_id = item.id
        return f"{item.name_zh} {item.grade}".strip()
    if command.disposition is Disposition.DIVERT:
        buyer = parties.by_code(uow.session, command.buyer, field="buyer")
        if not command.diverted_to.strip():
            raise Invalid.at("diverted_to", N_("Say what it may be used for there."))
        row.buyer_id, row.diverted_to = buyer.id, command.diverted_to
        return f"{buyer.short_name} ({command.diverted_to})"
    return ""


def check_possible(uow: UnitOfWork, row: Hold) -> None:
    """Refuse what the law, the goods or an open recall stand against."""
    disposition = row.disposition or Disposition.RELEASE
    if disposition not in dispositions_for(row.kind, row.scope):
        raise Refused(
            N_("“%(disposition)s” is not possible for goods held for this: %(kind)s."),
            disposition=Text(DISPOSITIONS[disposition]),
            kind=Text(HOLD_KINDS[row.kind]),
        )
    covered = covers(uow, row.id)
    if disposition is Disposition.DESTROY:
        disposal.check_within_reach(uow, row, covered)
        return
    recalled = (
        select(Batch.number).where(Batch.id.in_(covered), Batch.is_recalled).order_by(Batch.id).limit(1)
    )
    number = uow.session.scalar(recalled)
    if number is not None:
        raise Refused(N_("%(batch)s is being called back. Close the recall first."), batch=number)
    if disposition is Disposition.DOWNGRADE:
        _check_lower(uow, row, covered)


def _check_lower(uow: UnitOfWork, row: Hold, covered: Collection[int]) -> None:
    """Refuse a downgrade to the same item, to another kind of goods, or to a grade that is not lower."""
    target = uow.session.get_one(TradeItem, row.item_id)
    found = uow.session.scalars(
        select(TradeItem)
        .join(Batch, Batch.trade_item_id == TradeItem.id)
        .where(Batch.id.in_(covered))
        .distinct()
        .order_by(TradeItem.id)
    ).all()
    kinds = certificates.families(uow.session, {target.id, *(item.id for item in found)})
    graded = select(GradeStandard.grades).where(GradeStandard.code == target.grade_standard)
    grades = (uow.session.scalar(graded) or "").split(",")
    for item in found:
        if item.id == target.id or item.brand_party_id != target.brand_party_id:
            raise Invalid.at(
                "sku", N_("Choose another item of the same producer than %(item)s."), item=item.sku
            )
        if kinds.get(item.id) != kinds.get(target.id):
            raise Invalid.at("sku", N_("%(item)s is another kind of goods."), item=target.sku)
        same = item.grade_standard == target.grade_standard
        if same and not is_lower(grades, item.grade, target.grade):
            raise Invalid.at("sku", N_("%(item)s is no lower grade."), item=target.sku)


def covers(uow: UnitOfWork, hold_id: int) -> list[int]:
    """Return the batches that a hold covers."""
    found = uow.execute(select(HoldBatch.batch_id).where(HoldBatch.hold_id == hold_id))
    return sorted(batch_id for (batch_id,) in found)
