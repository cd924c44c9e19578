"""What of a load is on hold, and why: whole boxes and pallets, and batches in them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from logistics.queries.cargo import ContentRow
from supplychain.kernel.i18n import N_, Text
from traceability.queries import hold as holds


def among(session: Session, contents: Sequence[ContentRow]) -> list[Text]:
    """Return a sentence for each unit and each batch of a load that must not move, in two statements.

    What was diverted to its buyer may, and is not among them.
    """
    units = holds.of_units(session, {item.sscc for item in contents})
    batches = holds.of_batches(session, {(item.batch_id, item.buyer_id) for item in contents})
    said = [
        Text(N_("%(sscc)s is on hold: %(reason)s"), {"sscc": sscc, "reason": units[sscc].reason})
        for sscc in sorted(units)
    ]
    names = {item.batch_id: item.batch for item in contents}
    reasons = {batch_id: reason for (batch_id, _), reason in batches.items()}
    said += [
        Text(N_("%(batch)s is on hold: %(reason)s"), {"batch": names[key], "reason": reasons[key]})
        for key in sorted(reasons)
    ]
    return said
