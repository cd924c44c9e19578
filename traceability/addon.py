"""The manifest of the addon traceability."""

from __future__ import annotations

from supplychain.kernel.addon import Addon
from supplychain.kernel.i18n import N_
from traceability.models.batch import Batch, Certificate, Hold
from traceability.models.code import Code, Scan
from traceability.models.ledger import Entry, EntryBatch, EntryUnit, Holding

ADDON = Addon(
    name="traceability",
    title=N_("Traceability"),
    summary="",
    package="traceability",
    depends=("base", "catalog"),
    models=(Batch, Certificate, Hold, Code, Scan, Entry, EntryBatch, EntryUnit, Holding),
)
