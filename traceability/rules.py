"""States and steps of what happens to goods: batches, certificates, codes, ledger entries; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable


class BatchState(StrEnum):
    """Where a batch stands; a hold is kept apart, because any batch can be held."""

    REGISTERED = "registered"
    RELEASED = "released"
    CLOSED = "closed"


BATCH = StateTable(
    initial=BatchState.REGISTERED,
    flow=(BatchState.REGISTERED, BatchState.RELEASED, BatchState.CLOSED),
    moves={
        BatchState.REGISTERED: frozenset({BatchState.RELEASED, BatchState.CLOSED}),
        BatchState.RELEASED: frozenset({BatchState.CLOSED}),
        BatchState.CLOSED: frozenset(),
    },
    labels={
        BatchState.REGISTERED: N_("Registered"),
        BatchState.RELEASED: N_("Released for sale"),
        BatchState.CLOSED: N_("Used up"),
    },
)


class CertificateKind(StrEnum):
    """A paper that goods need."""

    COC = "coc"
    QUARANTINE_A = "quarantine_a"
    MEAT_QUALITY = "meat_quality"
    ASF_REPORT = "asf_report"
    FACTORY_TEST = "factory_test"
    FOOD_LICENCE = "food_licence"


CERTIFICATE_KINDS = {
    CertificateKind.COC: N_("Conformity promise certificate"),
    CertificateKind.QUARANTINE_A: N_("Animal product quarantine certificate (A)"),
    CertificateKind.MEAT_QUALITY: N_("Meat quality inspection certificate"),
    CertificateKind.ASF_REPORT: N_("African swine fever test report"),
    CertificateKind.FACTORY_TEST: N_("Factory inspection report"),
    CertificateKind.FOOD_LICENCE: N_("Food production licence (SC)"),
}

REQUIRED_PAPERS: Mapping[str, frozenset[CertificateKind]] = {
    "vegetable": frozenset({CertificateKind.COC}),
    "egg": frozenset({CertificateKind.COC}),
    "pork": frozenset(
        {CertificateKind.QUARANTINE_A, CertificateKind.MEAT_QUALITY, CertificateKind.ASF_REPORT}
    ),
    "rabbit": frozenset({CertificateKind.QUARANTINE_A, CertificateKind.MEAT_QUALITY}),
    "tea": frozenset({CertificateKind.FACTORY_TEST}),
}
"""Papers that a batch of each product family needs before it is sold.

农产品质量安全法 39 and 令2025-4 (COC for vegetables, eggs), 动物防疫法 49 and 生猪屠宰管理条例 15–17 (meat),
食品安全法 52 (factory test of made tea).
"""


COC_FAMILIES = frozenset(
    family for family, papers in REQUIRED_PAPERS.items() if CertificateKind.COC in papers
)
"""Families that the conformity promise covers (令2025-4 art. 3: neither made tea nor meat)."""

MAX_VALID_DAYS: Mapping[CertificateKind, int] = {CertificateKind.QUARANTINE_A: 7}
"""How long a paper can count from its day of issue (产品A ≤ 7 days, 动物检疫管理办法 practice)."""

NOTICE_DAYS = (7, 1)
"""So many days before a paper ends its party is told."""

PARTY_PAPERS = frozenset({CertificateKind.FOOD_LICENCE})
"""Papers about a party as a whole; all others are about one batch."""


class CocBasis(StrEnum):
    """What the promise of a conformity certificate rests on: the three boxes of the form (令2025-4)."""

    CONTROL = "control"
    OWN_TEST = "own_test"
    COMMISSIONED_TEST = "commissioned_test"


COC_BASES = {
    CocBasis.CONTROL: N_("Quality and safety control meets the requirements"),
    CocBasis.OWN_TEST: N_("Own test passed"),
    CocBasis.COMMISSIONED_TEST: N_("Commissioned test passed"),
}


COC_PROMISE = N_(
    "No banned pesticide, veterinary drug or other compound was used; residues of permitted pesticides and "
    "veterinary drugs are within the limits."
)
"""The producer's promise; its Chinese is the fixed text of 令2025-4, form 1."""


