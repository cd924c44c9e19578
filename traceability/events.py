"""What traceability announces to those above it."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel.events import Event


@dataclass(frozen=True, slots=True)
class BatchRegistered(Event):
    """A batch was registered at its base. Nobody may veto."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class BatchReleased(Event):
    """A batch has its papers and may be sold. Nobody may veto."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class BatchHeld(Event):
    """A batch must not move any more. Nobody may veto."""

    batch_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class HoldLifted(Event):
    """The last hold on a batch was lifted. Nobody may veto."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class BatchDestroyed(Event):
    """Two people had what is left of a batch destroyed: it never moves again. Nobody may veto."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class UnitDestroyed(Event):
    """Two people had a box or pallet destroyed with all that is in it. Nobody may veto."""

    sscc: str


@dataclass(frozen=True, slots=True)
class BatchClosed(Event):
    """A batch is used up. Nobody may veto."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class EntryDeclared(Event):
    """An entry was declared wrong; another may say otherwise. Whoever built on it may veto."""

    entry_id: int
    corrective_id: int | None


@dataclass(frozen=True, slots=True)
class RecallOpened(Event):
    """Goods are called back; the batches are on hold already. Nobody may veto."""

    recall_id: int
    batch_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecallClosed(Event):
    """A recall is over. Nobody may veto."""

    recall_id: int
