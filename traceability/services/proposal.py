"""Partners' events that wait: accepted and carried out, or left as the partner's word."""

from __future__ import annotations

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import NotFound, Refused
from supplychain.kernel.i18n import N_
from traceability.models.epcis import Proposal
from traceability.models.ledger import Entry, Source
from traceability.rules.capture import PROPOSALS, ProposalState
from traceability.services import meaning
from traceability.services.recognition import recognise

DOCUMENT = "traceability.proposal"


def accept(uow: UnitOfWork, proposal_id: int) -> None:
    """Carry out a proposed event; Refused with the reason when that is not possible."""
    proposal, entry = _open(uow, proposal_id)
    source = uow.session.get_one(Source, entry.source_id)
    plan = meaning.plan(uow, source, entry.document, recognise(uow, [entry.document]))
    if isinstance(plan, str):
        raise Refused(plan)
    meaning.carry_out(uow, source, plan)
    _decide(uow, proposal, ProposalState.ACCEPTED)


def refuse(uow: UnitOfWork, proposal_id: int) -> None:
    """Leave a proposed event as the partner's word."""
    proposal, _ = _open(uow, proposal_id)
    _decide(uow, proposal, ProposalState.REFUSED)


def _open(uow: UnitOfWork, proposal_id: int) -> tuple[Proposal, Entry]:
    proposal = uow.session.get(Proposal, proposal_id, with_for_update=True)
    if proposal is None:
        raise NotFound(N_("There is no such proposal."))
    if proposal.state is not ProposalState.OPEN:
        raise Refused(N_("This proposal was decided before."))
    return proposal, uow.session.get_one(Entry, proposal.entry_id)


def _decide(uow: UnitOfWork, proposal: Proposal, state: ProposalState) -> None:
    proposal.state, proposal.decided_at, proposal.decided_by = state, uow.now, uow.actor.name
    uow.flush()
    audit.record(uow, DOCUMENT, proposal.id, PROPOSALS[state])
