"""The catalogue's spreadsheets: in, out, and in again; by those who may."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from catalog.services import product as service
from catalog.services.product import LinkItem, PutGradeStandard, PutSeason
from supplychain.kernel.db.uow import Database
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.sheets import importing, writer
from supplychain.kernel.sheets.sheet import Outcome
from tests.conftest import SignIn
from tests.make.base import make_item
from tests.make.catalog import Grower, cabbage, make_grower, make_plan

KINDS = ("grade-standards", "products", "item-products", "seasons", "supply-bases", "supply-plans")


def season_in(db: Database) -> Grower:
    """Make one of everything that the catalogue keeps."""
    with db.unit_of_work(SYSTEM) as uow:
        grower = make_grower(uow)
        make_plan(uow, grower.base, 11, 5_000_000)
        item = make_item(uow, grower.coop)
        service.put(uow, cabbage(critical_max_centi_celsius=1_000, min_humidity_bp=9_500, story_zh="甜。"))
        service.link_item(uow, LinkItem(item.sku, "GANLAN-T"))
        service.put_season(uow, PutSeason("GANLAN-T", 11, 2, "霜后更甜"))
        service.put_grade_standard(uow, PutGradeStandard("NY/T 583", "结球甘蓝等级规格", "特级,一级"))
    return grower


def taken_in(db: Database, suite: Suite, kind: str, content: bytes, name: str) -> importing.Report:
    """Take a file in as the operator does."""
    return importing.run(db, suite.sheets[kind], SYSTEM, name, content, apply=True)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_exported_can_be_taken_in_again_and_changes_nothing(
    db: Database, suite: Suite, kind: str
) -> None:
    season_in(db)
    rows = suite.sheets[kind].rows
    assert rows is not None
    with db.reading() as session:
        content = writer.xlsx(suite.sheets[kind], rows(session, SYSTEM, {}))
    report = taken_in(db, suite, kind, content, f"{kind}.xlsx")
    assert not report.bad
    assert set(report.counts) == {Outcome.UNCHANGED}


def test_the_countys_files_build_the_catalogue_once(db: Database, suite: Suite) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        grower = make_grower(uow)
        item = make_item(uow, grower.coop)
    files = {
        "products": "产品编号,中文名称,英文名称,品类,生效日期,"
        "最低温度（℃）,最高温度（℃）,保质期（天）,保质期模型,温度依据\n"
        "LUOBO-T,高山萝卜,Radish,高山蔬菜,2026-01-02,0,4,28,按日历,DB31/T 388\n",
        "item-products": f"商品编号,产品编号\n{item.sku},LUOBO-T\n",
        "seasons": "产品编号,起始月,截止月,备注\nLUOBO-T,10,1,\n",
        "supply-bases": f"地点编号,产品编号,面积（亩）,农户数\n{grower.site.code},LUOBO-T,80.5,20\n",
        "supply-plans": f"地点编号,产品编号,年,月,计划供应（kg）\n{grower.site.code},LUOBO-T,2026,12,3000\n",
    }
    for outcome in (Outcome.CREATED, Outcome.UNCHANGED):
        for kind, text in files.items():
            report = taken_in(db, suite, kind, text.encode("gbk"), f"{kind}.csv")
            assert not report.bad, (kind, report.bad)
            assert report.counts == {outcome: 1}, kind


def test_a_bad_row_is_named_with_its_column_and_keeps_the_others_out(db: Database, suite: Suite) -> None:
    season_in(db)
    text = "产品编号,起始月,截止月\nGANLAN-T,5,7\nNO-SUCH,5,7\nGANLAN-T,13,1\n"
    report = taken_in(db, suite, "seasons", text.encode(), "seasons.csv")
    assert not report.applied
    found = [(row.number, [label for label, _ in row.reasons]) for row in report.bad]
    assert found == [(3, ["Product code"]), (4, ["First month"])]


def test_an_export_holds_what_its_list_was_showing(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    grower = season_in(db)
    who = sign_in("buyer", grower.coop)
    for path, shown in (
        ("/sheets/products.csv?q=GANLAN-T", True),
        ("/sheets/products.csv?family=vegetable&q=", True),
        ("/sheets/products.csv?family=tea", False),
        ("/sheets/products.csv?q=NO-SUCH", False),
    ):
        answer = client.get(path, headers=who)
        assert answer.status_code == 200, path
        assert ("GANLAN-T" in answer.text) is shown, path
    for path, shown in (
        (f"/sheets/supply-bases.csv?q={grower.site.code}", True),
        ("/sheets/supply-bases.csv?family=tea", False),
    ):
        assert (grower.site.code in client.get(path, headers=who).text) is shown, path


def test_a_cooperative_exports_its_own_plans_and_buyers_none(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    grower = season_in(db)
    with db.unit_of_work(SYSTEM) as uow:
        rival = make_grower(uow)
        make_plan(uow, rival.base, 11, 7_000)
    text = client.get("/sheets/supply-plans.csv", headers=sign_in("coop_clerk", grower.coop)).text
    assert grower.site.code in text
    assert rival.site.code not in text
    assert client.get("/sheets/supply-plans.csv", headers=sign_in("buyer", grower.coop)).status_code == 403


def test_a_cooperatives_file_cannot_plan_for_another(db: Database, suite: Suite) -> None:
    grower = season_in(db)
    with db.unit_of_work(SYSTEM) as uow:
        rival = make_grower(uow)
    text = f"地点编号,产品编号,年,月,计划供应（kg）\n{rival.site.code},{rival.product.code},2026,12,3000\n"
    report = importing.run(
        db, suite.sheets["supply-plans"], grower.clerk, "plans.csv", text.encode(), apply=True
    )
    assert [[label for label, _ in row.reasons] for row in report.bad] == [["Place code"]]
