"""How partners' events come in: error behaviour, proposals, and the order of work in a job; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from supplychain.kernel.i18n import N_


class ErrorBehaviour(StrEnum):
    """What one bad event does to the others of its document (GS1-Capture-Error-Behaviour)."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


class ProposalState(StrEnum):
    """What became of a proposed event."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


PROPOSALS = {
    ProposalState.OPEN: N_("Waits for a decision"),
    ProposalState.ACCEPTED: N_("Accepted and carried out"),
    ProposalState.REFUSED: N_("Refused"),
}


class Outcome(StrEnum):
    """What capture does with one event."""

    IGNORED = "ignored"
    SHOWN = "shown"
    PROPOSED = "proposed"
    POSTED = "posted"


CAPTURE_LIMIT = 2_000
"""Events of one capture."""
FILE_LIMIT = 8_000_000
"""Octets of one capture."""


def in_order(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a job's events in the one order in which they are worked off, however they came.

    What happened first comes first, declarations after what they declare; what is alike by its text.
    """
    found: list[Mapping[str, Any]] = []
    for _, alike in groupby(sorted(events, key=_place), key=_place):
        group = list(alike)
        found += group if len(group) == 1 else sorted(group, key=_text)
    return found


def _place(event: Mapping[str, Any]) -> tuple[bool, datetime]:
    return "errorDeclaration" in event, datetime.fromisoformat(event["eventTime"])


def _text(event: Mapping[str, Any]) -> str:
    return json.dumps(event, sort_keys=True)
