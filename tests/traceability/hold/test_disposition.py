"""How a hold ends: one proposes, another signs or refuses; then the goods go that way and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalog.models.product import GradeStandard, ItemProduct
from catalog.rules import Family
from supplychain.base.models.notice import Notice
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM, Actor
from tests.make.base import make_item, make_party
from tests.make.traceability import Farm, actor_of, make_farm, make_papers, person_of
from tests.traceability.test_genealogy import registered, run
from tests.traceability.test_recall import opened
from traceability.events import BatchClosed, BatchDestroyed, HoldLifted
from traceability.models.batch import Batch
from traceability.models.hold import Hold
from traceability.models.ledger import Entry, Holding
from traceability.queries import code as codes
from traceability.queries import hold as holds
from traceability.queries import recall as recalls
from traceability.rules.batch import BatchState
from traceability.rules.code import CodeAct, CodeState
from traceability.rules.hold import Disposition, HoldKind, HoldScope, HoldState, Purpose
from traceability.rules.ledger import Step
from traceability.services import batch as batch_services
from traceability.services import code, disposition, hold, ledger, process, recall, transform
from traceability.services.batch import CloseBatch
from traceability.services.check import check_chains, check_holdings
from traceability.services.ledger import Happening
from traceability.services.transform import Make, Take, Transform
from traceability.services.way_out import Propose

RELEASE = Propose(Disposition.RELEASE, "复检合格")
DESTROY = Propose(Disposition.DESTROY, "霉变")


@pytest.fixture
def farm(uow: UnitOfWork) -> Farm:
    """A co-operative that may process, its goods weighed each."""
    process.install(uow)
    return make_farm(uow, is_catch_weight=True)


@pytest.fixture
def clerk(farm: Farm) -> Actor:
    """Who proposes."""
    return person_of(farm.coop, 11, "陈阿月")


@pytest.fixture
def boss(farm: Farm) -> Actor:
    """Who signs."""
    return person_of(farm.coop, 12, "陈建国")


def held(uow: UnitOfWork, farm: Farm, kind: HoldKind = HoldKind.OTHER) -> tuple[Batch, Hold]:
    """Return a released batch of 60 kg and the hold on it."""
    batch = registered(uow, farm, "东山", 60)
    make_papers(uow, batch, farm.product.family)
    batch_services.release(uow, batch.id)
    return batch, hold.place(uow, batch.id, "快检可疑", kind)


def decided(uow: UnitOfWork, row: Hold, what: Propose, one: Actor, other: Actor) -> Hold:
    """Let one propose and the other sign."""
    before, uow.actor = uow.actor, one
    disposition.propose(uow, row.id, what)
    uow.actor = other
    disposition.sign(uow, row.id)
    uow.actor = before
    return row


def lower_item(uow: UnitOfWork, farm: Farm, **values: object) -> TradeItem:
    """Return another item of the farm's product."""
    item = make_item(uow, farm.coop, is_catch_weight=True, **values)
    uow.session.add(ItemProduct(trade_item_id=item.id, product_id=farm.product.id))
    uow.session.flush()
    return item


def regraded(uow: UnitOfWork, farm: Farm, batch: Batch, sku: str, grams: int, code: str = "REGRADE") -> Batch:
    """Regrade some of a batch."""
    made = Make(sku, 1, grams)
    done = transform.run(uow, Transform(code, farm.base.code, [Take(batch.number, 1, grams)], [made]))
    return uow.session.get_one(Batch, done.made[0].id)


def sent(
    uow: UnitOfWork, farm: Farm, market: Farm, batch: Batch, grams: int = 20_000, boxes: int = 1
) -> None:
    """Send some of a batch to a market, which takes it in."""
    parcel = ((batch.id, grams, boxes),)
    ledger.record(uow, Happening(Step.SHIP, None, farm.base.id, parcel, market.base.id))
    ledger.record(uow, Happening(Step.RECEIVE, None, market.base.id, parcel))


