"""Pages and API of the catalogue, by those who may and those who may not."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from catalog.models.product import Product
from catalog.models.supply import SupplyBase, SupplyPlan
from catalog.services import product as service
from catalog.services.product import LinkItem, PutSeason
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn, Statements
from tests.make.base import make_item
from tests.make.catalog import Grower, cabbage, make_grower, make_plan

ERROR = 'class="error"'


def grower_in(db: Database) -> Grower:
    """Make a co-operative with a base."""
    with db.unit_of_work(SYSTEM) as uow:
        return make_grower(uow)


def typed(**changes: str) -> dict[str, str]:
    """Return the cabbage as the operator types it."""
    given = {
        "code": "GANLAN-T",
        "name_zh": "高山甘蓝",
        "name_en": "Highland cabbage",
        "family": "vegetable",
        "valid_from": "2026-01-01",
        "min_centi_celsius": "0",
        "max_centi_celsius": "4",
        "critical_max_centi_celsius": "10",
        "min_humidity_bp": "95",
        "shelf_life_days": "28",
        "shelf_life_model": "q10",
        "source": "NY/T 583",
    }
    return given | changes


def sent(**changes: Any) -> dict[str, Any]:
    """Return the cabbage as a program sends it."""
    return typed() | {"shelf_life_days": 28} | changes


def error_at(page: str, field: str) -> str:
    """Return the message that stands at a field of a form."""
    return page.split(f'id="e-{field}"')[1].split("</p>", maxsplit=1)[0]


def test_the_operator_adds_a_product_by_form_and_sees_how_it_is_kept(
    client: FlaskClient, sign_in: SignIn
) -> None:
    who = sign_in("operator", None)
    added = client.post("/products/new", data=typed(), headers=who)
    assert (added.status_code, added.headers["Location"]) == (303, "/products/GANLAN-T")
    page = client.get("/products/GANLAN-T", headers=who).text
    for words in ("高山甘蓝", "高山蔬菜", "0–4", "10", "95", "28", "NY/T 583"):
        assert words in page
    assert "高山甘蓝" in client.get("/products?family=vegetable", headers=who).text
    assert "高山甘蓝" not in client.get("/products?family=tea", headers=who).text


def test_a_product_whose_band_begins_later_can_be_looked_at_once_it_is_added(
    client: FlaskClient, sign_in: SignIn
) -> None:
    who = sign_in("operator", None)
    added = client.post("/products/new", data=typed(valid_from="2026-12-01"), headers=who)
    assert client.get(added.headers["Location"], headers=who).status_code == 200


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("max_centi_celsius", "-1", "最高温度必须高于最低温度"),
        ("critical_max_centi_celsius", "3", "拒收上限不能低于最高温度"),
        ("critical_min_centi_celsius", "1", "冷害下限不能高于最低温度"),
        ("max_humidity_bp", "90", "最高湿度不能低于最低湿度"),
        ("shelf_life_days", "0", ""),
        ("min_centi_celsius", "冷", ""),
        ("family", "fish", ""),
        ("code", "甘蓝", ""),
        ("name_zh", "", ""),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, db: Database, sign_in: SignIn, field: str, text: str, words: str
) -> None:
    answer = client.post("/products/new", data=typed(**{field: text}), headers=sign_in("operator", None))
    assert answer.status_code == 422
    assert words in error_at(answer.text, field)
    assert answer.text.count(ERROR) == 1
    assert 'value="Highland cabbage"' in answer.text
    with db.reading() as session:
        assert session.scalar(select(func.count(Product.id))) == 0


def test_a_change_keeps_the_code_and_a_new_day_keeps_the_old_band(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        service.put(uow, cabbage())
    who = sign_in("operator", None)
    form = client.get("/products/GANLAN-T/edit", headers=who).text
    assert '<input type="hidden" name="code" value="GANLAN-T">' in form
    changed = typed(valid_from="2026-11-01", shelf_life_days="21")
    assert client.post("/products/GANLAN-T/edit", data=changed, headers=who).status_code == 303
    with db.reading() as session:
        assert session.scalar(select(func.count(Product.id))) == 1
    assert "21" in client.get("/products/GANLAN-T", headers=who).text


def test_a_products_page_shows_its_season_its_packs_and_who_grows_it(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        grower = make_grower(uow)
        item = make_item(uow, grower.coop, grade="一级", grade_standard="NY/T 583")
        service.link_item(uow, LinkItem(item.sku, grower.product.code))
        service.put_season(uow, PutSeason(grower.product.code, 11, 2, "霜后更甜"))
    who = sign_in("buyer", grower.coop)
    page = client.get(f"/products/{grower.product.code}", headers=who).text
    for words in (item.sku, "一级", "霜后更甜", grower.site.name, "120"):
        assert words in page
    assert page.count("month-on") == 4
    calendar = client.get("/seasons", headers=who).text
    assert (calendar.count("month-on"), calendar.count("month-now")) == (4, 1)


def test_a_clerk_registers_a_base_and_plans_its_month_by_form(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    grower, rival = grower_in(db), grower_in(db)
    who = sign_in("coop_clerk", grower.coop)
    form = client.get("/supply-bases/new", headers=who).text
    assert grower.site.code in form
    assert rival.site.code not in form
    base = {
        "site": grower.site.code,
        "product": rival.product.code,
        "area_mu_e2": "35.5",
        "households": "12",
    }
    assert client.post("/supply-bases/new", data=base, headers=who).status_code == 303
    plan = {
        "site": grower.site.code,
        "product": rival.product.code,
        "year": "2026",
        "month": "12",
        "grams": "1200",
    }
    assert client.post("/supply-bases/plan", data=plan, headers=who).status_code == 303
    page = client.get("/supply-bases", headers=who).text
    for words in ("35.5", "1,200", grower.site.name):
        assert words in page


def test_a_clerk_cannot_plan_for_others_or_for_what_is_not_grown(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    grower, rival = grower_in(db), grower_in(db)
    who = sign_in("coop_clerk", grower.coop)
    plan = {"year": "2026", "month": "12", "grams": "1200", "product": rival.product.code}
    others = client.post("/supply-bases/plan", data=plan | {"site": rival.site.code}, headers=who)
    assert others.status_code == 422
    assert f"{rival.site.code} 不是您社的地点" in error_at(others.text, "site")
    not_grown = client.post("/supply-bases/plan", data=plan | {"site": grower.site.code}, headers=who)
    assert "没有登记为这个产品的基地" in error_at(not_grown.text, "product")
    with db.reading() as session:
        assert session.scalar(select(func.count(SupplyPlan.id))) == 0


def test_a_program_puts_products_bases_and_plans_and_reads_them(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    grower = grower_in(db)
    operator, clerk = sign_in("operator", None), sign_in("coop_clerk", grower.coop)
    put = client.put("/api/v1/products", json=sent(), headers=operator)
    assert (put.status_code, put.get_json()["max_centi_celsius"]) == (200, "4.00")
    found = client.get("/api/v1/products?q=GANLAN-T", headers=clerk).get_json()
    assert (found["total"], found["rows"][0]["source"]) == (1, "NY/T 583")
    base = {"site": grower.site.code, "product": "GANLAN-T", "area_mu_e2": "35.50", "households": 12}
    assert client.put("/api/v1/supply-bases", json=base, headers=clerk).status_code == 200
    plan = {
        "site": grower.site.code,
        "product": "GANLAN-T",
        "year": 2026,
        "month": 12,
        "grams": "1200.000",
    }
    for _ in range(2):
        assert client.put("/api/v1/supply-plans", json=plan, headers=clerk).status_code == 200
    found = client.get(f"/api/v1/supply-bases?q={grower.site.code}", headers=clerk).get_json()
    planned = {row["product"]: row["planned_grams"] for row in found["rows"]}
    assert planned == {grower.product.code: "0.000", "GANLAN-T": "1200.000"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"max_centi_celsius": "0"}, "max_centi_celsius"),
        ({"min_centi_celsius": 0}, "min_centi_celsius"),
        ({"max_centi_celsius": "4.005"}, "max_centi_celsius"),
        ({"max_centi_celsius": "61"}, "max_centi_celsius"),
        ({"family": "fish"}, "family"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"shelf_life_days": True}, "shelf_life_days"),
        ({"colour": "green"}, "colour"),
        ({"code": None}, "code"),
    ],
)
def test_a_program_is_told_which_field_of_a_product_is_wrong(
    client: FlaskClient, sign_in: SignIn, change: dict[str, Any], field: str
) -> None:
    answer = client.put("/api/v1/products", json=sent(**change), headers=sign_in("operator", None))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert list(answer.get_json()["errors"]) == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"month": 13}, "month"),
        ({"year": 1999}, "year"),
        ({"grams": "-1"}, "grams"),
        ({"site": "NO-SUCH"}, "site"),
        ({"product": "NO-SUCH"}, "product"),
    ],
)
def test_a_program_is_told_which_field_of_a_plan_is_wrong(
    client: FlaskClient, db: Database, sign_in: SignIn, change: dict[str, Any], field: str
) -> None:
    grower = grower_in(db)
    plan = {
        "site": grower.site.code,
        "product": grower.product.code,
        "year": 2026,
        "month": 12,
        "grams": "1",
    }
    answer = client.put(
        "/api/v1/supply-plans", json=plan | change, headers=sign_in("coop_clerk", grower.coop)
    )
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


READS = ("/products", "/seasons", "/supply-bases", "/api/v1/products", "/api/v1/supply-bases")
CATALOGUE_WRITES = ("/products/new", "/products/GANLAN-T/edit")
SUPPLY_WRITES = ("/supply-bases/new", "/supply-bases/plan")


@pytest.mark.parametrize("role", ["coop_clerk", "coop_manager", "buyer", "officer", "operator", "carrier"])
def test_each_role_opens_what_it_may_and_nothing_else(
    client: FlaskClient, db: Database, sign_in: SignIn, role: str
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        service.put(uow, cabbage())
        coop = make_grower(uow).coop
    who = sign_in(role, None if role in {"officer", "operator"} else coop)
    may = {
        READS: role != "carrier",
        CATALOGUE_WRITES: role == "operator",
        SUPPLY_WRITES: role in {"coop_clerk", "coop_manager", "operator"},
    }
    for paths, allowed in may.items():
        for path in paths:
            assert client.get(path, headers=who).status_code == (200 if allowed else 403), path
    put = client.put("/api/v1/products", json=sent(), headers=who)
    assert put.status_code == (200 if role == "operator" else 403)


@pytest.mark.parametrize("path", ["/products", "/supply-bases", "/api/v1/products", "/sheets/products.csv"])
def test_strangers_are_led_to_sign_in(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in {303, 401}


def test_a_buyer_writes_nothing(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    grower = grower_in(db)
    who = sign_in("buyer", grower.coop)
    base = {"site": grower.site.code, "product": grower.product.code}
    assert client.put("/api/v1/supply-bases", json=base, headers=who).status_code == 403
    assert client.post("/supply-bases/new", data=base, headers=who).status_code == 403
    assert client.post("/products/new", data=typed(), headers=who).status_code == 403
    with db.reading() as session:
        assert session.scalars(select(SupplyBase.area_mu_e2)).all() == [12_000]


def test_an_unknown_product_is_no_page(client: FlaskClient, sign_in: SignIn) -> None:
    who = sign_in("operator", None)
    assert client.get("/products/NO-SUCH", headers=who).status_code == 404
    assert client.get("/products/NO-SUCH/edit", headers=who).status_code == 404


def test_names_follow_the_readers_language(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        service.put(uow, cabbage(story_zh="海拔八百米。", story_en="From 800 metres."))
    who = sign_in("buyer", grower_in(db).coop)
    zh = client.get("/products/GANLAN-T", headers=who).text
    en = client.get("/products/GANLAN-T?lang=en", headers=who).text
    assert ("海拔八百米。" in zh, "海拔八百米。" in en) == (True, False)
    assert ("Highland cabbage" in en, "Kept at" in en) == (True, True)


@pytest.mark.parametrize("path", ["/products", "/supply-bases", "/seasons", "/products/{code}"])
def test_many_cost_as_many_statements_as_one(
    client: FlaskClient, db: Database, sign_in: SignIn, statements: Statements, path: str
) -> None:
    first = grower_in(db)
    who = sign_in("coop_clerk", first.coop)
    url = path.format(code=first.product.code)
    client.get(url, headers=who)
    counts = []
    for more in (0, 9):
        with db.unit_of_work(SYSTEM) as uow:
            for number in range(more):
                grower = make_grower(uow, first.product if number % 2 else None)
                make_plan(uow, grower.base, 11, 1_000)
                service.put_season(uow, PutSeason(grower.product.code, number + 1, 12))
        before = len(statements)
        assert client.get(url, headers=who).status_code == 200
        counts.append(len(statements) - before)
    assert counts[0] == counts[1]
