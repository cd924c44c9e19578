"""Orders: what a buyer may call off, what it costs, how much is left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from supplychain.base.models.notice import Notice
from supplychain.base.rules import SiteKind
from supplychain.contracts.events import OrderCancelled, OrderConfirmed
from supplychain.contracts.models.contract import ContractLine
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.contracts.queries import order as orders
from supplychain.contracts.queries.order import OrderFilter
from supplychain.contracts.rules import ContractState, OrderState
from supplychain.contracts.services import order as service
from supplychain.contracts.services.order import PlaceOrder, WantedLine
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import Statements
from tests.make.base import make_item, make_site
from tests.make.contracts import Deal, make_deal, make_line, make_order, make_price

SOON = date(2026, 11, 22)


def _call_off(deal: Deal, boxes: int = 40, **changes: object) -> PlaceOrder:
    wanted = PlaceOrder(deal.contract.number, SOON, deal.gate.code, (WantedLine(deal.item.sku, boxes),))
    return replace(wanted, **changes)  # type: ignore[arg-type]  # changes are the order's own fields


def test_an_order_within_the_frame_is_confirmed_at_once(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    uow.actor = deal.buying
    order = service.place(uow, _call_off(deal)).order
    assert order.state is OrderState.CONFIRMED
    assert (order.boxes, order.grams, order.amount_fen) == (40, 600_000, 192_000)
    assert deal.line.ordered_grams == 0  # the object is old; the row is not
    uow.session.refresh(deal.line)
    assert deal.line.ordered_grams == 600_000
    assert list(uow._events) == [OrderConfirmed(order.id, deal.seller.id, deal.buyer.id)]


def test_an_order_after_the_cutoff_waits_for_the_cooperative(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    uow.now = datetime(2026, 11, 20, 10, 1, tzinfo=UTC)
    uow.actor = deal.buying
    order = service.place(uow, _call_off(deal, deliver_on=date(2026, 11, 21))).order
    assert order.state is OrderState.PLACED
    assert list(uow._events) == []
    assert uow.session.scalars(select(Notice.path).where(Notice.party_id == deal.seller.id)).all() == [
        f"/orders/{order.number}"
    ]
    uow.actor = deal.selling
    assert service.confirm(uow, order.number).state is OrderState.CONFIRMED
    assert list(uow._events) == [OrderConfirmed(order.id, deal.seller.id, deal.buyer.id)]


def test_at_the_cutoff_itself_an_order_is_still_in_time(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    uow.now = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    order = service.place(uow, _call_off(deal, deliver_on=date(2026, 11, 21))).order
    assert order.state is OrderState.CONFIRMED


def test_the_price_of_the_day_of_delivery_counts(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    make_price(uow, deal.line, 36_000, date(2026, 11, 23))
    before = service.place(uow, _call_off(deal)).order
    after = service.place(uow, _call_off(deal, deliver_on=date(2026, 11, 23))).order
    found = uow.session.scalars(
        select(OrderLine.price_e4)
        .where(OrderLine.order_id.in_([before.id, after.id]))
        .order_by(OrderLine.order_id)
    )
    assert list(found) == [32_000, 36_000]


def test_an_order_for_more_than_is_left_is_refused_with_the_figures(uow: UnitOfWork) -> None:
    deal = make_deal(uow, quantity_grams=1_000_000, tolerance_bp=500)
    service.place(uow, _call_off(deal, 60))
    with pytest.raises(Invalid, match="150") as refused:
        service.place(uow, _call_off(deal, 11))
    assert "lines.0.boxes" in refused.value.fields
    assert service.place(uow, _call_off(deal, 10)).order.grams == 150_000


def test_a_line_without_a_quantity_is_never_used_up(uow: UnitOfWork) -> None:
    deal = make_deal(uow, quantity_grams=None)
    assert service.place(uow, _call_off(deal, 90_000)).order.grams == 1_350_000_000


def test_a_cancelled_order_gives_its_quantity_back(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    order, _ = make_order(uow, deal, 100)
    uow.actor = deal.buying
    with pytest.raises(Invalid):
        service.cancel(uow, order.number, "")
    service.cancel(uow, order.number, "门店盘点，停收一天")
    uow.session.refresh(deal.line)
    assert deal.line.ordered_grams == 0
    assert list(uow._events) == [OrderCancelled(order.id)]
    with pytest.raises(Refused):
        service.cancel(uow, order.number, "again")
    uow.session.refresh(deal.line)
    assert deal.line.ordered_grams == 0


def test_only_the_buyer_places_and_only_the_seller_confirms(uow: UnitOfWork) -> None:
    deal, other = make_deal(uow), make_deal(uow)
    uow.actor = deal.selling
    with pytest.raises(Forbidden):
        service.place(uow, _call_off(deal))
    uow.actor = other.buying
    with pytest.raises(NotFound):
        service.place(uow, _call_off(deal))
    order, _ = make_order(uow, deal, state=OrderState.PLACED, confirmed_at=None)
    uow.actor = deal.buying
    with pytest.raises(Forbidden):
        service.confirm(uow, order.number)


@pytest.mark.parametrize(
    "state", [ContractState.DRAFT, ContractState.SUSPENDED, ContractState.ENDED, ContractState.CANCELLED]
)
def test_only_an_active_contract_takes_orders(uow: UnitOfWork, state: ContractState) -> None:
    deal = make_deal(uow, state=state)
    with pytest.raises(Refused):
        service.place(uow, _call_off(deal))


@pytest.mark.parametrize("day", [date(2026, 11, 19), date(2027, 9, 1)])
def test_the_day_of_delivery_must_lie_ahead_and_inside_the_contract(uow: UnitOfWork, day: date) -> None:
    deal = make_deal(uow)
    with pytest.raises(Invalid) as refused:
        service.place(uow, _call_off(deal, deliver_on=day))
    assert "deliver_on" in refused.value.fields


def test_goods_go_to_the_buyers_own_places_only(uow: UnitOfWork) -> None:
    deal, other = make_deal(uow), make_deal(uow)
    closed = make_site(uow, deal.buyer, SiteKind.DEPOT, is_active=False)
    for place in (other.gate.code, closed.code, "NOWHERE"):
        with pytest.raises(Invalid) as refused:
            service.place(uow, _call_off(deal, ship_to=place))
        assert "ship_to" in refused.value.fields


def test_an_order_names_items_of_its_contract_once(uow: UnitOfWork) -> None:
    deal, other = make_deal(uow), make_deal(uow)
    strange = (WantedLine(deal.item.sku, 1), WantedLine(other.item.sku, 1))
    twice = (WantedLine(deal.item.sku, 1), WantedLine(deal.item.sku, 2))
    for lines in (strange, twice):
        with pytest.raises(Invalid) as refused:
            service.place(uow, _call_off(deal, lines=lines))
        assert "lines.1.sku" in refused.value.fields


def test_an_item_without_a_price_for_that_day_cannot_be_ordered(uow: UnitOfWork) -> None:
    deal = make_deal(uow, price_e4=None)
    make_price(uow, deal.line, 36_000, date(2026, 12, 1))
    with pytest.raises(Invalid) as refused:
        service.place(uow, _call_off(deal))
    assert "lines.0.sku" in refused.value.fields


def test_the_mass_follows_from_the_boxes_unless_each_is_weighed(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    pork = make_item(uow, deal.seller, name_zh="槐猪前腿", net_grams=8_000, is_catch_weight=True)
    make_price(uow, make_line(uow, deal.contract, pork), 460_000, date(2026, 9, 1))
    with pytest.raises(Invalid) as refused:
        service.place(uow, _call_off(deal, lines=(WantedLine(deal.item.sku, 2, 29_000),)))
    assert "lines.0.grams" in refused.value.fields
    weighed = service.place(uow, _call_off(deal, lines=(WantedLine(pork.sku, 3, 25_300),)))
    guessed = service.place(uow, _call_off(deal, lines=(WantedLine(pork.sku, 3),)))
    assert (weighed.order.grams, guessed.order.grams) == (25_300, 24_000)


def test_the_same_reference_with_the_same_content_is_the_same_order(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    wanted = _call_off(deal, buyer_reference="PO-88")
    first, again = service.place(uow, wanted), service.place(uow, wanted)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.order.id == again.order.id
    uow.session.refresh(deal.line)
    assert deal.line.ordered_grams == 600_000
    for other in (
        replace(wanted, deliver_on=SOON + timedelta(days=1)),
        replace(wanted, lines=(WantedLine(deal.item.sku, 41),)),
    ):
        with pytest.raises(Conflict):
            service.place(uow, other)


def test_two_buyers_may_use_the_same_reference(uow: UnitOfWork) -> None:
    deal, other = make_deal(uow), make_deal(uow)
    placed = [service.place(uow, _call_off(one, buyer_reference="PO-1")) for one in (deal, other)]
    assert [placement.is_new for placement in placed] == [True, True]


def test_a_buyer_cannot_date_an_order_back_before_the_cutoff(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    wanted = _call_off(deal, at=uow.now - timedelta(days=3))
    uow.actor = deal.buying
    with pytest.raises(Invalid) as refused:
        service.place(uow, wanted)
    assert "at" in refused.value.fields
    uow.actor = SYSTEM
    assert service.place(uow, wanted).order.number.startswith("DD2611-")


def test_a_buyer_sees_only_own_orders_and_the_sums_of_those(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    other = make_deal(uow, seller=deal.seller, item=deal.item, price_e4=41_000)
    mine, _ = make_order(uow, deal, 10)
    theirs, _ = make_order(uow, other, 20, 41_000)
    page = orders.page(uow.session, deal.buying, OrderFilter())
    assert [row.number for row in page.rows] == [mine.number]
    assert page.totals == {"boxes": 10, "grams": 150_000, "amount_fen": 48_000}
    assert {line.order_id for line in orders.open_lines(uow.session, deal.buying)} == {mine.id}
    assert {line.order_id for line in orders.open_lines(uow.session, deal.selling)} == {mine.id, theirs.id}
    with pytest.raises(NotFound):
        orders.one(uow.session, deal.buying, theirs.number)


def test_orders_are_found_by_state_channel_buyer_day_and_text(uow: UnitOfWork) -> None:
    deal, other = make_deal(uow), make_deal(uow, "community")
    first, _ = make_order(uow, deal, buyer_reference="QM-7781")
    make_order(uow, other, state=OrderState.CANCELLED, deliver_on=date(2026, 12, 2))
    for wanted in (
        OrderFilter(state=OrderState.CONFIRMED),
        OrderFilter(channel="supermarket"),
        OrderFilter(buyer=deal.buyer.code),
        OrderFilter(to_day=date(2026, 11, 30)),
        OrderFilter(from_day=date(2026, 11, 1), contract=deal.contract.number),
        OrderFilter(q="7781"),
    ):
        assert [row.number for row in orders.page(uow.session, SYSTEM, wanted).rows] == [first.number]


def test_open_lines_name_what_logistics_needs_and_leave_out_what_waits(uow: UnitOfWork) -> None:
    deal = make_deal(uow, min_remaining_life_days=5)
    _, line = make_order(uow, deal, 10)
    make_order(uow, deal, state=OrderState.PLACED, confirmed_at=None)
    (found,) = orders.open_lines(uow.session, SYSTEM)
    assert (found.order_line_id, found.boxes, found.grams) == (line.id, 10, 150_000)
    assert (found.min_remaining_life_days, found.channel_code) == (5, "supermarket")
    assert orders.lines(uow.session, [line.id]) == {line.id: found}


def test_the_last_order_is_what_the_next_form_starts_with(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    make_order(uow, deal, 10)
    make_order(uow, deal, 12)
    make_order(uow, deal, 99, state=OrderState.CANCELLED)
    found = orders.last_boxes(uow.session, deal.buying, deal.contract.number)
    assert found == {deal.item.sku: 12}
    assert orders.last_ship_to(uow.session, deal.buying, deal.contract.number) == deal.gate.code


def test_placing_ten_lines_costs_as_many_statements_as_one(uow: UnitOfWork, statements: Statements) -> None:
    deal = make_deal(uow)
    items = [make_item(uow, deal.seller) for _ in range(10)]
    for item in items:
        make_price(uow, make_line(uow, deal.contract, item), 30_000, date(2026, 9, 1))
    service.place(uow, _call_off(deal))
    counts = []
    for some in (items[:1], items):
        before = len(statements)
        service.place(uow, _call_off(deal, lines=tuple(WantedLine(item.sku, 1) for item in some)))
        counts.append(len(statements) - before)
    assert counts[0] == counts[1]


def test_a_page_of_orders_costs_two_statements(uow: UnitOfWork, statements: Statements) -> None:
    deal = make_deal(uow)
    for _ in range(5):
        make_order(uow, deal)
    before = len(statements)
    orders.page(uow.session, deal.buying, OrderFilter())
    assert len(statements) - before == 2


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(wishes=st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=12))
def test_what_is_ordered_never_exceeds_the_frame_and_equals_what_stands(
    uow: UnitOfWork, wishes: list[tuple[int, bool]]
) -> None:
    deal = make_deal(uow, quantity_grams=1_000_000, tolerance_bp=1_000)
    for boxes, is_cancelled in wishes:
        try:
            order = service.place(uow, _call_off(deal, boxes)).order
        except Invalid:
            continue
        if is_cancelled:
            service.cancel(uow, order.number, "—")
    uow.session.refresh(deal.line)
    standing = uow.session.scalars(
        select(Order.grams).where(Order.contract_id == deal.contract.id, Order.state != OrderState.CANCELLED)
    )
    assert deal.line.ordered_grams == sum(standing) <= 1_100_000


def test_buyers_who_order_at_once_cannot_overdraw_the_contract(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        deal = make_deal(uow, quantity_grams=1_500_000, tolerance_bp=0)
    placed = _at_once([lambda: _try(real_db, _call_off(deal, 30)) for _ in range(8)])
    with real_db.reading() as session:
        line = session.get_one(ContractLine, deal.line.id)
        standing = session.scalars(select(Order.grams).where(Order.contract_id == deal.contract.id)).all()
    assert sorted(placed, reverse=True) == [True] * 3 + [False] * 5
    assert line.ordered_grams == sum(standing) == 1_350_000


def test_the_same_order_sent_twice_at_once_is_one_order(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        deal = make_deal(uow)
    wanted = _call_off(deal, buyer_reference="PO-5")
    assert _at_once([lambda: _try(real_db, wanted) for _ in range(6)]) == [True] * 6
    with real_db.reading() as session:
        assert session.get_one(ContractLine, deal.line.id).ordered_grams == 600_000


def test_orders_and_cancellations_at_once_do_not_block_each_other(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        deal = make_deal(uow, quantity_grams=None)
        second = make_item(uow, deal.seller)
        make_price(uow, make_line(uow, deal.contract, second), 30_000, date(2026, 9, 1))
        both = (WantedLine(second.sku, 1), WantedLine(deal.item.sku, 1))
        numbers = [service.place(uow, _call_off(deal, lines=both)).order.number for _ in range(4)]
    acts: list[Callable[[], bool]] = []
    for number in numbers:
        acts.append(lambda number=number: _cancel(real_db, number))  # type: ignore[misc]  # bound at once
        acts.append(lambda: _try(real_db, _call_off(deal, lines=both[::-1])))
    assert all(_at_once(acts))
    with real_db.reading() as session:
        assert session.get_one(ContractLine, deal.line.id).ordered_grams == 4 * 15_000


def _at_once(acts: list[Callable[[], bool]]) -> list[bool]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result() for done in [pool.submit(act) for act in acts]]


def _try(database: Database, wanted: PlaceOrder) -> bool:
    try:
        with database.unit_of_work(SYSTEM) as uow:
            service.place(uow, wanted)
    except DomainError:
        return False
    return True


def _cancel(database: Database, number: str) -> bool:
    with database.unit_of_work(SYSTEM) as uow:
        service.cancel(uow, number, "—")
    return True
