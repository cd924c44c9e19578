"""Document numbers: without gaps, never twice, whoever asks at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest

from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.documents import sequence
from supplychain.kernel.errors import Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import Statements

CLERKS = 4
MONTHS = [date(2026, month, 1) for month in range(1, 13)]


def test_numbers_run_on_within_a_month_and_begin_anew_with_the_next(uow: UnitOfWork) -> None:
    assert sequence.next_number(uow, "B", date(2026, 11, 20)) == "B2611-0001"
    assert sequence.next_numbers(uow, "B", date(2026, 11, 30), 2) == ["B2611-0002", "B2611-0003"]
    assert sequence.next_number(uow, "B", date(2026, 12, 1)) == "B2612-0001"


def test_a_number_costs_one_statement_and_the_first_of_a_month_two(
    uow: UnitOfWork, statements: Statements
) -> None:
    sequence.reserve(uow, "B2611", 1)
    assert len(statements) == 2
    sequence.reserve(uow, "B2611", 1)
    assert len(statements) == 3


def test_clerks_who_begin_a_month_together_each_get_a_number(real_db: Database) -> None:
    together = Barrier(CLERKS)

    def register(_clerk: int) -> list[str]:
        return [number_of(real_db, together, month) for month in MONTHS]

    with ThreadPoolExecutor(CLERKS) as clerks:
        given = list(clerks.map(register, range(CLERKS)))
    for month, numbers in zip(MONTHS, zip(*given, strict=True), strict=True):
        assert sorted(numbers) == [f"B{month:%y%m}-{number:04d}" for number in range(1, CLERKS + 1)]


def test_a_failed_act_gives_its_number_back(real_db: Database) -> None:
    with pytest.raises(Refused):
        register_in_vain(real_db)
    with real_db.unit_of_work(SYSTEM) as uow:
        assert sequence.reserve(uow, "B2611", 1) == 1


def register_in_vain(database: Database) -> None:
    """Take numbers in an act that is refused."""
    with database.unit_of_work(SYSTEM) as uow:
        sequence.reserve(uow, "B2611", 5)
        raise Refused("The batch is on hold.")


def number_of(database: Database, together: Barrier, month: date) -> str:
    """Take a number in an act of its own, at the same moment as the others."""
    with database.unit_of_work(SYSTEM) as uow:
        together.wait(60)
        return sequence.next_number(uow, "B", month)
