"""Benchmarks run on a database of their own, never on anybody's."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import func, select

from supplychain.bench import hourglass
from supplychain.bench.measure import Measure
from supplychain.cli import main
from supplychain.kernel.db import migrate
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.make.traceability import make_farm
from tests.traceability.test_genealogy import registered
from traceability.leads import LEADS
from traceability.models.genealogy import Edge
from traceability.queries import genealogy
from traceability.queries import recall as recalls
from traceability.queries.genealogy import Direction
from traceability.services import recall
from traceability.services.recall import OpenRecall


def test_benchmarks_refuse_a_database_that_is_in_use(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'season.db'}"
    migrate.upgrade(url)
    answer = CliRunner().invoke(main, ["bench", "--quick", "--url", url])
    assert answer.exit_code == 1
    assert "the database is not empty; benchmarks run on one of their own" in answer.output


def test_a_ratio_says_how_many_times_as_fast_the_floor_is() -> None:
    assert Measure("pages", "requests", ours=50, floor="bare route", bare=200).ratio == 4


def test_a_large_ledger_keeps_every_constraint_and_can_be_traced_and_called_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'large.db'}"
    migrate.upgrade(url)
    engine = make_engine(url)
    database = Database(engine)
    with database.unit_of_work(SYSTEM) as uow:
        registered(uow, make_farm(uow))
    ledger = hourglass.begin(engine)
    hourglass.write(engine, ledger, 2)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Edge)) == 2 * hourglass.EDGES
        found = {way: len(genealogy.edges(session, ledger.middle(1), way)) for way in Direction}
        assert found == {Direction.UP: 120, Direction.DOWN: 120, Direction.BOTH: 240}
        shares = genealogy.origins(session, SYSTEM, ledger.middle(0))
        assert {one.share_bp for one in shares} == {123, 124}
    with database.unit_of_work(SYSTEM) as uow:
        row = recall.open_(uow, OpenRecall("drill", "plot", f"{ledger.site} {ledger.plot}"), LEADS)
        shown = recalls.one(uow.session, SYSTEM, row.number)
        assert (shown.places, shown.found_grams) == (2 * 81, 2 * hourglass.GRAMS)
        assert len(recalls.lots(uow.session, row.id)) == 2 * 125
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()
