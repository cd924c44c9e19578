"""Proof: whatever the owner of the database changes behind our back is found, by us and by anyone."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from supplychain.base.models.party import Site
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.permissions import SYSTEM
from tests.make.traceability import REGISTERED_AT, Farm, make_farm
from traceability.jobs import seal as seal_job
from traceability.queries import proof
from traceability.rules import merkle
from traceability.rules.chain import digest
from traceability.rules.ledger import Step
from traceability.services import batch as batch_services
from traceability.services import check, ledger, process, transform
from traceability.services import seal as sealing
from traceability.services.draft import RegisterBatch
from traceability.services.ledger import Happening
from traceability.services.transform import Make, Take, Transform

VERIFY = Path(transform.__file__).parents[1] / "data" / "verify.py"


def season(uow: UnitOfWork) -> tuple[Farm, Site, list[int]]:
    """Tell a small season: two batches, one split, one shipped and received; return the batches."""
    process.install(uow)
    farm, gate = make_farm(uow), make_farm(uow).base
    batches = []
    for _ in range(2):
        command = RegisterBatch(
            farm.item.sku, farm.base.code, date(2026, 11, 18), 10, 150_000, at=REGISTERED_AT
        )
        made = batch_services.register(uow, command)
        batches.append(made.batch_id)
    split = [Make(farm.item.sku, 5, 75_000), Make(farm.item.sku, 5, 75_000)]
    transform.run(uow, Transform("SPLIT", farm.base.code, [Take(made.number, 10, 150_000)], split))
    parcel = ((batches[0], 30_000, 2),)
    ledger.record(uow, Happening(Step.SHIP, None, farm.base.id, parcel, gate.id, reference="YD2611-0001"))
    ledger.record(uow, Happening(Step.RECEIVE, None, gate.id, parcel))
    return farm, gate, batches


def findings(uow: UnitOfWork) -> list[str]:
    """Return what the check of the whole ledger finds."""
    uow.session.flush()
    uow.session.expire_all()
    return list(check.everything(uow.session))


def test_a_ledger_that_nobody_touched_is_whole(uow: UnitOfWork) -> None:
    season(uow)
    assert findings(uow) == []
    assert sealing.seal(uow) is not None
    assert sealing.seal(uow) is None
    assert findings(uow) == []


FIRST = "id = (SELECT min(id) FROM {table})"
LAST_ENTRY = "(SELECT max(id) FROM traceability_entry)"
LAST_BATCH = "(SELECT max(id) FROM traceability_batch)"
KILOGRAM = "replace(CAST(document AS text), '150', '149'){cast}"

TAMPERINGS = {
    "a kilogram in an event": ("entry", f"document = {KILOGRAM}", "position = 1"),
    "who wrote it down": ("entry", "recorded_by = 'somebody'", "position = 2"),
    "the paper behind it": ("entry", "reference = 'YD0000-0000'", "step = 'ship'"),
    "what happened": ("entry", "step = 'lose'", "step = 'receive'"),
    "the name of an event": ("entry", "event_id = 'urn:x'", "position = 1"),
    "an amount": ("entry_batch", "grams = grams - 1", f"entry_id = {LAST_ENTRY}"),
    "the boxes": ("entry_batch", "boxes = boxes + 1", "role = 'output'"),
    "which batch it is about": ("entry_batch", f"batch_id = {LAST_BATCH}", "role = 'input'"),
    "the number of a batch": ("batch", "number = 'B0000-0001'", FIRST),
    "a link": ("entry", "link = 'ff' || substr(link, 3)", "position = 2"),
    "the order": ("entry", "position = position + 100", "position = 1"),
    "the head": ("chain", "length = length - 1", "length > 1"),
    "what is on hand": ("holding", "grams = grams + 1", FIRST),
    "a holding that is gone": ("holding", "", FIRST),
    "an edge": ("edge", "grams_out = grams_out + 1", "1 = 1"),
    "an edge that is gone": ("edge", "", "1 = 1"),
    "the root of a seal": ("seal", "root = 'ff' || substr(root, 3)", "1 = 1"),
    "the size of a seal": ("seal", "size = size + 1", "1 = 1"),
}
"""Table, what is set (nothing: the row goes), and where."""


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_every_tampering_is_found(uow: UnitOfWork, tampering: tuple[str, str, str]) -> None:
    season(uow)
    sealing.seal(uow)
    name, change, where = tampering
    table = f"traceability_{name}"
    verb = f"UPDATE {table} SET {change}" if change else f"DELETE FROM {table}"
    cast = "" if uow.session.get_bind().dialect.name == "sqlite" else "::jsonb"
    changed = text(f"{verb} WHERE {where} RETURNING 1".format(cast=cast, table=table))
    assert uow.session.execute(changed).all()
    assert findings(uow)


def last_entry(uow: UnitOfWork) -> int:
    """Return the last entry of the ledger."""
    return int(uow.session.execute(text("SELECT max(id) FROM traceability_entry")).scalar_one())


def test_an_entry_cut_off_the_end_is_found_even_when_the_head_is_mended(uow: UnitOfWork) -> None:
    season(uow)
    sealing.seal(uow)
    told = list(proof.told(uow.session))
    entry = told[-1].id
    before = told[-2].link if told[-2].party_id == told[-1].party_id else ""
    for statement in (
        f"UPDATE traceability_chain SET length = {told[-1].position - 1}, head = '{before}' "  # noqa: ISC004
        f"WHERE party_id = {told[-1].party_id}",
        f"DELETE FROM traceability_entry_fact WHERE entry_id = {entry}",
        f"DELETE FROM traceability_entry_thing WHERE entry_id = {entry}",
        f"DELETE FROM traceability_entry_batch WHERE entry_id = {entry}",
        f"DELETE FROM traceability_entry WHERE id = {entry}",
    ):
        uow.session.execute(text(statement))
    assert any(finding.startswith("seal 1") for finding in findings(uow))


def test_a_chain_told_anew_from_end_to_end_no_longer_fits_its_seal(uow: UnitOfWork) -> None:
    season(uow)
    sealing.seal(uow)
    entry = last_entry(uow)
    uow.session.execute(text(f"UPDATE traceability_entry SET recorded_by = 'nobody' WHERE id = {entry}"))
    told = list(proof.told(uow.session))
    last = next(one for one in told if one.id == entry)
    forged = proof.of_entry(uow.session, entry)
    assert forged is not None
    parts = [forged["entry"]["before"], last.position, last.event_id]
    link = digest([*parts, digest(last.document), digest(last.facts)])
    uow.session.execute(text(f"UPDATE traceability_entry SET link = '{link}' WHERE id = {entry}"))
    uow.session.execute(
        text(f"UPDATE traceability_chain SET head = '{link}' WHERE party_id = {last.party_id}")
    )
    found = findings(uow)
    assert not [finding for finding in found if finding.startswith("chain")]
    assert any(finding.startswith("seal 1") for finding in found)


def run_verify(*paths: Path) -> tuple[int, str]:
    """Run the program that anyone can run, far from our packages."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFY), *map(str, paths)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_anyone_can_check_a_proof_a_chain_and_the_seals_without_us(uow: UnitOfWork, tmp_path: Path) -> None:
    _, _, batches = season(uow)
    sealing.seal(uow)
    entry = proof.first_of(uow.session, batches[0])
    assert entry is not None
    found = proof.of_entry(uow.session, entry)
    assert found is not None
    assert "document" not in found["entry"]
    files = {name: tmp_path / name for name in ("proof.json", "seal.json", "chain.jsonl", "seals.jsonl")}
    files["proof.json"].write_text(json.dumps(found))
    files["seal.json"].write_text(json.dumps(found["seal"]))
    files["seals.jsonl"].write_text(json.dumps(found["seal"]) + "\n")
    lines = [json.dumps(line, ensure_ascii=False) for line in proof.chain(uow.session)]
    files["chain.jsonl"].write_text("\n".join(lines) + "\n", encoding="utf-8")
    for arguments in (
        [files["proof.json"]],
        [files["proof.json"], files["seal.json"]],
        [files["chain.jsonl"]],
        [files["seals.jsonl"]],
    ):
        code, said = run_verify(*arguments)
        assert (code, said[:2]) == (0, "OK"), said
    files["seal.json"].write_text(json.dumps(found["seal"] | {"sealedAt": "2026-01-01T00:00:00.000Z"}))
    assert run_verify(files["proof.json"], files["seal.json"])[0] == 1
    for broken in (
        found | {"path": found["path"][1:]}
        if found["path"]
        else found | {"path": [{"hash": "00", "left": True}]},
        found | {"entry": found["entry"] | {"position": 2}},
        found | {"entry": found["entry"] | {"eventID": "urn:x"}},
    ):
        files["proof.json"].write_text(json.dumps(broken))
        assert run_verify(files["proof.json"])[0] == 1
    files["chain.jsonl"].write_text("\n".join(lines[1:]), encoding="utf-8")
    code, said = run_verify(files["chain.jsonl"])
    assert (code, "missing" in said) == (1, True)
    files["chain.jsonl"].write_text("\n".join(lines).replace("150", "151"), encoding="utf-8")
    assert run_verify(files["chain.jsonl"])[0] == 1


