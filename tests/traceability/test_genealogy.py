"""The genealogy: shares that add up, trees to any depth, and nobody sees what is not theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from supplychain.kernel.db import migrate
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn, Statements
from tests.make.base import make_party
from tests.make.epcis import make_source
from tests.make.traceability import REGISTERED_AT, Farm, actor_of, make_farm
from traceability.models.batch import Batch
from traceability.models.ledger import Entry
from traceability.queries import genealogy
from traceability.queries.genealogy import Direction
from traceability.rules import folding, shares
from traceability.rules.capture import ErrorBehaviour
from traceability.rules.event_hash import Namespaces
from traceability.rules.folding import Asked, Fold
from traceability.rules.genealogy import flows
from traceability.rules.ledger import Step, Trust
from traceability.schemas import epcis
from traceability.services import batch as batch_services
from traceability.services import capture, ledger, process, transform
from traceability.services.draft import RegisterBatch
from traceability.services.ledger import Happening
from traceability.services.transform import Make, Take, Transform

_numbers = count(1)


def registered(uow: UnitOfWork, farm: Farm, plot: str = "", kilograms: int = 150) -> Batch:
    """Register some crates."""
    command = RegisterBatch(
        farm.item.sku,
        farm.base.code,
        date(2026, 11, 18),
        max(kilograms // 15, 1),
        kilograms * 1_000,
        f"TY-{next(_numbers)}",
        at=REGISTERED_AT,
        plot=plot,
    )
    return uow.session.get_one(Batch, batch_services.register(uow, command).batch_id)


def run(uow: UnitOfWork, farm: Farm, code: str, taken: list[Batch], made: list[int]) -> list[Batch]:
    """Run a process over whole batches into new ones of so many kilograms."""
    done = transform.run(
        uow,
        Transform(
            code,
            farm.base.code,
            [Take(batch.number, batch.boxes, batch.grams) for batch in taken],
            [Make(farm.item.sku, max(kilograms // 15, 1), kilograms * 1_000) for kilograms in made],
        ),
    )
    return [uow.session.get_one(Batch, one.id) for one in done.made]


@pytest.fixture
def farm(uow: UnitOfWork) -> Farm:
    """A co-operative that may process, its goods weighed each."""
    process.install(uow)
    return make_farm(uow, is_catch_weight=True)


def test_a_merged_batch_says_which_plot_gave_how_much(uow: UnitOfWork, farm: Farm) -> None:
    one, two = registered(uow, farm, "A", 62), registered(uow, farm, "B", 38)
    merged = run(uow, farm, "MERGE", [one, two], [100])[0]
    parts = run(uow, farm, "SPLIT", [merged], [60, 40])
    for batch in (merged, *parts):
        found = genealogy.origins(uow.session, SYSTEM, batch.id)
        assert [(origin.node.plot, origin.share_bp) for origin in found] == [("A", 6_200), ("B", 3_800)]
    alone = genealogy.origins(uow.session, SYSTEM, one.id)
    assert [(origin.node.id, origin.share_bp) for origin in alone] == [(one.id, 10_000)]


def test_a_tree_is_followed_up_down_and_both_in_few_statements(
    uow: UnitOfWork, farm: Farm, statements: Statements
) -> None:
    one, two = registered(uow, farm), registered(uow, farm)
    merged = run(uow, farm, "MERGE", [one, two], [300])[0]
    parts = run(uow, farm, "SPLIT", [merged], [100, 200])
    uow.flush()
    before = len(statements)
    both = genealogy.tree(uow.session, SYSTEM, merged.id)
    assert len(statements) - before == 2
    up = genealogy.tree(uow.session, SYSTEM, merged.id, Direction.UP)
    down = genealogy.tree(uow.session, SYSTEM, merged.id, Direction.DOWN)
    assert set(both.nodes) == {one.id, two.id, merged.id, parts[0].id, parts[1].id}
    assert set(up.nodes) == {one.id, two.id, merged.id}
    assert set(down.nodes) == {merged.id, parts[0].id, parts[1].id}
    assert {*up.links, *down.links} == set(both.links)
    assert both.levels() == {one.id: 0, two.id: 0, merged.id: 1, parts[0].id: 2, parts[1].id: 2}


def test_what_stems_from_a_batch_is_known_in_grams(uow: UnitOfWork, farm: Farm) -> None:
    one, two = registered(uow, farm, kilograms=60), registered(uow, farm, kilograms=40)
    merged = run(uow, farm, "MERGE", [one, two], [100])[0]
    parts = run(uow, farm, "SPLIT", [merged], [50, 50])
    stem = genealogy.stemming(uow.session, [one.id])
    assert stem == {one.id: 60_000, merged.id: 60_000, parts[0].id: 30_000, parts[1].id: 30_000}


def test_a_chain_of_two_thousand_batches_is_no_harder_than_one(uow: UnitOfWork, farm: Farm) -> None:
    edges = [(place, place + 1, 1_000) for place in range(2_000)]
    assert shares.origins(2_000, edges) == {0: 10_000}
    assert shares.levels(range(2_001), [edge[:2] for edge in edges])[2_000] == 2_000
    view = folding.view(1_000, folding.beside((one + 1, two + 1) for one, two, _ in edges), Asked())
    assert len(view.columns) == folding.MOST


FAN_OUT = [(1, child) for child in range(2, 102)]


def test_of_a_wide_split_the_first_are_drawn_and_the_rest_opens_a_part_at_a_time() -> None:
    near = folding.beside(FAN_OUT)
    first = folding.view(1, near, Asked())
    assert (len(first.columns), first.folds) == (13, [Fold(1, drawn=12, hidden=88)])
    asked = Asked().open(1)
    more = folding.view(1, near, asked)
    assert more.folds == [Fold(1, drawn=52, hidden=48)]
    assert first.columns.items() <= more.columns.items()
    assert folding.view(1, near, asked.open(1).open(1)).folds == [Fold(1, drawn=100, hidden=0)]
    assert folding.view(1, near, asked.fold(1)).folds == [Fold(1, drawn=0, hidden=100)]
    assert folding.view(1, near, asked.fold(1).open(1)) == more


def test_folding_one_side_of_a_batch_leaves_the_other_and_what_is_reached_another_way() -> None:
    near = folding.beside([(1, 3), (2, 3), (3, 4), (3, 5), (4, 6), (5, 6)])
    assert folding.view(3, near, Asked()).columns == {1: -1, 2: -1, 3: 0, 4: 1, 5: 1, 6: 2}
    assert set(folding.view(3, near, Asked(folded=(-3,))).columns) == {3, 4, 5, 6}
    assert set(folding.view(3, near, Asked(folded=(4,))).columns) == {1, 2, 3, 4, 5, 6}
    assert set(folding.view(3, near, Asked(folded=(4, 5))).columns) == {1, 2, 3, 4, 5}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    edges=st.lists(
        st.tuples(st.integers(1, 90), st.integers(1, 90)).filter(lambda one: one[0] < one[1]), max_size=200
    ),
    start=st.integers(1, 90),
    opened=st.lists(st.integers(-90, 90).filter(bool), max_size=8),
    folded=st.lists(st.integers(-90, 90).filter(bool), max_size=8),
)
def test_whatever_is_opened_and_folded_a_fold_tells_how_many_are_hidden(
    edges: list[tuple[int, int]], start: int, opened: list[int], folded: list[int]
) -> None:
    near = folding.beside(edges)
    plain = folding.view(start, near, Asked())
    assert len(plain.columns) <= folding.MOST
    more = folding.view(start, near, Asked(tuple(opened)))
    assert plain.columns.keys() <= more.columns.keys()
    view = folding.view(start, near, Asked(tuple(opened), tuple(folded)))
    assert view.columns[start] == 0
    assert view.columns.keys() <= more.columns.keys()
    for fold in view.folds:
        assert fold.hidden == sum(one not in view.columns for one in near[fold.key])


def test_a_buyer_sees_where_goods_come_from_but_not_where_else_they_went(uow: UnitOfWork, farm: Farm) -> None:
    gate = make_farm(uow)
    source = registered(uow, farm, "A")
    mine, other = run(uow, farm, "SPLIT", [source], [90, 60])
    parcel = ((mine.id, 30_000, 2),)
    ledger.record(uow, Happening(Step.SHIP, None, farm.base.id, parcel, gate.base.id))
    buyer = actor_of(gate.coop)
    above = genealogy.tree(uow.session, buyer, mine.id)
    assert above.nodes[source.id].number == source.number
    below = genealogy.tree(uow.session, buyer, source.id, Direction.DOWN)
    assert below.nodes[mine.id].number == mine.number
    assert (below.nodes[other.id].number, below.nodes[other.id].is_hidden) == ("", True)
    assert below.nodes[other.id].grams == 60_000


def test_the_page_draws_the_tree_and_files_carry_it(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        process.install(uow)
        farm = make_farm(uow, is_catch_weight=True)
        one, two = registered(uow, farm, "东山", 62), registered(uow, farm, "西坡", 38)
        merged = run(uow, farm, "MERGE", [one, two], [100])[0]
    who = sign_in("coop_clerk", farm.coop)
    page = client.get(f"/batches/{merged.number}/genealogy", headers=who).text
    for words in ("<svg", one.number, two.number, "东山", "62", "38", "来源占比"):
        assert words in page
    assert client.get(f"/batches/{merged.number}/genealogy?direction=up", headers=who).status_code == 200
    assert client.get(f"/batches/{one.number}/genealogy?direction=side", headers=who).status_code == 422
    told = client.get(f"/api/v1/batches/{merged.number}/genealogy", headers=who).get_json()
    assert {row["number"] for row in told["nodes"]} == {one.number, two.number, merged.number}
    assert sorted(row["share_bp"] for row in told["origins"]) == ["38.00", "62.00"]
    events = client.get(f"/api/v1/batches/{merged.number}/genealogy/events", headers=who)
    assert len(events.get_json(force=True)["epcisBody"]["eventList"]) == 3
    sheet = client.get(f"/sheets/genealogy.csv?batch={merged.number}", headers=who)
    assert sheet.status_code == 200
    assert one.number in sheet.data.decode("utf-8-sig")
    stranger = sign_in("coop_clerk", make_stranger(db).coop)
    assert client.get(f"/batches/{merged.number}/genealogy", headers=stranger).status_code == 404


def test_the_exported_events_are_taken_elsewhere_and_tell_the_same_edges(
    client: FlaskClient, db: Database, sign_in: SignIn, tmp_path: Path
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        process.install(uow)
        farm = make_farm(uow, is_catch_weight=True)
        merged = run(
            uow, farm, "MERGE", [registered(uow, farm, "A", 62), registered(uow, farm, "B", 38)], [100]
        )
        parts = run(uow, farm, "SPLIT", merged, [33, 33, 34])
        last = run(uow, farm, "MERGE", [parts[2], parts[0]], [67])
        batch_id, number = merged[0].id, merged[0].number
    who = sign_in("coop_clerk", farm.coop)
    answer = client.get(f"/api/v1/batches/{number}/genealogy/events", headers=who)
    events, namespaces = epcis.events_of(answer.get_json(force=True))
    assert [epcis.errors_of(event, namespaces) for event in events] == [{}] * len(events)
    with db.reading() as session:
        tree = genealogy.tree(session, SYSTEM, batch_id)
    here = {
        (tree.nodes[link.parent_id].number, tree.nodes[link.child_id].number, link.grams_in, link.grams_out)
        for link in tree.links
    }
    assert len(here) == 7
    made = [lot for event in events for _, lot, *_ in edges_told(event)]
    assert list(dict.fromkeys(made)) == [merged[0].number, *(part.number for part in parts), last[0].number]
    assert taken_elsewhere(tmp_path, events, namespaces) == here


def taken_elsewhere(
    folder: Path, events: list[Any], namespaces: Namespaces
) -> set[tuple[str, str, int, int]]:
    """Capture events into an empty database, where their source is trusted; return the edges they tell."""
    url = f"sqlite:///{folder / 'elsewhere.db'}"
    migrate.upgrade(url)
    engine = make_engine(url)
    with Database(engine).unit_of_work(SYSTEM) as uow:
        partner = make_party(uow)
        make_source(uow, partner, Trust.POST)
        job = capture.capture(
            replace(uow, actor=actor_of(partner)), events, namespaces, ErrorBehaviour.ROLLBACK
        )
        assert (job.success, job.report["events"]) == (True, len(events))
        kept = uow.session.scalars(select(Entry).order_by(Entry.id)).all()
        assert {entry.event_id for entry in kept} == {event["eventID"] for event in events}
        told = {edge for entry in kept for edge in edges_told(entry.document)}
    engine.dispose()
    return told


def edges_told(event: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    """Return what went from which lot into which by an event, in grams."""
    taken, made = event.get("inputQuantityList", ()), event.get("outputQuantityList", ())
    grams = [[round(item["quantity"] * 1_000) for item in items] for items in (taken, made)]
    lots = [[item["epcClass"].rsplit("/", 1)[1] for item in items] for items in (taken, made)]
    return [
        (lots[0][flow.source], lots[1][flow.target], flow.grams_in, flow.grams_out) for flow in flows(*grams)
    ]


def make_stranger(db: Database) -> Farm:
    """Make a co-operative that has nothing to do with it."""
    with db.unit_of_work(SYSTEM) as uow:
        return make_farm(uow)


EDGES = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(1, 10**7)).filter(
        lambda one: one[0] < one[1]
    ),
    max_size=30,
    unique_by=lambda one: one[:2],
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(edges=EDGES, start=st.integers(0, 11))
def test_shares_of_any_tree_add_up_to_the_whole(edges: list[tuple[int, int, int]], start: int) -> None:
    found = shares.origins(start, edges)
    assert sum(found.values()) == 10_000
    parents = {child for _, child, _ in edges}
    assert not parents & found.keys() or found == {start: 10_000}
    exact = weights(start, edges)
    assert all(abs(found[root] - share * 10_000) <= 2 for root, share in exact.items())


def weights(batch: int, edges: list[tuple[int, int, int]]) -> dict[int, float]:
    """Return shares by walking every path, as the definition has it."""
    above = [(parent, grams) for parent, child, grams in edges if child == batch]
    if not above:
        return {batch: 1.0}
    found: dict[int, float] = {}
    for parent, grams in above:
        for root, share in weights(parent, edges).items():
            found[root] = found.get(root, 0.0) + share * grams / sum(part for _, part in above)
    return found


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(edges=EDGES)
def test_nobody_stands_above_a_parent(edges: list[tuple[int, int, int]]) -> None:
    levels = shares.levels(range(12), [edge[:2] for edge in edges])
    assert len(levels) == 12
    assert all(levels[parent] < levels[child] for parent, child, _ in edges)


def test_whoever_scans_a_blend_reads_which_plot_gave_how_much(client: FlaskClient, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        process.install(uow)
        farm = make_farm(uow, is_catch_weight=True)
        one, two = registered(uow, farm, "东山", 62), registered(uow, farm, "西坡", 38)
        merged = run(uow, farm, "MERGE", [one, two], [100])[0]
        alone = f"/01/{one.gtin}/10/{one.number}"
        address = f"/01/{merged.gtin}/10/{merged.number}"
    page = client.get(address).text
    for words in ("62 %", "东山", "38 %", "西坡", f"/trace/proof/{address.split('/')[2]}/"):
        assert words in page
    assert "62 %" not in client.get(alone).text
