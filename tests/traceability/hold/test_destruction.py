"""What two people decided to destroy: written off place by place, and counted by recalls."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from supplychain.base.models.notice import Notice
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import NotFound, Refused
from supplychain.kernel.permissions import SYSTEM, Actor
from tests.make.traceability import Farm, make_farm, make_papers, person_of
from tests.traceability.hold.test_disposition import DESTROY, RELEASE, boss, clerk, decided, farm, held, sent
from tests.traceability.test_genealogy import registered, run
from tests.traceability.test_recall import opened
from traceability.events import BatchClosed, BatchDestroyed
from traceability.models.hold import Hold
from traceability.models.ledger import Entry, Holding
from traceability.queries import code as codes
from traceability.queries import hold as holds
from traceability.queries import recall as recalls
from traceability.rules.batch import BatchState
from traceability.rules.code import CodeState
from traceability.rules.hold import HoldKind, HoldScope, HoldState
from traceability.rules.ledger import Step
from traceability.services import batch as batch_services
from traceability.services import code, disposition, hold, ledger, recall
from traceability.services.check import check_chains, check_holdings
from traceability.services.ledger import Happening

__all__ = ["boss", "clerk", "farm"]  # fixtures


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
