"""Tests stand alone: nothing one of them writes is there for another, and none reaches past this machine."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError
from sqlalchemy import func, select

from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.permissions import SYSTEM


def records(database: Database) -> int:
    with database.reading() as session:
        found = select(func.count(AuditEntry.id)).where(AuditEntry.document == "kernel.isolation")
        return session.scalar(found) or 0


@pytest.mark.parametrize("turn", ["one", "another"])
def test_what_a_test_commits_is_gone_for_the_next(db: Database, turn: str) -> None:
    assert records(db) == 0
    with db.unit_of_work(SYSTEM) as uow:
        audit.record(uow, "kernel.isolation", 1, "Wrote")
    assert records(db) == 1


def test_an_act_that_fails_takes_only_its_own_rows_along(db: Database) -> None:
    def write_and_fail() -> None:
        with db.unit_of_work(SYSTEM) as uow:
            audit.record(uow, "kernel.isolation", 2, "Wrote")
            uow.flush()
            raise ZeroDivisionError

    with db.unit_of_work(SYSTEM) as uow:
        audit.record(uow, "kernel.isolation", 1, "Wrote")
    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert records(db) == 1


@pytest.mark.parametrize("turn", ["one", "another"])
def test_what_an_open_act_writes_is_gone_for_the_next(uow: UnitOfWork, turn: str) -> None:
    audit.record(uow, "kernel.isolation", 1, "Wrote")
    uow.session.commit()
    found = select(func.count(AuditEntry.id)).where(AuditEntry.document == "kernel.isolation")
    assert uow.session.scalar(found) == 1


def test_no_test_reaches_past_this_machine() -> None:
    with (
        pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"),
        socket.socket() as line,
    ):
        line.connect(("192.0.2.1", 80))