def naive(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962, section 2.1, defines it."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + naive(leaves[:half]) + naive(leaves[half:])).digest()


@given(size=st.integers(1, 200), at=st.integers(0, 10**6))
def test_a_path_leads_from_every_leaf_to_the_root(size: int, at: int) -> None:
    leaves = [sha256(bytes([number % 256, number // 256])).digest() for number in range(size)]
    root = merkle.root(leaves)
    assert root == naive(leaves)
    index = at % size
    assert merkle.fold(leaves[index], merkle.path(leaves, index)) == root
    if size > 1:
        other = (index + 1) % size
        assert merkle.fold(leaves[other], merkle.path(leaves, index)) != root


def test_blocks_make_the_same_root_as_all_leaves_at_once() -> None:
    links = [sha256(str(number).encode()).hexdigest() for number in range(2 * merkle.BLOCK + 77)]
    leaves = [merkle.leaf(link) for link in links]
    hashes = merkle.blocks(links)
    assert merkle.root(hashes) == naive(leaves)
    index = merkle.BLOCK + 5
    inner = merkle.path(leaves[merkle.BLOCK : 2 * merkle.BLOCK], 5)
    assert merkle.fold(leaves[index], inner + merkle.path(hashes, 1)) == merkle.root(hashes)


def test_the_night_job_seals_and_the_roots_are_published(client: FlaskClient, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        farm, _, batches = season(uow)
    with db.reading() as session:
        number = session.execute(
            text(f"SELECT number FROM traceability_batch WHERE id = {batches[0]}")
        ).scalar_one()
    address = f"/trace/proof/{farm.item.gtin}/{number}.json"
    assert client.get(address).status_code == 404
    assert [list(seal_job(db).counts.values()) for _ in range(2)] == [[5], [0]]
    found = client.get(address)
    assert found.status_code == 200, found.text
    assert found.get_json()["seal"] == client.get("/trace/seals/1.json").get_json()
    page = client.get("/trace/seals", headers={"Accept": "text/html"})
    assert found.get_json()["seal"]["root"] in page.text
    assert client.get("/trace/seals", headers={"Accept": "application/json"}).get_json()["pages"] == 1
    assert client.get("/trace/seals/2.json").status_code == 404
    assert client.get("/trace/seals/1.pdf").data[:5] == b"%PDF-"
    assert "def check_proof" in client.get("/trace/verify.py").text
