"""The benchmark of EPCIS runs, on both databases, and a page takes as many statements in a long ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from supplychain.app import Runtime
from supplychain.base.rules import PartyKind
from supplychain.bench import epcis
from supplychain.bench.measure import QUICK
from supplychain.kernel.db.uow import Database
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings
from tests.make.base import make_party

TINY = replace(QUICK, events=50, ledger=20_000)


def test_documents_are_captured_and_pages_found_by_every_way(
    real_db: Database, suite: Suite, tmp_path: Path
) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        make_party(uow, PartyKind.MARKET)
    with real_db.reading() as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    runtime = Runtime(Settings(data_dir=tmp_path), suite, real_db)
    found = [*epcis.measures(engine, runtime, TINY), *epcis.pages(engine, runtime, TINY)]
    assert [one.unit for one in found] == ["events"] + ["pages"] * len(epcis.ASKED)
    assert all(one.ours > 0 and one.bare > 0 for one in found)
