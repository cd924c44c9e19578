"""Supply bases and plans: a co-operative speaks for its own places, and its plans are its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.queries import supply
from catalog.queries.supply import SupplyFilter
from catalog.rules import Family
from catalog.services import supply as service
from catalog.services.supply import PutSupplyBase, PutSupplyPlan
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.permissions import NOBODY, SYSTEM, Actor
from supplychain.kernel.sheets.sheet import Outcome
from tests.make.base import make_party, make_site
from tests.make.catalog import Grower, make_grower, make_plan
from tests.make.traceability import actor_of, make_product


def acting(uow: UnitOfWork, actor: Actor) -> UnitOfWork:
    """Return the unit of work in somebody's hands."""
    return UnitOfWork(uow.session, actor, uow.now, uow.subscriptions)


def plan_of(grower: Grower, **changes: object) -> PutSupplyPlan:
    """Return a plan of five tons for November."""
    plan = PutSupplyPlan(grower.site.code, grower.product.code, 2026, 11, 5_000_000)
    return replace(plan, **changes)  # type: ignore[arg-type]  # changes are the plan's own fields


def test_a_cooperative_registers_what_its_place_grows_once(uow: UnitOfWork) -> None:
    coop, product = make_party(uow), make_product(uow)
    site = make_site(uow, coop)
    own = acting(uow, actor_of(coop))
    command = PutSupplyBase(site.code, product.code, 12_000, 36, "浦东优供")
    assert service.put_base(own, command) is Outcome.CREATED
    assert service.put_base(own, command) is Outcome.UNCHANGED
    assert service.put_base(own, replace(command, area_mu_e2=15_050)) is Outcome.UPDATED
    (row,) = supply.of_product(uow.session, SYSTEM, product.id)
    assert (row.site, row.area_mu_e2, row.households, row.sponsor) == (site.code, 15_050, 36, "浦东优供")


def test_a_plan_of_a_month_is_changed_not_added_to(uow: UnitOfWork) -> None:
    grower = make_grower(uow)
    own = acting(uow, grower.clerk)
    for grams, outcome in (
        (5_000_000, Outcome.CREATED),
        (5_000_000, Outcome.UNCHANGED),
        (4_000_000, Outcome.UPDATED),
    ):
        assert service.put_plan(own, plan_of(grower, grams=grams)) is outcome
    assert service.put_plan(own, plan_of(grower, month=12)) is Outcome.CREATED
    (row,) = supply.of_product(uow.session, grower.clerk, grower.product.id)
    assert row.planned_grams == 9_000_000
    (row,) = supply.of_product(uow.session, make_grower(uow).clerk, grower.product.id)
    assert row.planned_grams is None


def test_nobody_speaks_for_another_cooperatives_place(uow: UnitOfWork) -> None:
    grower, rival = make_grower(uow), make_grower(uow)
    clerk = acting(uow, grower.clerk)
    with pytest.raises(Invalid) as refused:
        service.put_base(clerk, PutSupplyBase(rival.site.code, rival.product.code, 1))
    assert list(refused.value.fields) == ["site"]
    with pytest.raises(Invalid) as refused:
        service.put_plan(clerk, plan_of(rival))
    assert list(refused.value.fields) == ["site"]
    assert service.put_plan(acting(uow, SYSTEM), plan_of(rival)) is Outcome.CREATED


def test_a_place_plans_only_what_it_grows(uow: UnitOfWork) -> None:
    grower = make_grower(uow)
    with pytest.raises(Invalid) as refused:
        service.put_plan(acting(uow, grower.clerk), plan_of(grower, product=make_product(uow).code))
    assert list(refused.value.fields) == ["product"]


@pytest.mark.parametrize("field", ["site", "product"])
def test_an_unknown_place_or_product_is_refused_at_the_field(uow: UnitOfWork, field: str) -> None:
    grower = make_grower(uow)
    with pytest.raises(Invalid) as refused:
        service.put_plan(acting(uow, grower.clerk), plan_of(grower, **{field: "NO-SUCH"}))
    assert list(refused.value.fields) == [field]


def test_plans_are_shown_to_their_own_cooperative_and_to_those_who_see_all(uow: UnitOfWork) -> None:
    grower, rival = make_grower(uow), make_grower(uow)
    for each, grams in ((grower, 1_000), (rival, 2_000)):
        make_plan(uow, each.base, 11, grams)
    assert [row.grams for row in supply.plans(uow.session, grower.clerk)] == [1_000]
    assert [row.grams for row in supply.plans(uow.session, rival.clerk)] == [2_000]
    assert sorted(row.grams for row in supply.plans(uow.session, SYSTEM)) == [1_000, 2_000]
    assert supply.plans(uow.session, NOBODY) == []


def test_bases_are_found_and_summed_by_what_they_grow(uow: UnitOfWork) -> None:
    pork = make_product(uow, Family.PORK)
    first, second = make_grower(uow, pork, area_mu_e2=100), make_grower(uow, pork, area_mu_e2=250)
    make_grower(uow)
    found = supply.page(uow.session, NOBODY, SupplyFilter(family=Family.PORK))
    assert [row.site for row in found.rows] == [first.site.code, second.site.code]
    assert (found.totals["area_mu_e2"], found.totals["households"]) == (350, 72)
    assert supply.page(uow.session, NOBODY, SupplyFilter(q=second.site.code)).total == 1
    every = supply.every(uow.session, SYSTEM, SupplyFilter(q=first.coop.name, family=Family.PORK))
    assert [row.party for row in every] == [first.coop.code]
