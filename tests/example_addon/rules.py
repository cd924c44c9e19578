"""What a visit goes through; pure."""

from __future__ import annotations

from enum import StrEnum

from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable


class VisitState(StrEnum):
    """Where a visit stands."""

    PLANNED = "planned"
    MADE = "made"
    MISSED = "missed"


VISIT = StateTable(
    moves={
        VisitState.PLANNED: frozenset({VisitState.MADE, VisitState.MISSED}),
        VisitState.MADE: frozenset(),
        VisitState.MISSED: frozenset({VisitState.MADE}),
    },
    labels={
        VisitState.PLANNED: N_("Planned visit"),
        VisitState.MADE: N_("Visit made"),
        VisitState.MISSED: N_("Visit missed"),
    },
    initial=VisitState.PLANNED,
    flow=(VisitState.PLANNED, VisitState.MADE),
)
"""A missed visit may still be written down as made: the paper comes after the walk."""
