"""The whole path, each act cut off by kill -9: it was done or it was not, and sent again it is done once."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from logistics.models.packing import Allocation, LogisticUnit
from logistics.models.shipment import Receipt, Shipment
from logistics.models.telemetry import Reading
from logistics.rules.states import ShipmentState
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.kernel import clock
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW, SignIn
from tests.journeys.processes import Place, running
from tests.journeys.trade import BOXES, Trade, held_of, make_trade, steps_of
from traceability.models.batch import Batch, Certificate
from traceability.rules.batch import BatchState
from traceability.rules.ledger import Bucket, Step

pytestmark = pytest.mark.slow

DONE = {200, 201}
DONE_BEFORE = {409, 422}
"""What is answered to an act that is done already, when it names nothing of its own."""


@dataclass(frozen=True)
class Act:
    """One act of the path: where it is sent, what, and what stands in the database once it is done."""

    path: Callable[[Session], str]
    body: Callable[[Session], dict[str, Any]]
    done: Any
    """A select that counts; one when the act is done."""


def path_of(trade: Trade, today: date, now: str) -> list[Act]:
    """Return the acts from the scales to the gate; each finds in the database what it goes on from."""

    def one(column: Any) -> Callable[[Session], Any]:
        return lambda session: session.scalars(select(column)).one()

    def counted(model: Any, *conditions: Any) -> Any:
        return select(func.count()).select_from(model).where(*conditions)

    batch, order, shipment = one(Batch.number), one(Order.number), one(Shipment.number)
    registered = {
        "sku": trade.farm.item.sku,
        "site": trade.farm.base.code,
        "harvested_on": today.isoformat(),
        "boxes": BOXES,
        "grams": "600",
        "producer_reference": "CUT-1",
    }
    called_off = {
        "contract": trade.deal.contract.number,
        "deliver_on": (today + timedelta(days=2)).isoformat(),
        "ship_to": trade.deal.gate.code,
        "buyer_reference": "PO-CUT",
        "lines": [{"sku": trade.farm.item.sku, "boxes": BOXES}],
    }
    planned = {
        "plate": trade.plate,
        "route": trade.route,
        "driver_name": "赖师傅",
        "driver_phone": "0598-0000-311",
        "planned_departure_at": now,
        "device": trade.logger,
    }
    read = {"device": trade.logger, "rows": [{"at": now, "channel": "temperature", "value": "2.5"}]}

    def weighed(session: Session) -> dict[str, Any]:
        line = {
            "order_line_id": session.scalars(select(OrderLine.id)).one(),
            "batch_id": session.scalars(select(Batch.id)).one(),
            "accepted_grams": "600",
        }
        return {"shipment": shipment(session), "site": trade.deal.gate.code, "lines": [line]}

    def fixed(path: str) -> Callable[[Session], str]:
        return lambda _: path

    return [
        Act(fixed("batches"), lambda _: registered, counted(Batch)),
        Act(
            fixed("certificates"),
            lambda session: {"kind": "coc", "batch": batch(session), "by_control": True},
            counted(Certificate),
        ),
        Act(
            lambda session: f"batches/{batch(session)}/release",
            lambda _: {},
            counted(Batch, Batch.state == BatchState.RELEASED),
        ),
        Act(fixed("orders"), lambda _: called_off, counted(Order)),
        Act(lambda session: f"orders/{order(session)}/allocations", lambda _: {}, counted(Allocation)),
        Act(fixed("units"), lambda session: {"order": order(session)}, counted(LogisticUnit)),
        Act(
            fixed("shipments"),
            lambda session: planned | {"ssccs": [session.scalars(select(LogisticUnit.sscc)).one()]},
            counted(Shipment),
        ),
        Act(
            lambda session: f"shipments/{shipment(session)}/dispatch",
            lambda _: {},
            counted(Shipment, Shipment.state != ShipmentState.PLANNED),
        ),
        Act(fixed("readings"), lambda _: read, counted(Reading)),
        Act(lambda session: f"shipments/{shipment(session)}/receipts", weighed, counted(Receipt)),
    ]


@pytest.fixture
def trade(real_db: Database) -> Trade:
    """What is there before the parcel is, on the day that the processes' own clock shows."""
    with clock.fixed(NOW), real_db.unit_of_work(SYSTEM) as uow:
        made = make_trade(uow)
        made.deal.contract.valid_to = date.max
    return made


def test_each_act_of_the_path_that_is_cut_off_is_done_once_in_the_end(
    real_db: Database, trade: Trade, sign_in: SignIn, tmp_path: Any
) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        bind = uow.session.get_bind()
    assert isinstance(bind, Engine)
    url = bind.url.render_as_string(hide_password=False)
    bind = make_engine(url)
    place = Place(url, bind, trade.farm, trade.deal, "", tmp_path)
    who = sign_in("operator", None)
    real_now = datetime.now(SHANGHAI)
    acts = path_of(trade, real_now.date(), real_now.isoformat())
    with ThreadPoolExecutor(1) as sender:
        for number, act in enumerate(acts):
            with running(place, "--no-jobs") as (server, address), Session(bind) as session:
                if number:
                    _do_again(address, who, acts[number - 1], session)
                sent = sender.submit(send, address, who, act.path(session), act.body(session))
                _kill_soon(server.pid, sent, number)
            with Session(bind) as session:
                is_done = session.scalar(act.done)
            assert is_done in {0, 1}
            assert is_done or sent.result() not in DONE, "what was acknowledged is lost"
        with running(place, "--no-jobs") as (_, address), Session(bind) as session:
            _do_again(address, who, acts[-1], session)
    with Session(bind) as session:
        assert [session.scalar(act.done) for act in acts] == [1] * len(acts)
        number_of_batch = session.scalars(select(Batch.number)).one()
    assert steps_of(real_db, number_of_batch) == [
        Step.HARVEST,
        Step.RELEASE,
        Step.PACK,
        Step.SHIP,
        Step.RECEIVE,
    ]
    bind.dispose()
    assert held_of(real_db, number_of_batch) == {Bucket.ON_HAND: 600_000}


def send(address: str, who: dict[str, str], path: str, body: dict[str, Any]) -> int | None:
    """Send an act; return the status, None when no answer came back."""
    request = urllib.request.Request(
        f"{address}/api/v1/{path}", json.dumps(body).encode(), who | {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        if error.code not in DONE_BEFORE:
            pytest.fail(error.read().decode())
        return error.code
    except OSError:
        return None


def _do_again(address: str, who: dict[str, str], act: Act, session: Session) -> None:
    """Send an act that was cut off once more; it must be done now, and only once."""
    was_done = session.scalar(act.done)
    status = send(address, who, act.path(session), act.body(session))
    assert status in (DONE | DONE_BEFORE if was_done else DONE)
    session.rollback()
    assert session.scalar(act.done) == 1


def _kill_soon(process: int, sent: Future[int | None], turn: int) -> None:
    """Kill a process some milliseconds into an act, each time a little later."""
    Event().wait(0.008 * (turn % 5))
    os.kill(process, signal.SIGKILL)
    sent.exception(30)
