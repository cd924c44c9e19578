"""The event hash: everybody who has an event finds the same name for it, however it is written."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from traceability.cli import trace
from traceability.rules.event_hash import event_hash, namespaces_of, pre_hash, utc_milliseconds
from traceability.rules.identifier import canonical_id

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"example": "https://ns.example.com/epcis/", "cbvmda": "urn:epcglobal:cbv:mda:"},
]
HARVEST: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2019-10-21T14:58:56.000+02:00",
    "eventTimeZoneOffset": "+02:00",
    "quantityList": [
        {"epcClass": "urn:epc:class:lgtin:4054739.099914.20160711", "quantity": 600, "uom": "KGM"}
    ],
    "action": "ADD",
    "bizStep": "commissioning",
    "readPoint": {"id": "urn:epc:id:sgln:4054739.00001.0"},
    "ilmd": {"cbvmda:bestBeforeDate": "2019-10-21"},
}
SENSED: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2020-04-01T15:00:00+01:00",
    "eventTimeZoneOffset": "+01:00",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"],
    "action": "OBSERVE",
    "bizStep": "inspecting",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    "sensorElementList": [
        {
            "sensorMetadata": {
                "deviceID": "urn:epc:id:giai:4000001.111",
                "deviceMetadata": "https://id.gs1.org/8004/4000001111",
            },
            "sensorReport": [
                {"type": "Temperature", "value": 26, "sDev": 0.1, "uom": "CEL"},
                {"type": "AbsoluteHumidity", "value": 12.1, "uom": "A93"},
                {
                    "type": "Dimensionless",
                    "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
                    "value": 0.05,
                    "uom": "C35",
                },
                {
                    "type": "Dimensionless",
                    "chemicalSubstance": "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",
                    "value": 0.18,
                    "uom": "C35",
                },
            ],
        }
    ],
}
DEPARTED: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2020-03-04T11:00:30+01:00",
    "eventTimeZoneOffset": "+01:00",
    "epcList": ["urn:epc:id:sgtin:0614141.011111.987"],
    "action": "OBSERVE",
    "bizStep": "departing",
    "disposition": "in_transit",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.0", "example:myField1": "AB-12"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.11111.123"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
    "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:0614141.00000"}],
    "example:userExt": "CD-34",
}
VECTORS = [
    (HARVEST, "5f396ea5cb32fe4d0980cb79f5a5eb9640559e9f5a6cefa5c98a7d6ad554b50b"),
    (SENSED, "49b13037c36e84ad9307c531671b00e901318c3957e4b1151f816ec49eb668da"),
    (DEPARTED, "a13cbe6c8bb6df3710b3edaeff760a1365ec8fd69ca1f4d7e0c10eb5189a883a"),
]
"""Events of the reference implementation's samples with the hashes that its release 1.9.3 finds."""


@pytest.mark.parametrize(("event", "digest"), VECTORS)
def test_the_reference_finds_the_same_hash(event: dict[str, Any], digest: str) -> None:
    assert event_hash(event, namespaces_of(CONTEXT)) == f"ni:///sha-256;{digest}?ver=CBV2.0"


def shuffled(value: Any, chance: random.Random) -> Any:
    """Return the same value with fields and list elements in another order."""
    if isinstance(value, dict):
        items = [(key, shuffled(part, chance)) for key, part in value.items()]
        chance.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        return chance.sample([shuffled(part, chance) for part in value], len(value))
    return value


@given(st.sampled_from([event for event, _ in VECTORS]), st.randoms(use_true_random=False))
def test_the_order_of_fields_and_lists_says_nothing(event: dict[str, Any], chance: random.Random) -> None:
    namespaces = namespaces_of(CONTEXT)
    assert event_hash(shuffled(event, chance), namespaces) == event_hash(event, namespaces)


@pytest.mark.parametrize(
    "unsaid",
    [
        {"recordTime": "2026-11-20T09:00:00Z"},
        {"eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"},
        {"errorDeclaration": {"declarationTime": "2026-11-20T09:00:00Z"}},
        {"rdfs:comment": "nothing"},
        {"@context": CONTEXT},
    ],
)
def test_a_declaration_keeps_the_name_of_the_event(unsaid: dict[str, Any]) -> None:
    assert event_hash(HARVEST | unsaid) == event_hash(HARVEST)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("action", "OBSERVE"),
        ("eventTime", "2019-10-21T14:58:56.001+02:00"),
        ("example:userExt", "x"),
        ("disposition", "active"),
        ("certificationInfo", "https://certificates.example.com/1"),
    ],
)
def test_whatever_an_event_says_is_in_its_name(field: str, value: str) -> None:
    assert event_hash({**HARVEST, field: value}) != event_hash(HARVEST)


