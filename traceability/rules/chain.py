"""What ties each entry of the ledger to the one before it; pure.

Who changes, drops, adds or reorders an entry must change every link after it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

Amounts = Sequence[tuple[str, str, int, int]]
"""Role, canonical lot, grams, boxes of each batch that an entry is about."""


def link_of(before: str, position: int, document: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Return the SHA-256 link of an entry, in hexadecimal.

    `before` is the link of the entry before it, empty for the first; `facts` are what the entry keeps
    beside its EPCIS `document` (`facts_of`). Who may not read either can check the link by their digests.
    """
    return joined(before, position, document["eventID"], digest(document), digest(facts))


def joined(before: str, position: int, event_id: str, document: str, facts: str) -> str:
    """Return the link of an entry from the digests of what it says."""
    return digest([before, position, event_id, document, facts])


def digest(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON, in hexadecimal."""
    return sha256(canonical(value).encode()).hexdigest()


def facts_of(
    step: str | None, recorded_by: str, reference: str, declares: int | None, amounts: Amounts
) -> dict[str, Any]:
    """Return what an entry says beside its document: `declares` is the position it declares wrong."""
    return {
        "step": step,
        "recordedBy": recorded_by,
        "reference": reference,
        "declares": declares,
        "amounts": sorted(map(list, amounts)),
    }


def canonical(value: Any) -> str:
    """Return JSON in the one way that the same value always has: keys sorted, nothing between (RFC 8785)."""
    return _encode(value)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""Made once: making an encoder costs as much as encoding."""
