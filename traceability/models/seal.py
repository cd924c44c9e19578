"""Seals: one root over all entries since the last, each tied to the one before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified


class Seal(Identified, Base):
    """A published root. Never updated, never deleted."""

    __tablename__ = "traceability_seal"
    __table_args__ = (UniqueConstraint("number"), CheckConstraint("size > 0", name="size"))

    number: Mapped[int]
    """Counts from 1."""
    sealed_at: Mapped[datetime]
    size: Mapped[int]
    """How many entries it covers."""
    root: Mapped[str] = mapped_column(String(64))
    blocks: Mapped[dict[str, Any]]
    """`hashes`: the roots of its whole subtrees, see `rules.merkle`."""
    before: Mapped[str] = mapped_column(String(64))
    """The hash of the seal before; empty for the first."""
    hash: Mapped[str] = mapped_column(String(64))
    """`rules.chain.digest` of [before, number, sealed_at, size, root]."""


class SealRange(Identified, Base):
    """Which entries of a chain a seal covers, and where they stand among its leaves."""

    __tablename__ = "traceability_seal_range"
    __table_args__ = (UniqueConstraint("party_id", "first_position"), Index(None, "seal_id", "first_leaf"))

    seal_id: Mapped[int] = mapped_column(ForeignKey("traceability_seal.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    first_position: Mapped[int]
    last_position: Mapped[int]
    first_leaf: Mapped[int]
    """Counts from 0."""
