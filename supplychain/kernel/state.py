"""State tables: one list of allowed moves per document, read by services, pages and tests.

Pure; who moved what and when is the audit trail's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import N_, Text

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class StateTable(Generic[S]):
    """Which state may follow which. `labels` are msgids; `flow` is the normal way, for the bar of steps."""

    moves: Mapping[S, frozenset[S]]
    labels: Mapping[S, str]
    initial: S
    flow: tuple[S, ...]

    def allows(self, current: S, following: S) -> bool:
        """Tell whether the move is in the table."""
        return following in self.moves[current]

    def check(self, current: S, following: S) -> None:
        """Raise Refused unless the move is in the table."""
        if not self.allows(current, following):
            raise Refused(
                N_("This is %(current)s and cannot become %(following)s."),
                current=self.label(current),
                following=self.label(following),
            )

    def label(self, state: S) -> Text:
        """Return the state's name for the reader."""
        return Text(self.labels[state])

    def is_final(self, state: S) -> bool:
        """Tell whether nothing can follow."""
        return not self.moves[state]
