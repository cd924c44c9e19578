"""What may be done with batches, their papers, holds and codes."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Permission

BATCH_READ = Permission("traceability.batch.read", N_("See batches and what happened to them"))
BATCH_REGISTER = Permission("traceability.batch.register", N_("Register batches"))
BATCH_RELEASE = Permission("traceability.batch.release", N_("Release and close batches"))
CERTIFICATE_WRITE = Permission("traceability.certificate.write", N_("Issue and revoke certificates"))
HOLD_WRITE = Permission("traceability.hold.write", N_("Put goods on hold and propose what becomes of them"))
HOLD_SIGN = Permission("traceability.hold.sign", N_("Sign what becomes of held goods, as the second person"))
CODE_WRITE = Permission("traceability.code.write", N_("Make, activate and void codes"))
CODE_SELL = Permission("traceability.code.sell", N_("Say which items are sold, as a till does"))
LEDGER_CORRECT = Permission("traceability.ledger.correct", N_("Correct what the ledger says"))
PROCESS_WRITE = Permission("traceability.process.write", N_("Keep the processes and their yields"))
FEEDBACK_ANSWER = Permission("traceability.feedback.answer", N_("See and answer what consumers write"))
SOURCE_WRITE = Permission("traceability.source.write", N_("Agree whose events are heard and how far"))
PROPOSAL_DECIDE = Permission("traceability.proposal.decide", N_("Accept or refuse what partners tell"))
RECALL_OPEN = Permission("traceability.recall.open", N_("Open and close recalls and drills"))
RECALL_ANSWER = Permission("traceability.recall.answer", N_("Say what became of recalled goods"))
FARM_WRITE = Permission("traceability.farm.write", N_("Keep the farm record"))
FARM_REFERENCE_WRITE = Permission(
    "traceability.farm_reference.write", N_("Keep what may be used on crops and animals")
)
INSPECTION_WRITE = Permission("traceability.inspection.write", N_("Enter tests and ask for re-tests"))
INSPECTION_SPOT = Permission("traceability.inspection.spot", N_("Enter spot tests of goods that come"))
INSPECTION_REFERENCE_WRITE = Permission(
    "traceability.inspection_reference.write", N_("Keep residue limits and working days")
)
LABEL_WRITE = Permission("traceability.label.write", N_("Make and change label designs"))

ALL = (
    BATCH_READ,
    BATCH_REGISTER,
    BATCH_RELEASE,
    CERTIFICATE_WRITE,
    HOLD_WRITE,
    HOLD_SIGN,
    CODE_WRITE,
    CODE_SELL,
    LEDGER_CORRECT,
    PROCESS_WRITE,
    FEEDBACK_ANSWER,
    SOURCE_WRITE,
    PROPOSAL_DECIDE,
    RECALL_OPEN,
    RECALL_ANSWER,
    FARM_WRITE,
    FARM_REFERENCE_WRITE,
    INSPECTION_WRITE,
    INSPECTION_SPOT,
    INSPECTION_REFERENCE_WRITE,
    LABEL_WRITE,
)
OPERATORS = (
    PROCESS_WRITE,
    SOURCE_WRITE,
    FARM_REFERENCE_WRITE,
    INSPECTION_SPOT,
    INSPECTION_REFERENCE_WRITE,
)
"""What touches everybody's goods; all the rest is a manager's too."""
