"""Shapes of partners' sources and proposals."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.partner import ProposalFilter, SourceFilter
from traceability.rules.capture import PROPOSALS, ProposalState
from traceability.rules.ledger import TRUSTS, Trust
from traceability.services.partner import AddSource, SetTrust


class SourceIn(Shape):
    """A source of events that is agreed with a party."""

    command = AddSource

    code = fields.Code(N_("Source code"), required=True)
    name = fields.Words(N_("Name"), most=120, required=True)
    party = fields.Code(N_("Party"), required=True)
    trust = fields.Choice(Trust, N_("Trust"), labels=TRUSTS, load_default=Trust.SHOW)


class TrustIn(Shape):
    """How far a source is believed."""

    command = SetTrust

    trust = fields.Choice(Trust, N_("Trust"), labels=TRUSTS, required=True)


class SourceFilterIn(PageIn):
    """Which sources."""

    command = SourceFilter

    trust = fields.Choice(Trust, N_("Trust"), labels=TRUSTS, load_default=None)


class ProposalFilterIn(PageIn):
    """Which proposals."""

    command = ProposalFilter

    state = fields.Choice(ProposalState, N_("State"), labels=PROPOSALS, load_default=ProposalState.OPEN)
