"""What a consumer is told first about what was scanned; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from supplychain.kernel.i18n import N_
from traceability.rules.batch import BatchState
from traceability.rules.code import CODE_OFTEN, CodeState


class Verdict(StrEnum):
    """What a consumer is told first."""

    UNKNOWN_BATCH = "unknown_batch"
    RECALLED = "recalled"
    HELD = "held"
    VOID = "void"
    FROZEN = "frozen"
    NOT_ISSUED = "not_issued"
    NOT_ACTIVATED = "not_activated"
    EXPIRED = "expired"
    NOT_RELEASED = "not_released"
    ON_THE_ROAD = "on_the_road"
    OFTEN = "often"
    SEEN = "seen"
    FIRST = "first"
    BATCH = "batch"


class Tone(StrEnum):
    """How gravely a verdict is meant: in order, take care, stop."""

    GOOD = "good"
    CARE = "care"
    STOP = "stop"


TONES: Mapping[Verdict, Tone] = {
    Verdict.UNKNOWN_BATCH: Tone.CARE,
    Verdict.RECALLED: Tone.STOP,
    Verdict.HELD: Tone.STOP,
    Verdict.VOID: Tone.STOP,
    Verdict.FROZEN: Tone.STOP,
    Verdict.NOT_ISSUED: Tone.STOP,
    Verdict.NOT_ACTIVATED: Tone.CARE,
    Verdict.EXPIRED: Tone.CARE,
    Verdict.NOT_RELEASED: Tone.CARE,
    Verdict.ON_THE_ROAD: Tone.CARE,
    Verdict.OFTEN: Tone.CARE,
    Verdict.SEEN: Tone.GOOD,
    Verdict.FIRST: Tone.GOOD,
    Verdict.BATCH: Tone.GOOD,
}


VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.UNKNOWN_BATCH: (
        N_("We know no such batch"),
        N_("Compare the batch number with the label. The product itself is ours."),
    ),
    Verdict.RECALLED: (
        N_("This batch is being called back"),
        N_("Please do not eat it. Take it back to where you bought it, or call the producer."),
    ),
    Verdict.HELD: (
        N_("Sale of this batch is stopped"),
        N_("It is being looked into. Please do not eat it yet, and ask the producer."),
    ),
    Verdict.VOID: (
        N_("This code is void"),
        N_("It was taken out of use. Please do not buy what carries it."),
    ),
    Verdict.FROZEN: (
        N_("This code is frozen: a copy of it is suspected"),
        N_("Please do not buy what carries it until the producer has looked into it. Tell us where it is."),
    ),
    Verdict.NOT_ISSUED: (
        N_("This code is not ours"),
        N_("We never issued it. Please do not buy what carries it, and tell us where you found it."),
    ),
    Verdict.NOT_ACTIVATED: (
        N_("This code is not activated yet"),
        N_("It was printed but has not left the producer. Ask the shop that sold it."),
    ),
    Verdict.EXPIRED: (
        N_("Past its best-before day"),
        N_("Please do not buy it any more."),
    ),
    Verdict.NOT_RELEASED: (
        N_("Not released for sale yet"),
        N_("Its papers are not complete."),
    ),
    Verdict.ON_THE_ROAD: (
        N_("By our record these goods are still on the road"),
        N_("If the item is in a shop already, its code may be a copy. Ask the shop when it arrived."),
    ),
    Verdict.OFTEN: (
        N_("This code is looked up unusually often"),
        N_("One item, one code: a copy may be going round. Compare what is on the label with this page."),
    ),
    Verdict.SEEN: (N_("Genuine code"), ""),
    Verdict.FIRST: (N_("Genuine: you are the first to look"), ""),
    Verdict.BATCH: (N_("Genuine batch, origin on record"), ""),
}
"""What a consumer is told: the finding, and what to do."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """The facts that decide a verdict: `code` None and `has_serial` false is the code of a whole batch.

    `looks` counts visitors of each day, this one included.
    """

    state: BatchState
    is_held: bool
    is_expired: bool
    has_serial: bool
    code: CodeState | None
    looks: int
    is_on_road: bool = False
    """Whatever is left of the batch is aboard a lorry: nothing of it can be in anybody's hands."""
    is_recalled: bool = False
    """A recall of the batch is open, and no drill."""


def verdict_of(seen: Sighting) -> Verdict:
    """Return the gravest thing that is true of what was seen."""
    found = {
        Verdict.RECALLED: seen.is_recalled,
        Verdict.HELD: seen.is_held,
        Verdict.VOID: seen.code is CodeState.VOID,
        Verdict.FROZEN: seen.code is CodeState.FROZEN,
        Verdict.NOT_ISSUED: seen.has_serial and seen.code is None,
        Verdict.NOT_ACTIVATED: seen.code is CodeState.PRINTED,
        Verdict.EXPIRED: seen.is_expired,
        Verdict.NOT_RELEASED: seen.state is BatchState.REGISTERED,
        Verdict.ON_THE_ROAD: seen.has_serial and seen.is_on_road,
        Verdict.OFTEN: seen.has_serial and seen.looks > CODE_OFTEN,
        Verdict.SEEN: seen.has_serial and seen.looks > 1,
        Verdict.FIRST: seen.has_serial,
    }
    return next((verdict for verdict, holds in found.items() if holds), Verdict.BATCH)
