"""What a seal says, in the one form that is hashed; pure."""

from __future__ import annotations

from datetime import UTC, datetime


def seal_facts(before: str, number: int, sealed_at: datetime, size: int, root: str) -> list[object]:
    """Return what the hash of a seal is made over; the instant in UTC to the millisecond."""
    return [before, number, instant(sealed_at), size, root]


def instant(at: datetime) -> str:
    """Return an instant as seals and proofs write it: 2026-11-20T02:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
