"""Users are added for parties that base knows; what they may do is the kernel's."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.base.queries import party as parties
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import DEFAULT_LOCALE, N_
from supplychain.kernel.identity import directory
from supplychain.kernel.identity import services as identity
from supplychain.kernel.sheets.sheet import Outcome

NEEDS_PARTY = frozenset({"coop_clerk", "coop_manager", "buyer", "carrier"})


@dataclass(frozen=True, slots=True)
class PutUser:
    """A user with one role, for a party by its code or for none."""

    username: str
    display_name: str
    role: str
    password: str
    party: str | None = None
    locale: str = DEFAULT_LOCALE


def put(uow: UnitOfWork, command: PutUser) -> Outcome:
    """Add a user, or give one that exists another role; a password is never changed this way.

    Raises Invalid at `party` when the role acts for one and none is given, or at `role` for an unknown one.
    """
    party_id = None
    if command.party is not None:
        party_id = parties.by_code(uow.session, command.party, field="party").id
    elif command.role in NEEDS_PARTY:
        raise Invalid.at("party", N_("This role acts for a party: name it."))
    user_id = directory.user_id_of(uow.session, command.username)
    if user_id is None:
        identity.add(
            uow,
            identity.AddUser(
                command.username,
                command.display_name,
                command.password,
                command.role,
                party_id,
                command.locale,
            ),
        )
        return Outcome.CREATED
    held = {(grant.role, grant.party_id) for grant in directory.grants_of(uow.session, user_id)}
    if (command.role, party_id) in held:
        return Outcome.UNCHANGED
    identity.give(uow, user_id, command.role, party_id)
    return Outcome.UPDATED
