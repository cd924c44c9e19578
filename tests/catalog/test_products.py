"""Products, how they keep from a day on, when they come and what is a pack of what."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from catalog.models.product import Product, StorageProfile
from catalog.queries import product as products
from catalog.queries.product import ProductFilter, SeasonRow
from catalog.rules import Family
from catalog.services import product as service
from catalog.services.product import LinkItem, PutGradeStandard, PutSeason
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.permissions import NOBODY
from supplychain.kernel.sheets.sheet import Outcome
from tests.conftest import Statements
from tests.make.base import make_item, make_party
from tests.make.catalog import cabbage
from tests.make.traceability import make_farm, make_product, make_profile


def test_a_product_put_twice_changes_nothing_the_second_time(uow: UnitOfWork) -> None:
    assert service.put(uow, cabbage()) is Outcome.CREATED
    assert service.put(uow, cabbage()) is Outcome.UNCHANGED
    assert service.put(uow, cabbage(variety="京丰一号")) is Outcome.UPDATED
    assert service.put(uow, cabbage(variety="京丰一号", shelf_life_days=21)) is Outcome.UPDATED
    row = products.one(uow.session, NOBODY, "GANLAN-T")
    assert (row.variety, row.shelf_life_days) == ("京丰一号", 21)


def test_a_new_day_adds_a_band_and_leaves_the_old_one_to_what_was_judged_by_it(uow: UnitOfWork) -> None:
    farm = make_farm(uow, life=21)
    make_profile(uow, farm.product, date(2026, 10, 1), 14)

    def life_on(day: date) -> int:
        return products.of_items(uow.session, [farm.item.id], day)[farm.item.id].shelf_life_days

    assert (life_on(date(2026, 9, 30)), life_on(date(2026, 10, 1))) == (21, 14)
    assert products.one(uow.session, NOBODY, farm.product.code).shelf_life_days == 14


def test_a_product_whose_band_begins_next_month_is_listed_already(uow: UnitOfWork) -> None:
    service.put(uow, cabbage(valid_from=date(2026, 12, 1)))
    assert products.one(uow.session, NOBODY, "GANLAN-T").valid_from == date(2026, 12, 1)
    assert [row.code for row in products.every(uow.session, ProductFilter(q="GANLAN-T"))] == ["GANLAN-T"]


def test_goods_without_a_band_yet_are_not_judged_by_a_coming_one(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    assert products.of_items(uow.session, [farm.item.id], date(2019, 12, 31)) == {}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("max_centi_celsius", {"min_centi_celsius": 400}),
        ("max_centi_celsius", {"min_centi_celsius": 900}),
        ("critical_min_centi_celsius", {"critical_min_centi_celsius": 1}),
        ("critical_max_centi_celsius", {"critical_max_centi_celsius": 399}),
        ("max_humidity_bp", {"min_humidity_bp": 9_500, "max_humidity_bp": 9_000}),
    ],
)
def test_limits_that_contradict_each_other_are_refused(
    uow: UnitOfWork, field: str, changes: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refused:
        service.put(uow, cabbage(**changes))
    assert list(refused.value.fields) == [field]
    assert uow.session.scalar(select(func.count(StorageProfile.id))) == 0


def test_limits_may_meet(uow: UnitOfWork) -> None:
    met = cabbage(critical_min_centi_celsius=0, critical_max_centi_celsius=400)
    assert service.put(uow, met) is Outcome.CREATED


@pytest.mark.parametrize(
    ("first", "last", "months"), [(6, 8, {6, 7, 8}), (11, 2, {11, 12, 1, 2}), (5, 5, {5})]
)
def test_a_season_may_run_over_new_year(first: int, last: int, months: set[int]) -> None:
    season = SeasonRow("GANLAN", "高山甘蓝", "Highland cabbage", first, last, "")
    assert {month for month in range(1, 13) if season.holds(month)} == months


def test_a_season_is_known_by_its_first_month(uow: UnitOfWork) -> None:
    product = make_product(uow)
    for last, note, outcome in (
        (8, "", Outcome.CREATED),
        (8, "", Outcome.UNCHANGED),
        (9, "晚熟", Outcome.UPDATED),
    ):
        assert service.put_season(uow, PutSeason(product.code, 6, last, note)) is outcome
    assert service.put_season(uow, PutSeason(product.code, 11, 2)) is Outcome.CREATED
    found = products.seasons(uow.session, product.id)
    assert [(row.first_month, row.last_month, row.note) for row in found] == [(6, 9, "晚熟"), (11, 2, "")]


def test_a_grade_standard_is_brought_up_to_date_by_its_code(uow: UnitOfWork) -> None:
    standard = PutGradeStandard("NY/T 583", "结球甘蓝等级规格", "特级,一级,二级")
    assert service.put_grade_standard(uow, standard) is Outcome.CREATED
    assert service.put_grade_standard(uow, standard) is Outcome.UNCHANGED
    (row,) = products.grade_standards(uow.session)
    assert (row.code, row.grades) == ("NY/T 583", "特级,一级,二级")


def test_an_item_is_a_pack_of_one_product_and_may_move_to_another(uow: UnitOfWork) -> None:
    item = make_item(uow, make_party(uow), grade="一级", grade_standard="NY/T 583")
    first, second = make_product(uow), make_product(uow)
    for product, outcome in (
        (first, Outcome.CREATED),
        (first, Outcome.UNCHANGED),
        (second, Outcome.UPDATED),
    ):
        assert service.link_item(uow, LinkItem(item.sku, product.code)) is outcome
    assert products.packs(uow.session, first.id) == []
    (pack,) = products.packs(uow.session, second.id)
    assert (pack.sku, pack.grade, pack.grade_standard) == (item.sku, "一级", "NY/T 583")


@pytest.mark.parametrize("field", ["sku", "product"])
def test_a_pack_of_something_unknown_is_refused_at_the_field(uow: UnitOfWork, field: str) -> None:
    given = {"sku": make_item(uow, make_party(uow)).sku, "product": make_product(uow).code}
    with pytest.raises(Invalid) as refused:
        service.link_item(uow, LinkItem(**(given | {field: "NO-SUCH"})))
    assert list(refused.value.fields) == [field]


def test_an_unknown_product_is_not_found(uow: UnitOfWork) -> None:
    with pytest.raises(NotFound):
        products.one(uow.session, NOBODY, "NO-SUCH")
    with pytest.raises(Invalid) as refused:
        service.put_season(uow, PutSeason("NO-SUCH", 1, 2))
    assert list(refused.value.fields) == ["product"]


def test_products_are_found_by_family_code_and_either_name(uow: UnitOfWork) -> None:
    make_product(uow, Family.PORK)
    service.put(uow, cabbage())
    for wanted in (
        ProductFilter(q="GANLAN-T"),
        ProductFilter(q="高山", family=Family.VEGETABLE),
        ProductFilter(q="Highland cab", family=Family.VEGETABLE),
    ):
        assert [row.code for row in products.page(uow.session, NOBODY, wanted).rows] == ["GANLAN-T"]
    assert products.page(uow.session, NOBODY, ProductFilter(q="GANLAN_T")).total == 0
    assert products.page(uow.session, NOBODY, ProductFilter(family=Family.PORK)).total == 1


def test_what_many_items_are_is_asked_at_once(uow: UnitOfWork, statements: Statements) -> None:
    items = [make_farm(uow).item.id for _ in range(5)]
    before = len(statements)
    assert set(products.of_items(uow.session, items, date(2026, 11, 20))) == set(items)
    assert len(statements) - before == 1
    assert uow.session.scalar(select(func.count(Product.id))) == 5
