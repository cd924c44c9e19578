"""What happens to goods: steps, what each moves, and its words in EPCIS; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from supplychain.kernel.i18n import N_


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
    DESTROY = "destroy"
    DESTROY_REJECTED = "destroy_rejected"
    TEMPERATURE = "temperature"
    PROCESS = "process"
    REGROUP = "regroup"
    CONFORM = "conform"
    NONCONFORM = "nonconform"
    RECALL = "recall"
    SELL = "sell"
    ATTACH = "attach"
    DETACH = "detach"


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
    Step.DESTROY: N_("Destroyed"),
    Step.DESTROY_REJECTED: N_("Destroyed after rejection"),
    Step.TEMPERATURE: N_("Temperature of the trip"),
    Step.PROCESS: N_("Processed"),
    Step.REGROUP: N_("Split, merged or regraded"),
    Step.CONFORM: N_("Inspection passed"),
    Step.NONCONFORM: N_("Inspection failed"),
    Step.RECALL: N_("Recalled"),
    Step.SELL: N_("Sold to consumers"),
    Step.ATTACH: N_("Device fixed"),
    Step.DETACH: N_("Device taken off"),
}


class Role(StrEnum):
    """What a batch is to an entry."""

    SUBJECT = "subject"
    INPUT = "input"
    OUTPUT = "output"


class ThingRole(StrEnum):
    """In which list of its event a thing stands."""

    EPC = "epc"
    PARENT = "parent"
    CHILD = "child"
    INPUT = "input"
    OUTPUT = "output"


class Trust(StrEnum):
    """How far the events of a source are believed."""

    IGNORE = "ignore"
    SHOW = "show"
    PROPOSE = "propose"
    POST = "post"


TRUSTS = {
    Trust.IGNORE: N_("Ignore: nothing is kept"),
    Trust.SHOW: N_("Show: kept and shown, moves nothing"),
    Trust.PROPOSE: N_("Propose: somebody accepts each"),
    Trust.POST: N_("Post: carried out at once"),
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
    Step.DESTROY: Effect(out_of=Bucket.ON_HAND),
    Step.DESTROY_REJECTED: Effect(out_of=Bucket.REJECTED),
    Step.TEMPERATURE: Effect(),
    Step.PROCESS: Effect(),
    Step.REGROUP: Effect(),
    Step.CONFORM: Effect(),
    Step.NONCONFORM: Effect(),
    Step.RECALL: Effect(),
    Step.SELL: Effect(out_of=Bucket.ON_HAND),
    Step.ATTACH: Effect(),
    Step.DETACH: Effect(),
}
"""SHIP takes from the entry's site and puts into transit at `to_site`; the others act at the entry's site."""


TRANSFORMING = frozenset({Step.PROCESS, Step.REGROUP})
"""Steps that take inputs from what is on hand and put outputs there."""

_TRANSFORMED: Mapping[Role, Effect] = {
    Role.SUBJECT: Effect(),
    Role.INPUT: Effect(out_of=Bucket.ON_HAND),
    Role.OUTPUT: Effect(into=Bucket.ON_HAND),
}

Spot = tuple[int, Bucket]
"""A place, and in what way goods are there."""


def ends(step: Step, role: Role, site_id: int, to_site_id: int | None) -> tuple[Spot | None, Spot | None]:
    """Return out of which spot and into which a step moves a batch; None is nowhere.

    A shipment needs `to_site_id`: ValueError without.
    """
    effect = _TRANSFORMED[role] if step in TRANSFORMING else EFFECTS[step]
    end = to_site_id if effect.into is Bucket.IN_TRANSIT else site_id
    if end is None:
        raise ValueError("a shipment without a destination")
    return (
        None if effect.out_of is None else (site_id, effect.out_of),
        None if effect.into is None else (end, effect.into),
    )


class ErrorReason(StrEnum):
    """Why an entry is declared wrong (CBV 2.0, 7.5)."""

    DID_NOT_OCCUR = "did_not_occur"
    INCORRECT_DATA = "incorrect_data"


ERROR_REASONS = {
    ErrorReason.DID_NOT_OCCUR: N_("It did not happen"),
    ErrorReason.INCORRECT_DATA: N_("It happened otherwise"),
}


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
    Step.DESTROY: EventWords("ObjectEvent", "DELETE", "destroying", "destroyed"),
    Step.DESTROY_REJECTED: EventWords("ObjectEvent", "DELETE", "destroying", "destroyed"),
    Step.TEMPERATURE: EventWords("ObjectEvent", "OBSERVE", "sensor_reporting", "in_transit"),
    Step.PROCESS: EventWords("TransformationEvent", "", "commissioning", "active"),
    Step.REGROUP: EventWords("TransformationEvent", "", "commissioning", "in_progress"),
    Step.CONFORM: EventWords("ObjectEvent", "OBSERVE", "inspecting", "conformant"),
    Step.NONCONFORM: EventWords("ObjectEvent", "OBSERVE", "inspecting", "non_conformant"),
    Step.RECALL: EventWords("ObjectEvent", "OBSERVE", "holding", "recalled"),
    Step.SELL: EventWords("ObjectEvent", "DELETE", "retail_selling", "retail_sold"),
    Step.ATTACH: EventWords("AssociationEvent", "ADD", "installing", ""),
    Step.DETACH: EventWords("AssociationEvent", "DELETE", "removing", ""),
}
"""CBV 2.0 words for each step, as mapped in the EPCIS practice for food (no `killing`, no `transforming`)."""
