"""What is fixed to what for long: loggers to lorries, tags to crates; told by AssociationEvents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from traceability.rules.identifier import canonical_id
from traceability.rules.ledger import Step
from traceability.services import ledger
from traceability.services.epcis import Bond
from traceability.services.ledger import Happening


@dataclass(frozen=True, slots=True)
class Bind:
    """Things, and what they are fixed to or taken off, by URI: `epcis.device_id`, `vehicle_id`, a GIAI.

    It happens at a site; `at` None is now.
    """

    parent: str
    things: tuple[str, ...]
    site_id: int
    at: datetime | None = None
    reference: str = ""


def attach(uow: UnitOfWork, command: Bind) -> int:
    """Write down that things were fixed to another; return the entry's id.

    The caller has checked that the actor may. Raises Invalid at `things` when there is none, or one twice.
    """
    return _tell(uow, Step.ATTACH, command)


def detach(uow: UnitOfWork, command: Bind) -> int:
    """Write down that things were taken off; return the entry's id. Otherwise as `attach`."""
    return _tell(uow, Step.DETACH, command)


def _tell(uow: UnitOfWork, step: Step, command: Bind) -> int:
    names = [canonical_id(name) for name in command.things]
    if not names or len(set(names)) < len(names) or not all(":" in name for name in (command.parent, *names)):
        raise Invalid.at("things", N_("Say which things, each once."))
    bond = Bond(canonical_id(command.parent), tuple(sorted(names)))
    happening = Happening(step, command.at, command.site_id, (), reference=command.reference, bond=bond)
    return ledger.record_many(uow, [happening])[0]
