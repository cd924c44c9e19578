"""A logger's export is taken in whole: read by its maker's layout, stored as readings."""

from __future__ import annotations

from datetime import timedelta

from logistics import gateways
from logistics.services import telemetry
from logistics.services.telemetry import Measured, Readings
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_


def take(uow: UnitOfWork, filename: str, content: bytes, shift_days: int = 0, device: str = "") -> int:
    """Store a logger's export and return how many readings were new; `device` when the file names none.

    `shift_days` moves every instant, for a season that should look like now. Raises what reading the file
    and storing readings raise.
    """
    found = gateways.read_logger_file(filename, content)
    serial = found.serial or device
    if not serial:
        raise Invalid.at("device", N_("The file does not say which logger wrote it: choose one."))
    moved = timedelta(days=shift_days)
    for item in found.values:
        if telemetry.is_ahead(uow, item.at + moved):
            raise Invalid(N_("Line %(line)s lies in the future: check the logger's clock."), line=item.line)
    rows = tuple(Measured(item.at + moved, item.channel, item.value) for item in found.values)
    return telemetry.record(uow, Readings(serial, rows))
