"""Deliveries and settlements: what is paid for, why, and that no fen and no gram is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from supplychain.contracts.events import SettlementIssued
from supplychain.contracts.models.order import Delivery, DeliveryLine, Order, OrderLine
from supplychain.contracts.models.settlement import Settlement
from supplychain.contracts.queries import delivery as deliveries
from supplychain.contracts.queries import settlement as settlements
from supplychain.contracts.queries.delivery import DeliveryFilter
from supplychain.contracts.queries.settlement import SettlementFilter
from supplychain.contracts.rules import OrderState, SettlementState, payable
from supplychain.contracts.services import delivery as service
from supplychain.contracts.services import settlement as settling
from supplychain.contracts.services.delivery import DeliveryFact, DeliveryFacts
from supplychain.contracts.services.settlement import IssueSettlement
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Forbidden, Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import Statements
from tests.make.contracts import Deal, make_deal, make_order

ARRIVED = datetime(2026, 10, 14, 20, 30, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


def _receive(
    uow: UnitOfWork,
    deal: Deal,
    order: Order,
    facts: Sequence[DeliveryFact],
    source: str = "SH2610-0001/1",
    received_at: datetime = ARRIVED,
    is_last: bool = True,
) -> Delivery:
    wanted = DeliveryFacts(
        source, order.id, deal.gate.id, received_at, facts, "YD2610-0007", "kept", is_last=is_last
    )
    return service.record(uow, wanted)


def _delivered(
    uow: UnitOfWork,
    deal: Deal,
    accepted: int,
    loss: int = 0,
    rejected: int = 0,
    received_at: datetime = ARRIVED,
) -> Delivery:
    order, line = make_order(uow, deal)
    fact = DeliveryFact(line.id, accepted + loss + rejected, accepted, rejected, loss)
    return _receive(uow, deal, order, [fact], f"source-{order.id}", received_at)


def test_what_the_gate_took_in_is_priced_and_moves_the_order_on(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    order, line = make_order(uow, deal, 100)
    fact = DeliveryFact(line.id, 1_500_000, 1_400_000, 40_000, 60_000, "四箱压伤")
    delivery = _receive(uow, deal, order, [fact])
    (row,) = deliveries.of_order(uow.session, order.id)
    assert row.amount_fen == 462_400  # 1 400 kg + 45 of 60 kg lost (3 % of 1 500) at 3.20
    assert (row.payable_grams, row.price_e4, row.reason) == (1_445_000, 32_000, "四箱压伤")
    assert delivery.number.startswith("JS2610-")
    uow.session.refresh(line)
    assert (line.delivered_grams, order.state) == (1_400_000, OrderState.DELIVERED)


def test_the_same_receipt_told_twice_is_recorded_once(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    order, line = make_order(uow, deal)
    fact = DeliveryFact(line.id, 1_500_000, 1_500_000)
    first = _receive(uow, deal, order, [fact])
    assert _receive(uow, deal, order, [fact]).id == first.id
    uow.session.refresh(line)
    assert line.delivered_grams == 1_500_000
    assert uow.session.scalar(select(func.count(DeliveryLine.id))) == 1


def test_an_order_that_comes_in_two_lorries_is_partly_delivered_between(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    order, line = make_order(uow, deal, 100)
    _receive(uow, deal, order, [DeliveryFact(line.id, 700_000, 700_000)], "a", is_last=False)
    half = order.state
    _receive(uow, deal, order, [DeliveryFact(line.id, 800_000, 800_000)], "b", is_last=False)
    assert (half, order.state) == (OrderState.PARTLY_DELIVERED, OrderState.DELIVERED)
    _receive(uow, deal, order, [DeliveryFact(line.id, 15_000, 15_000)], "c")
    uow.session.refresh(line)
    assert line.delivered_grams == 1_515_000


@pytest.mark.parametrize("state", [OrderState.PLACED, OrderState.CANCELLED])
def test_nothing_is_delivered_on_an_order_that_does_not_stand(uow: UnitOfWork, state: OrderState) -> None:
    deal = make_deal(uow)
    order, line = make_order(uow, deal, state=state)
    with pytest.raises(Refused):
        _receive(uow, deal, order, [DeliveryFact(line.id, 1_000, 1_000)])


def test_masses_must_balance_and_lines_must_be_the_orders(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    order, line = make_order(uow, deal)
    _, other = make_order(uow, deal)
    whole = DeliveryFact(line.id, 1_000, 1_000)
    for facts in (
        [DeliveryFact(line.id, 1_000, 999)],
        [DeliveryFact(line.id, 1_000, 1_100, 0, -100)],
        [DeliveryFact(other.id, 1_000, 1_000)],
        [whole, whole],
        [],
    ):
        with pytest.raises(Invalid):
            _receive(uow, deal, order, facts)
    with pytest.raises(Invalid):
        _receive(uow, deal, order, [whole], received_at=datetime(2026, 11, 21, tzinfo=UTC))


def test_a_settlement_explains_every_yuan(uow: UnitOfWork) -> None:
    deal = make_deal(uow, "community", commission_bp=1_000, loss_allowance_bp=300)
    _delivered(uow, deal, 1_500_000)
    _delivered(uow, deal, 1_440_000, loss=60_000)
    _delivered(uow, deal, 1_470_000, loss=30_000)
    settlement = settling.issue(uow, IssueSettlement(deal.contract.number, OCTOBER))
    assert (settlement.goods_fen, settlement.commission_fen, settlement.total_fen) == (
        1_435_200,
        143_520,
        1_291_680,
    )
    assert settlement.number.startswith("JD2610-")
    assert settlement.due_on == date(2026, 11, 27)
    found = settlements.lines(uow.session, settlement.id)
    assert [line.amount_fen for line in found] == [480_000, 475_200, 480_000, -143_520]
    assert sum(line.amount_fen for line in found) == settlement.total_fen
    assert found[1].explanation.values["excess"] == "15"
    assert found[2].facts["tolerated_loss_grams"] == 30_000
    assert list(uow._events) == [SettlementIssued(settlement.id, deal.seller.id, deal.buyer.id)]


def test_what_was_issued_is_never_computed_again(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    _delivered(uow, deal, 1_500_000)
    wanted = IssueSettlement(deal.contract.number, OCTOBER)
    first = settling.issue(uow, wanted)
    _delivered(uow, deal, 300_000)
    again = settling.issue(uow, wanted)
    assert (again.id, again.total_fen) == (first.id, 480_000)


def test_a_receipt_that_comes_late_is_settled_with_the_next_month(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    uow.now = datetime(2026, 12, 2, tzinfo=UTC)
    _delivered(uow, deal, 1_500_000)
    settling.issue(uow, IssueSettlement(deal.contract.number, OCTOBER))
    _delivered(uow, deal, 300_000)
    assert settlements.due(uow.session, OCTOBER) == []
    assert settlements.due(uow.session, date(2026, 11, 1)) == [(deal.contract.number, date(2026, 11, 1))]
    late = settling.issue(uow, IssueSettlement(deal.contract.number, date(2026, 11, 1)))
    assert late.total_fen == 96_000


def test_a_month_ends_at_midnight_in_shanghai(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    _delivered(uow, deal, 100_000, received_at=datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    _delivered(uow, deal, 200_000, received_at=datetime(2026, 10, 31, 16, 0, tzinfo=UTC))
    assert settling.issue(uow, IssueSettlement(deal.contract.number, OCTOBER)).total_fen == 32_000
    with pytest.raises(Invalid) as refused:
        settling.issue(uow, IssueSettlement(deal.contract.number, date(2026, 11, 5)))
    assert "month" in refused.value.fields


def test_a_month_without_deliveries_has_no_settlement(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    with pytest.raises(Refused):
        settling.issue(uow, IssueSettlement(deal.contract.number, OCTOBER))


def test_the_buyer_confirms_and_the_seller_marks_it_paid(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    _delivered(uow, deal, 1_500_000)
    uow.actor = deal.buying
    with pytest.raises(Forbidden):
        settling.issue(uow, IssueSettlement(deal.contract.number, OCTOBER))
    uow.actor = deal.selling
    number = settling.issue(uow, IssueSettlement(deal.contract.number, OCTOBER)).number
    with pytest.raises(Forbidden):
        settling.confirm(uow, number)
    with pytest.raises(Refused):
        settling.mark_paid(uow, number)
    uow.actor = deal.buying
    assert settling.confirm(uow, number).state is SettlementState.CONFIRMED
    with pytest.raises(Forbidden):
        settling.mark_paid(uow, number)
    uow.actor = deal.selling
    assert settling.mark_paid(uow, number).state is SettlementState.PAID


def test_a_buyer_sees_only_own_deliveries_and_settlements(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    other = make_deal(uow, seller=deal.seller, item=deal.item, price_e4=41_000)
    for one in (deal, other):
        _delivered(uow, one, 1_000_000)
        settling.issue(uow, IssueSettlement(one.contract.number, OCTOBER))
    page = settlements.page(uow.session, deal.buying, SettlementFilter())
    assert [row.contract for row in page.rows] == [deal.contract.number]
    assert page.totals["total_fen"] == 320_000
    theirs = settlements.page(uow.session, other.buying, SettlementFilter()).rows[0]
    with pytest.raises(NotFound):
        settlements.one(uow.session, deal.buying, theirs.number)
    rows = deliveries.page(uow.session, deal.buying, DeliveryFilter()).rows
    assert {row.contract for row in rows} == {deal.contract.number}
    assert settlements.page(uow.session, SYSTEM, SettlementFilter()).total == 2


def test_settling_ten_deliveries_costs_as_many_statements_as_one(
    uow: UnitOfWork, statements: Statements
) -> None:
    counts = []
    settling.issue(uow, IssueSettlement(_season(uow, 1).contract.number, OCTOBER))
    for deal in (_season(uow, 1), _season(uow, 10)):
        before = len(statements)
        settling.issue(uow, IssueSettlement(deal.contract.number, OCTOBER))
        counts.append(len(statements) - before)
    assert counts[0] == counts[1]


def _season(uow: UnitOfWork, count: int) -> Deal:
    deal = make_deal(uow)
    for _ in range(count):
        _delivered(uow, deal, 100_000)
    return deal


masses = st.integers(0, 40_000_000)


@given(
    accepted=masses,
    rejected=masses,
    loss=masses,
    allowance=st.integers(0, 10_000),
    price=st.integers(1, 9_999_999),
)
def test_a_buyer_pays_for_no_more_than_was_shipped_and_for_all_it_took(
    accepted: int, rejected: int, loss: int, allowance: int, price: int
) -> None:
    due = payable(accepted + rejected + loss, accepted, loss, allowance, price)
    assert accepted <= due.payable_grams <= accepted + loss
    assert abs(due.amount_fen * 100_000 - due.payable_grams * price) * 2 <= 100_000


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    loads=st.lists(
        st.tuples(st.integers(0, 3_000_000), st.integers(0, 200_000), st.integers(0, 200_000)),
        min_size=1,
        max_size=6,
    ),
    commission=st.integers(0, 1_500),
    price=st.integers(1, 900_000),
)
def test_months_together_hold_every_delivered_line_once_and_their_sums(
    uow: UnitOfWork, loads: list[tuple[int, int, int]], commission: int, price: int
) -> None:
    deal = make_deal(uow, commission_bp=commission)
    for day, (accepted, rejected, loss) in enumerate(loads):
        order, line = make_order(uow, deal, 200, price)
        fact = DeliveryFact(line.id, accepted + rejected + loss, accepted, rejected, loss)
        at = datetime(2026, 9 + day % 2, 3 + day, tzinfo=UTC)
        _receive(uow, deal, order, [fact], f"law-{order.id}", at)
    while due := [pair for pair in settlements.due(uow.session, OCTOBER) if pair[0] == deal.contract.number]:
        settling.issue(uow, IssueSettlement(*due[0]))
    amounts = uow.session.scalars(
        select(DeliveryLine.amount_fen)
        .join(OrderLine, OrderLine.id == DeliveryLine.order_line_id)
        .where(OrderLine.contract_line_id == deal.line.id)
    ).all()
    issued = uow.session.scalars(select(Settlement).where(Settlement.contract_id == deal.contract.id)).all()
    assert sum(one.goods_fen for one in issued) == sum(amounts)
    for one in issued:
        found = settlements.lines(uow.session, one.id)
        assert sum(line.amount_fen for line in found) == one.total_fen == one.goods_fen - one.commission_fen
