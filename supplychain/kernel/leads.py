"""Leads: how an addon finds documents of another by what only it knows. Declarations, no finding."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class Clue:
    """What somebody knows of what they look for: a name of it, and between when."""

    text: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """A way to documents of a kind: "the batches that were on this lorry at that hour".

    `find` returns their ids, only of what the actor owns; DomainError when the clue says nothing.
    """

    name: str
    document: str
    """The kind of document that it leads to, as in the audit trail: `traceability.batch`."""
    title: str
    """What it starts from (msgid)."""
    help: str
    """What to write as the clue (msgid)."""
    find: Callable[[Session, Actor, Clue], Collection[int]]
    order: int = 50
