"""Which labels of a batch are printed, and with which design; drawing them is done elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from supplychain.kernel.errors import NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.labels import batch as facts
from traceability.labels import file
from traceability.labels.file import File
from traceability.queries import batch as batches
from traceability.queries import code as codes
from traceability.queries import label as designs
from traceability.queries.batch import BatchRow
from traceability.rules.batch import LABELS_AT_ONCE
from traceability.rules.code import CodeState
from traceability.rules.label import LabelOf, Printing


def labels_of(session: Session, actor: Actor, number: str, wanted: Printing, base_url: str) -> File:
    """Return labels of an own batch as a file, a thousand at most: boxes, or codes that are not void.

    NotFound for somebody else's batch or design, Refused when there is nothing to print, or no room for it.
    """
    batch = batches.mine(session, actor, number)
    design = designs.chosen(session, actor, wanted.of, wanted.design).design
    serials = _serials(session, actor, batch, wanted)
    labels = facts.of_batch(session, batch, serials, base_url)
    dots = int(wanted.dots.value)
    return file.made(design, labels, wanted.format, skip=wanted.skip, dots=dots, title=batch.number)


def _serials(session: Session, actor: Actor, batch: BatchRow, wanted: Printing) -> Sequence[str | None]:
    part = slice((wanted.part - 1) * LABELS_AT_ONCE, wanted.part * LABELS_AT_ONCE)
    if wanted.of is LabelOf.BOXES:
        boxes = range(batch.boxes)[part]
        if not boxes:
            raise NotFound(N_("This batch has no labels so far back."))
        return [None] * len(boxes)
    made = codes.every(session, actor, codes.CodeFilter(batch=batch.number))
    serials = [code.serial for code in made if code.state is not CodeState.VOID][part]
    if not serials:
        raise Refused(N_("There is no code to print. Make codes first."))
    return serials
