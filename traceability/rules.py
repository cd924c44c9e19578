"""States and steps of what happens to goods: batches, certificates, codes, ledger entries; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
    TEMPERATURE = "temperature"


class Bucket(StrEnum):
    """In what way goods are at a place."""

    ON_HAND = "on_hand"
    IN_TRANSIT = "in_transit"
    REJECTED = "rejected"


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
    Step.TEMPERATURE: EventWords("ObjectEvent", "OBSERVE", "sensor_reporting", "in_transit"),
}
"""CBV 2.0 words for each step, as mapped in the EPCIS practice for food (no `killing`, no `transforming`)."""