@pytest.mark.parametrize(
    ("same", "other"),
    [
        (
            "urn:epc:id:sgtin:9506000.013435.S1",
            "https://shop.example/x/01/9506000134352/10/L/21/S1?17=261231",
        ),
        ("urn:epc:class:lgtin:9506000.013435.LOT-1", "https://id.gs1.org/01/09506000134352/10/LOT-1"),
        ("urn:epc:idpat:sgtin:9506000.013435.*", "http://a.example/01/09506000134352"),
        ("urn:epc:idpat:itip:9506000.013435.01.02.*", "https://id.gs1.org/8006/095060001343520102"),
        ("urn:epc:idpat:cpi:9506000.AB-12.*", "https://id.gs1.org/8010/9506000AB-12"),
        ("urn:epc:id:sscc:9506000.0000000001", "https://id.gs1.org/00/095060000000000015"),
        ("urn:epc:id:sgln:9506000.13437.0", "https://id.gs1.org/414/9506000134376"),
        ("urn:epc:id:sgln:9506000.13437.A1", "https://id.gs1.org/414/9506000134376/254/A1"),
        ("urn:epc:id:pgln:9506000.13437", "https://id.gs1.org/417/9506000134376"),
        ("urn:epc:id:gdti:9506000.13437.A1", "https://id.gs1.org/253/9506000134376A1"),
        ("urn:epc:id:grai:9506000.13435.1", "https://id.gs1.org/8003/095060001343521"),
        ("urn:epc:id:giai:9506000.A12", "https://id.gs1.org/8004/9506000A12"),
        (
            "urn:epc:id:sgtin:9506000.013435.6789%2F%26%25%22!%3F()",
            "https://id.gs1.org/01/09506000134352/21/6789%2F%26%25%22%21%3F%28%29",
        ),
    ],
)
def test_a_thing_has_one_name_however_it_is_called(same: str, other: str) -> None:
    assert canonical_id(same) == canonical_id(other)


@pytest.mark.parametrize(
    "text", ["urn:uuid:1", "urn:epc:id:sgtin:95.1.2", "https://example.com/", "urn:epc:id:foo:9506000.1", "x"]
)
def test_what_is_no_key_of_gs1_keeps_its_name(text: str) -> None:
    assert canonical_id(text) == text


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-20T09:00:00+09:00", "2026-11-20T00:00:00.000Z"),
        ("2026-11-20T09:00:00.0005Z", "2026-11-20T09:00:00.001Z"),
        ("2026-11-20T09:00:00.0025Z", "2026-11-20T09:00:00.003Z"),
        ("2026-11-20T09:00:00.00249Z", "2026-11-20T09:00:00.002Z"),
        ("2026-12-31T23:59:59.9996Z", "2027-01-01T00:00:00.000Z"),
    ],
)
def test_instants_are_rounded_half_up_to_the_millisecond(text: str, instant: str) -> None:
    assert utc_milliseconds(text) == instant


def test_numbers_lose_their_zeros_and_nested_extensions_their_prefixes() -> None:
    event = {"type": "ObjectEvent", "example:a": {"example:b": [12.50, "23.0", "x"], "example:c": True}}
    namespace = "{https://ns.example.com/epcis/}"
    assert pre_hash(event, namespaces_of(CONTEXT)) == (
        f"eventType=ObjectEvent{namespace}a{namespace}b=12.5{namespace}b=23{namespace}b=x{namespace}c=true"
    )


def test_the_command_prints_one_hash_a_line(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonld"
    body = {"eventList": [event for event, _ in VECTORS]}
    file.write_text(json.dumps({"@context": CONTEXT, "type": "EPCISDocument", "epcisBody": body}))
    shown = CliRunner().invoke(trace, ["hash", str(file)])
    assert shown.output.split() == [f"ni:///sha-256;{digest}?ver=CBV2.0" for _, digest in VECTORS]
    file.write_text("<epcis/>")
    assert CliRunner().invoke(trace, ["hash", str(file)]).exit_code == 1
