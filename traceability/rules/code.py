"""Codes on single items: serials, states, and who is told apart when one is looked at; pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from hashlib import sha256

from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable

SERIAL_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 characters, all in GS1's set 82: none is mistaken for another when read aloud."""


SERIAL_BITS = 80


def serial_of(number: int) -> str:
    """Return 80 random bits as the 16 characters of a serial, AI (21)."""
    return "".join(SERIAL_ALPHABET[number >> shift & 31] for shift in range(SERIAL_BITS - 5, -1, -5))


def subject_of(batch_id: int, code_id: int | None) -> str:
    """Return what was scanned, as scans name it: one item's code, or the code of a whole batch."""
    return f"batch:{batch_id}" if code_id is None else f"code:{code_id}"


def visitor_of(secret: str, day: date, address: str, agent: str) -> str:
    """Return who looks, as a name that means nothing tomorrow and leads back to nobody."""
    text = f"{secret}\n{day.isoformat()}\n{address}\n{agent}"
    return sha256(text.encode()).hexdigest()[:32]


class CodeState(StrEnum):
    """Where the code on one item stands."""

    PRINTED = "printed"
    ACTIVATED = "activated"
    VOID = "void"


CODE = StateTable(
    initial=CodeState.PRINTED,
    flow=(CodeState.PRINTED, CodeState.ACTIVATED),
    moves={
        CodeState.PRINTED: frozenset({CodeState.ACTIVATED, CodeState.VOID}),
        CodeState.ACTIVATED: frozenset({CodeState.VOID}),
        CodeState.VOID: frozenset(),
    },
    labels={
        CodeState.PRINTED: N_("Printed, not activated"),
        CodeState.ACTIVATED: N_("Activated"),
        CodeState.VOID: N_("Void"),
    },
)


CODE_OFTEN = 5
"""An item's code looked up by more visitors than this is worth a warning (一物一码 practice)."""


class ScanKind(StrEnum):
    """Who scanned: only a consumer's scan counts as the first."""

    CONSUMER = "consumer"
    STAFF = "staff"
