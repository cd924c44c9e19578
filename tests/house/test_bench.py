"""Benchmarks run on a database of their own, never on anybody's."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from supplychain.bench.measure import Measure
from supplychain.cli import main
from supplychain.kernel.db import migrate


def test_benchmarks_refuse_a_database_that_is_in_use(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'season.db'}"
    migrate.upgrade(url)
    answer = CliRunner().invoke(main, ["bench", "--quick", "--url", url])
    assert answer.exit_code == 1
    assert "the database is not empty; benchmarks run on one of their own" in answer.output


def test_a_ratio_says_how_many_times_as_fast_the_floor_is() -> None:
    assert Measure("pages", "requests", ours=50, floor="bare route", bare=200).ratio == 4
