"""Sources of partners' events: who is heard, and how far."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from supplychain.base.models.party import Party
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Conflict, Invalid, NotFound
from supplychain.kernel.i18n import N_
from traceability.models.ledger import Source
from traceability.rules.ledger import Trust

DOCUMENT = "traceability.source"


@dataclass(frozen=True, slots=True)
class AddSource:
    """A party's events are heard from now on."""

    code: str
    name: str
    party: str
    trust: Trust = Trust.SHOW


@dataclass(frozen=True, slots=True)
class SetTrust:
    """A source is believed more or less from now on."""

    trust: Trust


def add(uow: UnitOfWork, command: AddSource) -> Source:
    """Agree a source with a party; Conflict when there is one of that code or of that party."""
    party = uow.session.scalar(select(Party).where(Party.code == command.party))
    if party is None:
        raise Invalid.at("party", N_("There is no party %(code)s."), code=command.party)
    there = select(Source.id).where(or_(Source.code == command.code, Source.party_id == party.id))
    if uow.session.scalar(there) is not None:
        raise Conflict(N_("This party has a source, or another source has this code."))
    source = Source(code=command.code, name=command.name, party_id=party.id, trust=command.trust)
    uow.session.add(source)
    uow.flush()
    audit.record(uow, DOCUMENT, source.id, N_("Agreed. Trust: %(trust)s"), trust=command.trust.value)
    return source


def set_trust(uow: UnitOfWork, code: str, command: SetTrust) -> str:
    """Believe a source more or less; what it told before stays as it was taken. Return its code."""
    source = uow.session.scalar(select(Source).where(Source.code == code).with_for_update())
    if source is None:
        raise NotFound(N_("There is no source %(code)s."), code=code)
    source.trust = command.trust
    audit.record(uow, DOCUMENT, source.id, N_("Trust changed: %(trust)s"), trust=command.trust.value)
    return source.code
