"""What consumers tell of goods, and where a case stands; pure."""

from __future__ import annotations

from enum import StrEnum

from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable


class FeedbackKind(StrEnum):
    """What a consumer writes about."""

    QUALITY = "quality"
    MISMATCH = "mismatch"
    FORGERY = "forgery"
    ILLNESS = "illness"
    PRAISE = "praise"
    OTHER = "other"


FEEDBACK_KINDS = {
    FeedbackKind.QUALITY: N_("Spoiled, damaged or not fresh"),
    FeedbackKind.MISMATCH: N_("The label and this page differ"),
    FeedbackKind.FORGERY: N_("I think it is a forgery"),
    FeedbackKind.ILLNESS: N_("Somebody felt ill after eating it"),
    FeedbackKind.PRAISE: N_("Praise"),
    FeedbackKind.OTHER: N_("Something else"),
}


class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "new"
    LOOKING = "looking"
    ANSWERED = "answered"
    CLOSED = "closed"


CASE = StateTable(
    initial=CaseState.NEW,
    flow=(CaseState.NEW, CaseState.LOOKING, CaseState.ANSWERED, CaseState.CLOSED),
    moves={
        CaseState.NEW: frozenset({CaseState.LOOKING, CaseState.ANSWERED, CaseState.CLOSED}),
        CaseState.LOOKING: frozenset({CaseState.ANSWERED, CaseState.CLOSED}),
        CaseState.ANSWERED: frozenset({CaseState.LOOKING, CaseState.CLOSED}),
        CaseState.CLOSED: frozenset(),
    },
    labels={
        CaseState.NEW: N_("New case"),
        CaseState.LOOKING: N_("Being looked into"),
        CaseState.ANSWERED: N_("Answered"),
        CaseState.CLOSED: N_("Case closed"),
    },
)

DAILY_CASES = 5
"""So many cases a visitor may open on one day: an honest one has one, a flood has hundreds."""