def test_who_proposes_neither_signs_nor_refuses_whatever_the_name(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    batch, row = held(uow, farm)
    uow.actor = clerk
    disposition.propose(uow, row.id, RELEASE)
    uow.actor = replace(clerk, name="另一个名字")
    with pytest.raises(Refused, match="另一人"):
        disposition.sign(uow, row.id)
    with pytest.raises(Refused, match="另一人"):
        disposition.refuse(uow, row.id, "x")
    uow.actor = replace(boss, name=clerk.name)
    disposition.sign(uow, row.id)
    assert (batch.is_held, row.state, row.lifted_at) == (False, HoldState.SETTLED, uow.now)


def test_the_database_itself_refuses_the_same_person_twice(uow: UnitOfWork, farm: Farm, clerk: Actor) -> None:
    _, row = held(uow, farm)
    row.proposed_by_id = row.decided_by_id = clerk.user_id
    with pytest.raises(IntegrityError, match="four_eyes"):
        uow.session.flush()


def test_nobody_in_particular_can_propose_but_not_sign(uow: UnitOfWork, farm: Farm, boss: Actor) -> None:
    _, row = held(uow, farm)
    disposition.propose(uow, row.id, RELEASE)
    with pytest.raises(Refused, match="登录"):
        disposition.sign(uow, row.id)
    uow.actor = boss
    disposition.sign(uow, row.id)
    assert row.state is HoldState.SETTLED


def test_refused_is_gone_and_the_trail_tells_it(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    batch, row = held(uow, farm)
    uow.actor = clerk
    disposition.propose(uow, row.id, DESTROY)
    uow.actor = boss
    with pytest.raises(Invalid):
        disposition.refuse(uow, row.id, " ")
    disposition.refuse(uow, row.id, "先复检")
    assert (row.state, row.disposition, row.finding, row.proposed_by_id) == (HoldState.HELD, None, "", None)
    assert batch.is_held
    acts: list[Callable[[], object]] = [
        lambda: disposition.sign(uow, row.id),
        lambda: disposition.refuse(uow, row.id, "x"),
    ]
    for act in acts:
        with pytest.raises(Refused, match="没有待签字"):
            act()
    lines = [(line.actor_name, str(line.act)) for line in audit.timeline(uow.session, hold.DOCUMENT, row.id)]
    assert lines[:2] == [("陈建国", "退回处置建议：先复检"), ("陈阿月", "建议销毁：霉变")]


def test_a_second_proposal_waits_for_the_first_and_an_ended_hold_for_none(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    _, row = held(uow, farm)
    uow.actor = clerk
    disposition.propose(uow, row.id, RELEASE)
    uow.actor = boss
    with pytest.raises(Refused, match="待签字"):
        disposition.propose(uow, row.id, DESTROY)
    disposition.sign(uow, row.id)
    with pytest.raises(Refused, match="已了结"):
        disposition.propose(uow, row.id, DESTROY)


def test_somebody_elses_hold_is_not_found(uow: UnitOfWork, farm: Farm, clerk: Actor) -> None:
    _, row = held(uow, farm)
    stranger = make_farm(uow)
    uow.actor = clerk
    disposition.propose(uow, row.id, RELEASE)
    uow.actor = person_of(stranger.coop, 99)
    acts: list[Callable[[], object]] = [
        lambda: disposition.propose(uow, row.id, RELEASE),
        lambda: disposition.sign(uow, row.id),
        lambda: disposition.refuse(uow, row.id, "x"),
        lambda: disposition.destroyed_at(uow, row.id, stranger.base.code),
        lambda: disposition.sign(uow, 10**9),
    ]
    for act in acts:
        with pytest.raises((NotFound, Refused)):
            act()
    assert row.state is HoldState.PROPOSED


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (HoldKind.RESIDUE, Propose(Disposition.DOWNGRADE, "x", sku="ANY")),
        (HoldKind.BANNED, Propose(Disposition.DIVERT, "x", buyer="ANY", diverted_to="饲料")),
    ],
)
def test_the_law_stands_against_some_ways(
    uow: UnitOfWork, farm: Farm, clerk: Actor, kind: HoldKind, what: Propose
) -> None:
    _, row = held(uow, farm, kind)
    named = replace(
        what,
        sku=lower_item(uow, farm).sku if what.sku else "",
        buyer=make_party(uow, PartyKind.MARKET).code if what.buyer else "",
    )
    uow.actor = clerk
    with pytest.raises(Refused, match="不能"):
        disposition.propose(uow, row.id, named)


@pytest.mark.parametrize(
    ("what", "field"),
    [
        (Propose(Disposition.RELEASE, " "), "finding"),
        (Propose(Disposition.DOWNGRADE, "x"), "sku"),
        (Propose(Disposition.DOWNGRADE, "x", sku="NO-SUCH"), "sku"),
        (Propose(Disposition.DIVERT, "x", diverted_to="饲料"), "buyer"),
        (Propose(Disposition.DIVERT, "x", buyer="NO-SUCH", diverted_to="饲料"), "buyer"),
    ],
)
def test_a_proposal_names_what_it_needs(
    uow: UnitOfWork, farm: Farm, clerk: Actor, what: Propose, field: str
) -> None:
    _, row = held(uow, farm)
    uow.actor = clerk
    with pytest.raises(Invalid) as refused, uow.session.begin_nested():
        disposition.propose(uow, row.id, what)
    assert list(refused.value.fields) == [field]


def test_a_downgrade_lets_nothing_but_the_regrading_through_and_ends_with_it(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    lower, other = lower_item(uow, farm), lower_item(uow, farm)
    batch, row = held(uow, farm)
    decided(uow, row, Propose(Disposition.DOWNGRADE, "外观不合格", sku=lower.sku), clerk, boss)
    assert (row.state, batch.is_held) == (HoldState.DECIDED, True)
    with pytest.raises(Refused, match="降级"):
        hold.check_free(uow, [batch.id], Purpose(buyer_id=farm.coop.id))
    for sku, process_code in ((other.sku, "REGRADE"), (farm.item.sku, "SPLIT")):
        with pytest.raises(Refused, match="降级"), uow.session.begin_nested():
            regraded(uow, farm, batch, sku, 20_000, process_code)
    first = regraded(uow, farm, batch, lower.sku, 20_000)
    assert (first.is_held, first.state) == (False, BatchState.RELEASED)
    assert (row.state, batch.is_held) == (HoldState.DECIDED, True)
    rest = Transform("REGRADE", farm.base.code, [Take(batch.number, 3, 40_000)], [Make(lower.sku, 3, 40_000)])
    transform.run(uow, rest)
    assert (row.state, row.lifted_at, batch.is_held) == (HoldState.SETTLED, uow.now, False)
    assert uow._events[-1] == HoldLifted(batch.id)
    assert not [*check_holdings(uow.session), *check_chains(uow.session)]


def test_a_downgrade_goes_down_and_stays_with_the_same_goods(
    uow: UnitOfWork, farm: Farm, clerk: Actor
) -> None:
    standard = GradeStandard(code="NY/T 1", title="甘蓝", grades="特级,一级,二级")
    uow.session.add(standard)
    farm.item.grade, farm.item.grade_standard = "一级", "NY/T 1"
    better = lower_item(uow, farm, grade="特级", grade_standard="NY/T 1")
    strange = make_farm(uow, Family.TEA)
    meat = make_item(uow, farm.coop)
    uow.session.add(ItemProduct(trade_item_id=meat.id, product_id=strange.product.id))
    uow.session.flush()
    _, row = held(uow, farm)
    uow.actor = clerk
    for sku in (better.sku, farm.item.sku, meat.sku, strange.item.sku):
        with pytest.raises(Invalid) as refused, uow.session.begin_nested():
            disposition.propose(uow, row.id, Propose(Disposition.DOWNGRADE, "x", sku=sku))
        assert list(refused.value.fields) == ["sku"]


def test_what_is_diverted_passes_to_its_buyer_only_and_is_closed_when_gone(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    market = make_farm(uow)
    batch, row = held(uow, farm, HoldKind.RESIDUE)
    way = Propose(Disposition.DIVERT, "残留略高", buyer=market.coop.code, diverted_to="饲料")
    decided(uow, row, way, clerk, boss)
    assert (row.state, batch.is_held) == (HoldState.DECIDED, True)
    hold.check_free(uow, [batch.id], Purpose(market.coop.id))
    for purpose in (Purpose(), Purpose(farm.coop.id), Purpose(item_ids=frozenset({1}))):
        with pytest.raises(Refused, match=market.coop.short_name):
            hold.check_free(uow, [batch.id], purpose)
    with pytest.raises(Refused):
        code.move(uow, batch.id, CodeAct.SELL)
    with pytest.raises(Refused):
        batch_services.close(uow, CloseBatch(batch.id, "还田"))
    sent(uow, farm, market, batch, 60_000, 4)
    disposition.carried_out(uow, [batch.id])
    assert (row.state, row.lifted_at, batch.is_held) == (HoldState.SETTLED, None, True)
    batch_services.close(uow, CloseBatch(batch.id))


def test_a_new_proposal_suspends_what_was_decided(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    market = make_farm(uow)
    batch, row = held(uow, farm)
    way = Propose(Disposition.DIVERT, "卖相差", buyer=market.coop.code, diverted_to="加工")
    decided(uow, row, way, clerk, boss)
    uow.actor = boss
    disposition.propose(uow, row.id, RELEASE)
    with pytest.raises(Refused):
        hold.check_free(uow, [batch.id], Purpose(market.coop.id))
    uow.actor = clerk
    disposition.refuse(uow, row.id, "不能放行")
    assert (row.state, row.buyer_id, row.decided_by_id) == (HoldState.HELD, None, None)


def test_what_is_destroyed_is_written_off_its_codes_are_void_and_it_never_moves_again(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    leaf = registered(uow, farm, "东山", 60)
    parts = run(uow, farm, "SPLIT", [leaf], [40, 20])
    for part in parts:
        make_papers(uow, part, farm.product.family)
        batch_services.release(uow, part.id)
    code.make(uow, parts[0].id, 5)
    code.activate(uow, parts[0].id)
    row = hold.place(uow, leaf.id, "检出禁用药", HoldKind.BANNED, HoldScope.DESCENDANTS)
    uow._events.clear()
    decided(uow, row, DESTROY, clerk, boss)
    assert (row.state, row.lifted_at) == (HoldState.SETTLED, None)
    for batch in (leaf, *parts):
        uow.session.refresh(batch)
        assert (batch.is_held, batch.state) == (True, BatchState.CLOSED)
    assert not uow.session.scalar(select(Holding.id).where(Holding.grams > 0))
    assert codes.counts(uow.session, parts[0].id) == {CodeState.VOID: 5}
    told = select(Entry.biz_step, Entry.disposition, Entry.action).where(Entry.step == Step.DESTROY)
    assert uow.session.execute(told).all() == [("destroying", "destroyed", "DELETE")]
    family = [batch.id for batch in (leaf, *parts)]
    assert list(uow._events) == [*map(BatchDestroyed, family), *map(BatchClosed, family)]
    with pytest.raises(Refused):
        run(uow, farm, "SPLIT", [parts[0]], [20, 20])
    assert not [*check_holdings(uow.session), *check_chains(uow.session)]


def test_goods_on_the_way_are_refused_at_their_gate_before_they_are_destroyed(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    market = make_farm(uow)
    batch, row = held(uow, farm)
    parcel = ((batch.id, 20_000, 1),)
    ledger.record(uow, Happening(Step.SHIP, None, farm.base.id, parcel, market.base.id))
    uow.actor = clerk
    with pytest.raises(Refused, match="在途"), uow.session.begin_nested():
        disposition.propose(uow, row.id, DESTROY)
    uow.actor = SYSTEM
    ledger.record(uow, Happening(Step.REJECT, None, market.base.id, parcel))
    decided(uow, row, DESTROY, clerk, boss)
    assert holds.by_id(uow.session, boss, row.id).state is HoldState.DECIDED
    uow.actor = person_of(market.coop, 77)
    assert disposition.destroyed_at(uow, row.id, market.base.code).state is HoldState.SETTLED
    told = select(Entry.step).where(Entry.biz_step == "destroying").order_by(Entry.id)
    assert uow.session.scalars(told).all() == [Step.DESTROY, Step.DESTROY_REJECTED]
    assert not [*check_holdings(uow.session), *check_chains(uow.session)]


def test_each_place_writes_off_its_own_and_is_told_to(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    market, third = make_farm(uow), make_farm(uow)
    batch, row = held(uow, farm)
    sent(uow, farm, market, batch)
    decided(uow, row, DESTROY, clerk, boss)
    assert (row.state, batch.state) == (HoldState.DECIDED, BatchState.RELEASED)
    notices = select(Notice.party_id).where(Notice.key.startswith("hold:"))
    assert uow.session.scalars(notices).all() == [market.coop.id]
    there = person_of(market.coop, 77)
    assert (holds.to_destroy(uow.session, there), holds.to_destroy(uow.session, boss)) == (1, 0)
    assert [place.site for place in holds.covered(uow.session, there, row.id)] == [market.base.code]
    for who, site in ((boss, market.base.code), (person_of(third.coop, 78), market.base.code)):
        uow.actor = who
        with pytest.raises(NotFound):
            disposition.destroyed_at(uow, row.id, site)
    uow.actor = there
    disposition.destroyed_at(uow, row.id, market.base.code)
    with pytest.raises(Refused):
        disposition.destroyed_at(uow, row.id, market.base.code)
    uow.session.refresh(batch)
    assert (row.state, batch.state, batch.is_held) == (HoldState.SETTLED, BatchState.CLOSED, True)
    assert holds.to_destroy(uow.session, there) == 0


def test_a_recall_keeps_its_goods_and_counts_what_is_destroyed(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    market = make_farm(uow)
    batch, own = held(uow, farm)
    sent(uow, farm, market, batch)
    called = opened(uow, batch.number)
    row = uow.session.scalars(select(Hold).where(Hold.kind == HoldKind.RECALL)).one()
    for hold_id in (own.id, row.id):
        with pytest.raises(Refused, match="召回"), uow.session.begin_nested():
            decided(uow, uow.session.get_one(Hold, hold_id), RELEASE, clerk, boss)
    decided(uow, uow.session.get_one(Hold, row.id), DESTROY, clerk, boss)
    uow.actor = person_of(market.coop, 77)
    disposition.destroyed_at(uow, row.id, market.base.code)
    uow.actor = SYSTEM
    shown = recalls.one(uow.session, SYSTEM, called.number)
    assert (shown.destroyed_grams, shown.unaccounted_grams, shown.acknowledged) == (60_000, 0, 2)
    recall.close(uow, called.id)
    assert batch.is_held


def test_a_recalls_goods_are_let_go_by_two_people_after_it_was_closed(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    batch = registered(uow, farm, "东山", 60)
    called = opened(uow, batch.number)
    recall.close(uow, called.id, "复查无问题")
    uow.session.refresh(batch)
    assert (batch.is_recalled, batch.is_held) == (False, True)
    decided(uow, uow.session.scalars(select(Hold)).one(), RELEASE, clerk, boss)
    assert not batch.is_held


def test_whoever_may_sign_is_asked_but_not_who_proposed(
    uow: UnitOfWork, farm: Farm, clerk: Actor, boss: Actor
) -> None:
    _, row = held(uow, farm)
    uow.actor = clerk
    disposition.propose(uow, row.id, RELEASE)
    waiting = [
        holds.waiting(uow.session, who) for who in (boss, clerk, actor_of(make_farm(uow).coop), SYSTEM)
    ]
    assert waiting == [1, 0, 0, 1]
