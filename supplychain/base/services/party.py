"""Parties and their sites come and change; they are never deleted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from supplychain.base.gs1 import keys
from supplychain.base.models.party import Division, Party, Site
from supplychain.base.queries import party as parties
from supplychain.base.rules import KeyKind, PartyKind, SiteKind, is_uscc
from supplychain.base.services import key, upkeep
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome


@dataclass(frozen=True, slots=True)
class PutParty:
    """A party as its registration papers name it."""

    code: str
    name: str
    short_name: str
    kind: PartyKind
    uscc: str | None = None
    gln: str | None = None
    gs1_prefix: str | None = None
    """Put on record as one of its company prefixes; None leaves those that it has."""
    division_code: str | None = None
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    webhook_url: str | None = None
    is_demo: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class PutSite:
    """A place of a party, known by the party's code."""

    code: str
    party: str
    name: str
    kind: SiteKind
    gln: str | None = None
    division_code: str | None = None
    address: str = ""
    altitude_m: int | None = None
    latitude_e6: int | None = None
    longitude_e6: int | None = None
    is_active: bool = True


def put(uow: UnitOfWork, command: PutParty) -> Outcome:
    """Register a party or bring its record up to date, by its code.

    Raises Invalid at `uscc`, `gln` or `division_code`; Conflict when another party has the same identifier.
    """
    if command.uscc is not None and not is_uscc(command.uscc):
        raise Invalid.at("uscc", N_("The check character of %(code)s is wrong."), code=command.uscc)
    _check_gln(command.gln)
    _check_division(uow, command.division_code)
    existing = uow.session.scalar(select(Party).where(Party.code == command.code))
    values = upkeep.values_of(command, without=("gs1_prefix",))
    is_known = existing is not None and existing.gln == command.gln
    outcome = upkeep.put(uow, "base.party", Party, existing, values)
    if command.gs1_prefix is not None:
        owner = parties.by_code(uow.session, command.code)
        if key.ensure_prefix(uow, owner, command.gs1_prefix) is not Outcome.UNCHANGED:
            outcome = max(outcome, Outcome.UPDATED, key=_LOUDNESS.index)
    _claim(uow, None if is_known else command.gln, command.code)
    return outcome


def put_site(uow: UnitOfWork, command: PutSite) -> Outcome:
    """Register a place or bring its record up to date, by its code; a place never changes hands.

    Raises Invalid at `party`, `gln` or `division_code`.
    """
    _check_gln(command.gln)
    _check_division(uow, command.division_code)
    owner = parties.by_code(uow.session, command.party, field="party")
    existing = uow.session.scalar(select(Site).where(Site.code == command.code))
    if existing is not None and existing.party_id != owner.id:
        raise Invalid.at("party", N_("The place %(code)s belongs to somebody else."), code=command.code)
    values = upkeep.values_of(command, without=("party",)) | {"party_id": owner.id}
    is_known = existing is not None and existing.gln == command.gln
    outcome = upkeep.put(uow, "base.site", Site, existing, values)
    _claim(uow, None if is_known else command.gln, command.code)
    return outcome


_LOUDNESS = (Outcome.UNCHANGED, Outcome.UPDATED, Outcome.CREATED)


def _claim(uow: UnitOfWork, gln: str | None, code: str) -> None:
    """Mark a new GLN as in use below its company prefix."""
    if gln is not None:
        key.claim(uow, KeyKind.LOCATION, gln, code, field="gln")


def _check_gln(gln: str | None) -> None:
    if gln is None:
        return
    try:
        keys.gln(gln)
    except keys.Gs1Error:
        raise Invalid.at("gln", N_("%(code)s is no valid GLN: its check digit is wrong."), code=gln) from None


def _check_division(uow: UnitOfWork, code: str | None) -> None:
    if code is not None and uow.session.get(Division, code) is None:
        raise Invalid.at("division_code", N_("There is no administrative division %(code)s."), code=code)