def missing_papers(family: str, valid: Collection[CertificateKind]) -> list[CertificateKind]:
    """Return the papers that a batch of a family still needs, in the order of the list above."""
    needed = REQUIRED_PAPERS.get(family, frozenset()) - frozenset(valid)
    return [kind for kind in CertificateKind if kind in needed]


DATED: Mapping[str, str] = {
    "": N_("Harvest date"),
    "tea": N_("Production date"),
    "pork": N_("Slaughter date"),
    "rabbit": N_("Slaughter date"),
    "egg": N_("Laying date"),
}
"""What the day of a batch is called on labels, by product family; empty stands for all others."""

LABELS_AT_ONCE = 1_000
"""Labels in one file; a longer run comes in parts."""

MASS_TOLERANCE_BP = 2_000
"""Kilograms that differ from boxes × net mass by more than a fifth are taken for a typing error."""


def is_plausible_mass(boxes: int, net_grams: int, grams: int) -> bool:
    """Tell whether an entered mass fits the number of boxes."""
    expected = boxes * net_grams
    return abs(grams - expected) * 10_000 <= expected * MASS_TOLERANCE_BP


def masked(name: str) -> str:
    """Return a natural person's name as public pages show it, as 张*; empty stays empty."""
    return f"{name.strip()[:1]}*" if name.strip() else ""


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


