"""The channels that the trade knows are there from the start; what the operator changed stays."""

from __future__ import annotations

import csv
from datetime import time
from importlib import resources

from sqlalchemy import insert, select

from supplychain.contracts.models.contract import Channel
from supplychain.kernel.db.uow import UnitOfWork

_NUMBERS = ("payment_days", "loss_allowance_bp", "commission_bp")


def install(uow: UnitOfWork) -> None:
    """Add the channels of `data/channels.csv` that are not there yet (农批 农超 农社 农企)."""
    known = set(uow.session.scalars(select(Channel.code)))
    missing = [_values(row) for row in _rows() if row["code"] not in known]
    if missing:
        uow.session.execute(insert(Channel), missing)


def _rows() -> list[dict[str, str]]:
    source = resources.files("supplychain.contracts") / "data" / "channels.csv"
    return list(csv.DictReader(source.read_text(encoding="utf-8").splitlines()))


def _values(row: dict[str, str]) -> dict[str, object]:
    numbers = {name: int(row[name]) for name in _NUMBERS}
    return row | numbers | {"cutoff": time.fromisoformat(row["cutoff"]), "version": 1}
