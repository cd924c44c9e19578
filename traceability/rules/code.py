"""Codes on single items: serials, states, and who is told apart when one is looked at; pure."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from hashlib import sha256

from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable

SERIAL_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 characters, all in GS1's set 82: none is mistaken for another when read aloud."""

SERIAL_BITS = 80
"""Sixteen characters of AI (21), which has room for twenty. GS1 asks for no number; 64 bits are our least.

With a million codes on one GTIN a blind guess hits one in 2^60. The bits come from the system's source of
chance; none is derived from a key, an ordinal or another serial: whoever holds all codes of a run but one
knows nothing of that one, and there is no secret that could leak and open all of them.
"""

SERIAL_LENGTH = SERIAL_BITS // 5
_CHANCE = SERIAL_BITS // 8
_TO_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", SERIAL_ALPHABET.encode())


def serials_of(chance: bytes) -> list[str]:
    """Return serials from random bytes, ten bytes each; what does not fill a serial is left."""
    whole = len(chance) // _CHANCE * _CHANCE
    text = b32encode(chance[:whole]).translate(_TO_CROCKFORD, b"=").decode()
    return [text[at : at + SERIAL_LENGTH] for at in range(0, whole * 8 // 5, SERIAL_LENGTH)]


def chance_for(count: int) -> int:
    """Return how many random bytes so many serials need."""
    return count * _CHANCE


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
    SHIPPED = "shipped"
    SOLD = "sold"
    FROZEN = "frozen"
    VOID = "void"


CODE = StateTable(
    initial=CodeState.PRINTED,
    flow=(CodeState.PRINTED, CodeState.ACTIVATED, CodeState.SHIPPED, CodeState.SOLD),
    moves={
        CodeState.PRINTED: frozenset({CodeState.ACTIVATED, CodeState.FROZEN, CodeState.VOID}),
        CodeState.ACTIVATED: frozenset({CodeState.SHIPPED, CodeState.SOLD, CodeState.FROZEN, CodeState.VOID}),
        CodeState.SHIPPED: frozenset({CodeState.SOLD, CodeState.FROZEN, CodeState.VOID}),
        CodeState.SOLD: frozenset({CodeState.FROZEN, CodeState.VOID}),
        CodeState.FROZEN: frozenset(
            {CodeState.PRINTED, CodeState.ACTIVATED, CodeState.SHIPPED, CodeState.SOLD, CodeState.VOID}
        ),
        CodeState.VOID: frozenset(),
    },
    labels={
        CodeState.PRINTED: N_("Printed, not activated"),
        CodeState.ACTIVATED: N_("Activated"),
        CodeState.SHIPPED: N_("Code shipped"),
        CodeState.SOLD: N_("Code sold"),
        CodeState.FROZEN: N_("Frozen"),
        CodeState.VOID: N_("Void"),
    },
)
"""A frozen code goes back to what it was, and nowhere else; a void one stays void."""


class CodeAct(StrEnum):
    """What is done with codes, with one or with a million."""

    ACTIVATE = "activate"
    SHIP = "ship"
    SELL = "sell"
    FREEZE = "freeze"
    THAW = "thaw"
    VOID = "void"


CODE_ACTS: Mapping[CodeAct, str] = {
    CodeAct.ACTIVATE: N_("Activate"),
    CodeAct.SHIP: N_("Mark as shipped"),
    CodeAct.SELL: N_("Mark as sold"),
    CodeAct.FREEZE: N_("Freeze, under suspicion"),
    CodeAct.THAW: N_("Unfreeze, back to what they were"),
    CodeAct.VOID: N_("Make void for good"),
}

AFTER: Mapping[CodeAct, CodeState] = {
    CodeAct.ACTIVATE: CodeState.ACTIVATED,
    CodeAct.SHIP: CodeState.SHIPPED,
    CodeAct.SELL: CodeState.SOLD,
    CodeAct.FREEZE: CodeState.FROZEN,
    CodeAct.VOID: CodeState.VOID,
}
"""What codes become; thawing asks each code what it was."""


DONE_WITH: Mapping[CodeAct, frozenset[CodeState]] = {CodeAct.SHIP: frozenset({CodeState.SOLD})}
"""States that an act lies behind: what is sold has been shipped, whoever tells of it late."""


def befores(act: CodeAct) -> frozenset[CodeState]:
    """Return the states that an act may be done in. From frozen there is no way but thawing and the end."""
    if act is CodeAct.THAW:
        return frozenset({CodeState.FROZEN})
    found = {state for state in CodeState if CODE.allows(state, AFTER[act])}
    return frozenset(found if act is CodeAct.VOID else found - {CodeState.FROZEN})


CODE_OFTEN = 5
"""An item's code looked up by more visitors than this is worth a warning (一物一码 practice)."""


class ScanKind(StrEnum):
    """Who scanned: only a consumer's scan counts as the first."""

    CONSUMER = "consumer"
    STAFF = "staff"
