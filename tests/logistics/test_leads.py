"""A recall starts from a lorry's or a logger's hours and finds what rode with it, and only that."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from logistics.leads import LEADS
from logistics.models.shipment import Vehicle
from logistics.models.telemetry import Device, DeviceRide
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.leads import Clue
from supplychain.kernel.permissions import NOBODY
from tests.make.logistics import LEFT, make_dispatched, make_trade

HOUR = timedelta(hours=1)


def found(uow: UnitOfWork, name: str, text: str, since: datetime, until: datetime) -> set[int]:
    """Follow a lead."""
    lead = next(lead for lead in LEADS if lead.name == name)
    return set(lead.find(uow.session, uow.actor, Clue(text, since, until)))


def test_a_lorry_leads_to_what_was_aboard_in_those_hours(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    shipment = make_dispatched(uow, trade)
    plate = uow.session.get_one(Vehicle, shipment.vehicle_id).plate
    assert found(uow, "vehicle", plate, LEFT - HOUR, LEFT + HOUR) == {trade.batch.id}
    assert found(uow, "vehicle", plate, LEFT - 2 * HOUR, LEFT - HOUR) == set()
    assert found(uow, "vehicle", "沪A00000", LEFT - HOUR, LEFT + HOUR) == set()
    uow.actor = NOBODY
    assert found(uow, "vehicle", plate, LEFT - HOUR, LEFT + HOUR) == set()


def test_a_logger_leads_to_what_rode_beside_it(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    shipment = make_dispatched(uow, trade)
    asked = select(Device.serial).join(DeviceRide, DeviceRide.device_id == Device.id)
    serial = uow.session.scalars(asked.where(DeviceRide.shipment_id == shipment.id)).one()
    assert found(uow, "device", serial, LEFT, LEFT + HOUR) == {trade.batch.id}
    assert found(uow, "device", serial, LEFT - 9 * HOUR, LEFT - 8 * HOUR) == set()
    assert found(uow, "device", "NO-SUCH", LEFT, LEFT + HOUR) == set()


@pytest.mark.parametrize("name", ["vehicle", "device"])
def test_without_hours_a_lorry_says_nothing(uow: UnitOfWork, name: str) -> None:
    lead = next(lead for lead in LEADS if lead.name == name)
    with pytest.raises(Invalid) as refused:
        lead.find(uow.session, uow.actor, Clue("闽GD1801", LEFT))
    assert list(refused.value.fields) == ["since"]
