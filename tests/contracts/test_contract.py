"""Contracts: drafting, signing, amending, pausing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from supplychain.base.models.notice import Notice
from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.contracts.events import ContractActivated
from supplychain.contracts.models.contract import Channel, ContractLine, Price
from supplychain.contracts.queries import contract as contracts
from supplychain.contracts.rules import ContractState, PriceState
from supplychain.contracts.services import channel as channel_service
from supplychain.contracts.services import contract as service
from supplychain.contracts.services import line as lines
from supplychain.contracts.services import price as prices
from supplychain.contracts.services.contract import DraftContract
from supplychain.contracts.services.line import PutLine
from supplychain.contracts.services.price import SchedulePrice
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from supplychain.kernel.sheets.sheet import Outcome
from tests.make.base import make_item, make_party
from tests.make.contracts import acting_for, make_deal

SEASON = (date(2026, 11, 1), date(2027, 10, 31))


def _paper(seller: Party, buyer: Party, channel: str = "supermarket", **changes: object) -> DraftContract:
    paper = DraftContract(channel, seller.code, buyer.code, "高山蔬菜直供", date(2026, 10, 20), *SEASON)
    return replace(paper, **changes)  # type: ignore[arg-type]  # changes are the paper's own fields


def test_the_four_channels_are_there_and_installing_again_keeps_what_was_changed(uow: UnitOfWork) -> None:
    market = uow.session.scalars(select(Channel).where(Channel.code == "wholesale")).one()
    market.payment_days = 1
    uow.flush()
    channel_service.install(uow)
    found = uow.session.scalars(select(Channel).order_by(Channel.id)).all()
    assert [channel.name_zh for channel in found] == ["农批对接", "农超对接", "农社对接", "农企对接"]
    assert found[0].payment_days == 1


def test_a_draft_starts_with_its_channels_terms_and_a_number_of_its_month(uow: UnitOfWork) -> None:
    seller, buyer = make_party(uow), make_party(uow, PartyKind.SUPERMARKET)
    contract = service.draft(uow, _paper(seller, buyer))
    assert (contract.payment_days, contract.loss_allowance_bp, contract.commission_bp) == (7, 300, 0)
    assert contract.number.startswith("HT2610-")
    assert contract.state is ContractState.DRAFT


def test_a_number_on_paper_is_kept_and_taken_once(uow: UnitOfWork) -> None:
    seller, buyer = make_party(uow), make_party(uow, PartyKind.SUPERMARKET)
    service.draft(uow, _paper(seller, buyer, number="QM-2026-18"))
    with pytest.raises(Conflict) as refused:
        service.draft(uow, _paper(seller, buyer, number="QM-2026-18"))
    assert "number" in refused.value.fields


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        ("wholesale", PartyKind.SUPERMARKET),
        ("supermarket", PartyKind.MARKET),
        ("community", PartyKind.ENTERPRISE),
        ("enterprise", PartyKind.COMMUNITY),
    ],
)
def test_a_buyer_must_fit_the_channel(uow: UnitOfWork, channel: str, kind: PartyKind) -> None:
    with pytest.raises(Invalid) as refused:
        service.draft(uow, _paper(make_party(uow), make_party(uow, kind), channel))
    assert "buyer" in refused.value.fields


def test_only_a_cooperative_sells(uow: UnitOfWork) -> None:
    market = make_party(uow, PartyKind.MARKET)
    with pytest.raises(Invalid) as refused:
        service.draft(uow, _paper(market, make_party(uow, PartyKind.SUPERMARKET)))
    assert "seller" in refused.value.fields


@pytest.mark.parametrize(
    ("kind", "days", "is_legal"),
    [
        (PartyKind.ENTERPRISE, 60, True),
        (PartyKind.ENTERPRISE, 61, False),
        (PartyKind.AUTHORITY, 30, True),
        (PartyKind.AUTHORITY, 31, False),
    ],
)
def test_nobody_may_pay_later_than_the_law_allows(
    uow: UnitOfWork, kind: PartyKind, days: int, is_legal: bool
) -> None:
    paper = _paper(make_party(uow), make_party(uow, kind), "enterprise", payment_days=days)
    if is_legal:
        assert service.draft(uow, paper).payment_days == days
    else:
        with pytest.raises(Invalid) as refused:
            service.draft(uow, paper)
        assert "payment_days" in refused.value.fields


def test_a_contract_cannot_end_before_it_begins(uow: UnitOfWork) -> None:
    buyer = make_party(uow, PartyKind.SUPERMARKET)
    with pytest.raises(Invalid) as refused:
        service.draft(uow, _paper(make_party(uow), buyer, valid_to=date(2026, 10, 31)))
    assert "valid_to" in refused.value.fields


def test_a_clerk_sells_for_nobody_elses_cooperative(uow: UnitOfWork) -> None:
    mine, yours = make_party(uow), make_party(uow)
    uow.actor = acting_for(mine)
    with pytest.raises(Invalid) as refused:
        service.draft(uow, _paper(yours, make_party(uow, PartyKind.SUPERMARKET)))
    assert "seller" in refused.value.fields


def test_a_contract_without_a_price_cannot_be_activated(uow: UnitOfWork) -> None:
    deal = make_deal(uow, price_e4=None, state=ContractState.DRAFT)
    with pytest.raises(Refused, match="定了价"):
        service.activate(uow, deal.contract.number)


def test_a_contract_that_is_over_cannot_be_activated(uow: UnitOfWork) -> None:
    deal = make_deal(uow, state=ContractState.DRAFT, valid_to=date(2026, 11, 19))
    with pytest.raises(Refused):
        service.activate(uow, deal.contract.number)


def test_an_activated_contract_is_announced_and_the_buyer_is_told(uow: UnitOfWork) -> None:
    deal = make_deal(uow, state=ContractState.DRAFT)
    uow.actor = deal.selling
    service.activate(uow, deal.contract.number)
    assert deal.contract.state is ContractState.ACTIVE
    assert list(uow._events) == [ContractActivated(deal.contract.id, deal.seller.id, deal.buyer.id)]
    told = uow.session.scalars(select(Notice).where(Notice.party_id == deal.buyer.id)).one()
    assert told.path == f"/contracts/{deal.contract.number}"
    lines_said = audit.timeline(uow.session, "contracts.contract", deal.contract.id)
    assert [line.act.msgid for line in lines_said] == ["Contract activated"]


def test_a_buyer_cannot_change_its_contract_and_a_stranger_does_not_find_it(uow: UnitOfWork) -> None:
    deal, other = make_deal(uow), make_deal(uow)
    uow.actor = deal.buying
    with pytest.raises(Forbidden):
        service.suspend(uow, deal.contract.number, "—")
    uow.actor = other.buying
    with pytest.raises(NotFound):
        service.suspend(uow, deal.contract.number, "—")


def test_a_suspended_contract_can_be_resumed_and_ended_only_with_a_reason(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    number = deal.contract.number
    service.suspend(uow, number, "台风，下山的路断了")
    assert service.resume(uow, number).state is ContractState.ACTIVE
    with pytest.raises(Invalid):
        service.end(uow, number, "")
    assert service.end(uow, number, "双方商定").state is ContractState.ENDED
    with pytest.raises(Refused):
        service.resume(uow, number)


def test_the_terms_of_a_signed_contract_stay(uow: UnitOfWork) -> None:
    seller, buyer = make_party(uow), make_party(uow, PartyKind.SUPERMARKET)
    paper = _paper(seller, buyer, number="QM-2026-19")
    contract = service.draft(uow, paper)
    assert service.revise(uow, contract.number, paper) == []
    assert service.revise(uow, contract.number, replace(paper, payment_days=10)) == ["payment_days"]
    lines.put(uow, PutLine(contract.number, make_item(uow, seller).sku, price_e4=32_000))
    service.activate(uow, contract.number)
    with pytest.raises(Refused):
        service.revise(uow, contract.number, paper)


def test_a_line_is_put_once_and_changed_after(uow: UnitOfWork) -> None:
    deal = make_deal(uow, state=ContractState.DRAFT)
    item = make_item(uow, deal.seller)
    wanted = PutLine(deal.contract.number, item.sku, 5_000_000, 500, 28_000)
    assert lines.put(uow, wanted) is Outcome.CREATED
    assert lines.put(uow, wanted) is Outcome.UNCHANGED
    assert lines.put(uow, replace(wanted, quantity_grams=6_000_000)) is Outcome.UPDATED
    assert lines.put(uow, replace(wanted, quantity_grams=6_000_000, price_e4=29_000)) is Outcome.UPDATED
    found = contracts.lines(uow.session, deal.contract.id, date(2026, 11, 20))
    row = next(line for line in found if line.sku == item.sku)
    assert (row.quantity_grams, row.price_e4, row.left_grams) == (6_000_000, 29_000, 6_300_000)


def test_a_line_cannot_shrink_below_what_is_ordered(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    deal.line.ordered_grams = 4_000_000
    uow.flush()
    with pytest.raises(Invalid) as refused:
        lines.put(uow, PutLine(deal.contract.number, deal.item.sku, 3_800_000, 0))
    assert "quantity_grams" in refused.value.fields
    assert lines.put(uow, PutLine(deal.contract.number, deal.item.sku, 3_900_000, 500)) is Outcome.UPDATED


def test_only_a_draft_loses_lines(uow: UnitOfWork) -> None:
    draft, signed = make_deal(uow, state=ContractState.DRAFT), make_deal(uow)
    lines.remove(uow, draft.contract.number, draft.item.sku)
    assert uow.session.scalars(select(ContractLine).where(ContractLine.id == draft.line.id)).first() is None
    with pytest.raises(Refused):
        lines.remove(uow, signed.contract.number, signed.item.sku)


def test_the_price_list_brings_on_what_is_due_and_can_be_repeated(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    for day, price in ((21, 33_000), (23, 34_000), (30, 35_000)):
        prices.schedule(uow, SchedulePrice(deal.contract.number, deal.item.sku, price, date(2026, 11, day)))
    assert prices.activate_due(uow, date(2026, 11, 20)) == 0
    assert prices.activate_due(uow, date(2026, 11, 24)) == 1
    assert prices.activate_due(uow, date(2026, 11, 24)) == 0
    found = uow.session.execute(
        select(Price.price_e4, Price.state)
        .where(Price.contract_line_id == deal.line.id)
        .order_by(Price.effective_on)
    )
    assert [tuple(row) for row in found] == [
        (32_000, PriceState.SUPERSEDED),
        (33_000, PriceState.SUPERSEDED),
        (34_000, PriceState.ACTIVE),
        (35_000, PriceState.SCHEDULED),
    ]


def test_a_price_that_counted_is_never_changed_and_none_counts_backwards(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    uow.actor = deal.selling
    wanted = SchedulePrice(deal.contract.number, deal.item.sku, 40_000, date(2026, 9, 1))
    with pytest.raises(Refused):
        prices.schedule(uow, wanted)
    with pytest.raises(Invalid) as refused:
        prices.schedule(uow, replace(wanted, effective_on=date(2026, 11, 19)))
    assert "effective_on" in refused.value.fields
    with pytest.raises(Invalid):
        prices.schedule(uow, replace(wanted, effective_on=date(2027, 9, 1)))
    today = replace(wanted, effective_on=date(2026, 11, 20))
    assert prices.schedule(uow, today) is Outcome.CREATED
    assert prices.schedule(uow, today) is Outcome.UNCHANGED


def test_a_scheduled_price_may_still_be_corrected(uow: UnitOfWork) -> None:
    deal = make_deal(uow)
    wanted = SchedulePrice(deal.contract.number, deal.item.sku, 40_000, date(2026, 12, 1))
    prices.schedule(uow, wanted)
    assert prices.schedule(uow, replace(wanted, price_e4=39_000)) is Outcome.UPDATED