class Verdict(StrEnum):
    """What a consumer is told first."""

    UNKNOWN_BATCH = "unknown_batch"
    HELD = "held"
    VOID = "void"
    NOT_ISSUED = "not_issued"
    NOT_ACTIVATED = "not_activated"
    EXPIRED = "expired"
    NOT_RELEASED = "not_released"
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
    Verdict.HELD: Tone.STOP,
    Verdict.VOID: Tone.STOP,
    Verdict.NOT_ISSUED: Tone.STOP,
    Verdict.NOT_ACTIVATED: Tone.CARE,
    Verdict.EXPIRED: Tone.CARE,
    Verdict.NOT_RELEASED: Tone.CARE,
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
    Verdict.HELD: (
        N_("Sale of this batch is stopped"),
        N_("It is being looked into. Please do not eat it yet, and ask the producer."),
    ),
    Verdict.VOID: (
        N_("This code is void"),
        N_("It was taken out of use. Please do not buy what carries it."),
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


def verdict_of(seen: Sighting) -> Verdict:
    """Return the gravest thing that is true of what was seen."""
    found = {
        Verdict.HELD: seen.is_held,
        Verdict.VOID: seen.code is CodeState.VOID,
        Verdict.NOT_ISSUED: seen.has_serial and seen.code is None,
        Verdict.NOT_ACTIVATED: seen.code is CodeState.PRINTED,
        Verdict.EXPIRED: seen.is_expired,
        Verdict.NOT_RELEASED: seen.state is BatchState.REGISTERED,
        Verdict.OFTEN: seen.has_serial and seen.looks > CODE_OFTEN,
        Verdict.SEEN: seen.has_serial and seen.looks > 1,
        Verdict.FIRST: seen.has_serial,
    }
    return next((verdict for verdict, holds in found.items() if holds), Verdict.BATCH)


class ScanKind(StrEnum):
    """Who scanned: only a consumer's scan counts as the first."""

    CONSUMER = "consumer"
    STAFF = "staff"


class Step(StrEnum):
    """What happens to goods, in the trade's words; each is one EPCIS event."""

    HARVEST = "harvest"
    RELEASE = "release"
    HOLD = "hold"
    LIFT_HOLD = "lift_hold"
    PACK = "pack"
    UNPACK = "unpack"
    SHIP = "ship"
    RECEIVE = "receive"
    LOSE = "lose"
    REJECT = "reject"
    DISPOSE = "dispose"
    TEMPERATURE = "temperature"


STEPS = {
    Step.HARVEST: N_("Harvested and registered"),
    Step.RELEASE: N_("Released for sale"),
    Step.HOLD: N_("Put on hold"),
    Step.LIFT_HOLD: N_("Hold lifted"),
    Step.PACK: N_("Packed"),
    Step.UNPACK: N_("Unpacked"),
    Step.SHIP: N_("Dispatched"),
    Step.RECEIVE: N_("Received"),
    Step.LOSE: N_("Lost on the way"),
    Step.REJECT: N_("Rejected at the gate"),
    Step.DISPOSE: N_("Written off"),
    Step.TEMPERATURE: N_("Temperature of the trip"),
}


class Bucket(StrEnum):
    """In what way goods are at a place."""

    ON_HAND = "on_hand"
    IN_TRANSIT = "in_transit"
    REJECTED = "rejected"


BUCKETS = {
    Bucket.ON_HAND: N_("On hand"),
    Bucket.IN_TRANSIT: N_("On the way"),
    Bucket.REJECTED: N_("Rejected"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step does to holdings: out of one bucket, into another; None is nowhere.

    `from_site` and `to_site` name which of the entry's two sites each bucket is at.
    """

    out_of: Bucket | None = None
    into: Bucket | None = None


EFFECTS: Mapping[Step, Effect] = {
    Step.HARVEST: Effect(into=Bucket.ON_HAND),
    Step.RELEASE: Effect(),
    Step.HOLD: Effect(),
    Step.LIFT_HOLD: Effect(),
    Step.PACK: Effect(),
    Step.UNPACK: Effect(),
    Step.SHIP: Effect(out_of=Bucket.ON_HAND, into=Bucket.IN_TRANSIT),
    Step.RECEIVE: Effect(out_of=Bucket.IN_TRANSIT, into=Bucket.ON_HAND),
    Step.LOSE: Effect(out_of=Bucket.IN_TRANSIT),
    Step.REJECT: Effect(out_of=Bucket.IN_TRANSIT, into=Bucket.REJECTED),
    Step.DISPOSE: Effect(out_of=Bucket.ON_HAND),
    Step.TEMPERATURE: Effect(),
}
"""SHIP takes from the entry's site and puts into transit at `to_site`; the others act at the entry's site."""


@dataclass(frozen=True, slots=True)
class EventWords:
    """The EPCIS event of a step: type, action, CBV business step and disposition."""

    type: str
    action: str
    biz_step: str
    disposition: str


EPCIS: Mapping[Step, EventWords] = {
    Step.HARVEST: EventWords("ObjectEvent", "ADD", "commissioning", "active"),
    Step.RELEASE: EventWords("ObjectEvent", "OBSERVE", "inspecting", "conformant"),
    Step.HOLD: EventWords("ObjectEvent", "OBSERVE", "holding", "non_sellable_other"),
    Step.LIFT_HOLD: EventWords("ObjectEvent", "OBSERVE", "inspecting", "conformant"),
    Step.PACK: EventWords("AggregationEvent", "ADD", "packing", "in_progress"),
    Step.UNPACK: EventWords("AggregationEvent", "DELETE", "unpacking", "in_progress"),
    Step.SHIP: EventWords("ObjectEvent", "OBSERVE", "shipping", "in_transit"),
    Step.RECEIVE: EventWords("ObjectEvent", "OBSERVE", "receiving", "in_progress"),
    Step.LOSE: EventWords("ObjectEvent", "DELETE", "destroying", "destroyed"),
    Step.REJECT: EventWords("ObjectEvent", "OBSERVE", "receiving", "non_sellable_other"),
    Step.DISPOSE: EventWords("ObjectEvent", "DELETE", "destroying", "disposed"),
    Step.TEMPERATURE: EventWords("ObjectEvent", "OBSERVE", "sensor_reporting", "in_transit"),
}
"""CBV 2.0 words for each step, as mapped in the EPCIS practice for food (no `killing`, no `transforming`)."""
