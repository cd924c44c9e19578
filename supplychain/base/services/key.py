"""Company prefixes and the keys below them: reserved, taken into use or given up, never given twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, or_, select, true, update

from supplychain.base.models.key import CompanyPrefix, KeyPool, KeyReservation
from supplychain.base.models.party import Party
from supplychain.base.queries import party as parties
from supplychain.base.rules import (
    FIRST_NUMBER,
    KEY_KINDS,
    RESERVATION,
    KeyKind,
    ReservationState,
    heads_of,
    key_of,
    number_of,
    pool_size,
    pools_of,
)
from supplychain.base.services import upkeep
from supplychain.kernel import clock
from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.sheets.sheet import Outcome

DOCUMENT = "base.company_prefix"
SINCE = date(2020, 1, 1)
"""From when on a prefix counts of which nobody said it."""
MOST = 1_000
"""Keys reserved at once."""

Settle = Callable[[UnitOfWork, int], None]
"""What may become of reserved keys: `commit` or `drop`."""


@dataclass(frozen=True, slots=True)
class PutPrefix:
    """A company prefix as the allotment letter names it; `valid_until` None while it is renewed."""

    digits: str
    party: str
    valid_from: date = SINCE
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Reserve:
    """So many keys of a kind, in a row, for a purpose."""

    kind: KeyKind
    count: int = 1
    purpose: str = ""
    prefix: str = ""
    """Only below this prefix; empty takes any of the party's."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Keys that were taken from a pool: the reservation to commit or drop, and the keys in full."""

    id: int
    keys: Sequence[str]


def put_prefix(uow: UnitOfWork, command: PutPrefix) -> Outcome:
    """Put a company prefix on record with its pools, or bring its days up to date; it never changes hands.

    Raises Invalid at `party`, at `valid_until`, and at `digits` when another prefix begins with it or it
    begins with another: their keys could not be told apart.
    """
    owner = parties.by_code(uow.session, command.party, field="party")
    if command.valid_until is not None and command.valid_until < command.valid_from:
        raise Invalid.at("valid_until", N_("The range ends before it begins."))
    existing = uow.session.scalar(select(CompanyPrefix).where(CompanyPrefix.digits == command.digits))
    if existing is not None and existing.party_id != owner.id:
        raise Invalid.at(
            "party", N_("The prefix %(digits)s belongs to somebody else."), digits=command.digits
        )
    if existing is None:
        _refuse_overlap(uow, command.digits)
    values = upkeep.values_of(command, without=("party",)) | {"party_id": owner.id}
    outcome = upkeep.put(uow, DOCUMENT, CompanyPrefix, existing, values)
    if outcome is Outcome.CREATED:
        _make_pools(uow, command.digits)
    return outcome


def ensure_prefix(uow: UnitOfWork, party: Party, digits: str) -> Outcome:
    """See to it that a prefix is on record as a party's; registration papers name just the digits."""
    known = select(CompanyPrefix.id).where(CompanyPrefix.digits == digits, CompanyPrefix.party_id == party.id)
    if uow.session.scalar(known) is not None:
        return Outcome.UNCHANGED
    return put_prefix(uow, PutPrefix(digits, party.code))


def reserve(uow: UnitOfWork, party_id: int, command: Reserve) -> Reserved:
    """Take keys in a row from the first pool of a party that has so many left; they wait to be settled.

    Two who ask at once wait for each other. Raises Refused when the party has no valid prefix or none with
    so many numbers left.
    """
    if not 1 <= command.count <= MOST:
        raise Invalid.at("count", N_("Must lie between %(least)s and %(most)s."), least=1, most=MOST)
    return _take(uow, party_id, command, RESERVATION.initial)


def take(uow: UnitOfWork, party_id: int, kind: KeyKind, purpose: str = "") -> str:
    """Take one key of a party and use it at once: reserved and committed in one step. Raises Refused."""
    return _take(uow, party_id, Reserve(kind, 1, purpose), ReservationState.COMMITTED).keys[0]


def commit(uow: UnitOfWork, reservation_id: int) -> None:
    """Say that reserved keys are in use. Raises NotFound, Refused when they are settled already."""
    _settle(uow, reservation_id, ReservationState.COMMITTED, N_("Took reserved keys into use"))


def drop(uow: UnitOfWork, reservation_id: int) -> None:
    """Give reserved keys up: nobody gets them again. Raises NotFound, Refused when they are settled."""
    _settle(uow, reservation_id, ReservationState.DROPPED, N_("Gave reserved keys up for good"))


def claim(uow: UnitOfWork, kind: KeyKind, key: str, purpose: str, *, field: str) -> None:
    """Mark a key that a record carries as in use, so that no pool gives it; keys of others are left alone.

    Raises Invalid at `field` when the key was given up: what was once given up is never used.
    """
    prefix = uow.session.execute(
        select(KeyPool.id, CompanyPrefix.digits)
        .join(CompanyPrefix, CompanyPrefix.id == KeyPool.prefix_id)
        .where(CompanyPrefix.digits.in_(heads_of(kind, key)), KeyPool.kind == kind)
        .with_for_update(of=KeyPool)
    ).first()
    if prefix is None:
        return
    pool_id, digits = prefix
    number = number_of(kind, digits, key)
    state = uow.session.scalar(
        select(KeyReservation.state).where(
            KeyReservation.pool_id == pool_id,
            KeyReservation.first_number <= number,
            KeyReservation.last_number >= number,
        )
    )
    if state is ReservationState.DROPPED:
        raise Invalid.at(field, N_("The key %(key)s was given up and is never used again."), key=key)
    if state is None:
        _write(uow, pool_id, (number, number), ReservationState.COMMITTED, purpose)


def _refuse_overlap(uow: UnitOfWork, digits: str) -> None:
    shorter = [digits[:length] for length in range(1, len(digits))]
    clash = or_(CompanyPrefix.digits.startswith(digits), CompanyPrefix.digits.in_(shorter))
    other = uow.session.scalar(select(CompanyPrefix.digits).where(clash).limit(1))
    if other is not None:
        raise Invalid.at(
            "digits", N_("Its keys could not be told from those of the prefix %(other)s."), other=other
        )


def _make_pools(uow: UnitOfWork, digits: str) -> None:
    prefix_id = uow.session.scalars(select(CompanyPrefix.id).where(CompanyPrefix.digits == digits)).one()
    common = {"prefix_id": prefix_id, "next_number": FIRST_NUMBER}
    rows = [common | {"kind": kind, "extension": extension} for kind, extension in pools_of(digits)]
    uow.execute(insert(table_of(KeyPool)), rows)


def _take(uow: UnitOfWork, party_id: int, command: Reserve, state: ReservationState) -> Reserved:
    pools = _locked(uow, party_id, command)
    for pool_id, extension, following, digits in pools:
        first = _free(uow, pool_id, following, command.count)
        last = first + command.count - 1
        if last >= pool_size(command.kind, digits):
            continue
        uow.execute(_RAISE.where(_POOL.id == pool_id).values(next_number=last + 1))
        taken = _write(uow, pool_id, (first, last), state, command.purpose)
        numbers = range(first, last + 1)
        return Reserved(taken, [key_of(command.kind, digits, extension, number) for number in numbers])
    name, kind = parties.name_of(uow.session, party_id), Text(KEY_KINDS[command.kind])
    if not pools:
        raise Refused(N_("%(party)s has no GS1 company prefix that is valid today."), party=name)
    raise Refused(
        N_("%(party)s has no %(count)s numbers left for %(kind)s: ask GS1 for another company prefix."),
        party=name,
        count=command.count,
        kind=kind,
    )


def _locked(uow: UnitOfWork, party_id: int, command: Reserve) -> Sequence[tuple[int, int, int, str]]:
    """Return a party's pools of a kind, (id, extension, next number, prefix), for this act alone."""
    today = clock.local_day(uow.now)
    until = CompanyPrefix.valid_until
    found = uow.session.execute(
        select(KeyPool.id, KeyPool.extension, KeyPool.next_number, CompanyPrefix.digits)
        .join(CompanyPrefix, CompanyPrefix.id == KeyPool.prefix_id)
        .where(CompanyPrefix.party_id == party_id, KeyPool.kind == command.kind)
        .where(CompanyPrefix.digits == command.prefix if command.prefix else true())
        .where(CompanyPrefix.valid_from <= today, or_(until.is_(None), until >= today))
        .order_by(CompanyPrefix.id, KeyPool.extension)
        .with_for_update(of=KeyPool)
    )
    return [(pool, extension, following, digits) for pool, extension, following, digits in found]


def _free(uow: UnitOfWork, pool_id: int, following: int, count: int) -> int:
    """Return where so many numbers in a row are free, past those that records carry already."""
    taken = uow.session.execute(
        select(KeyReservation.first_number, KeyReservation.last_number)
        .where(KeyReservation.pool_id == pool_id, KeyReservation.last_number >= following)
        .order_by(KeyReservation.first_number)
    )
    first = following
    for begins, ends in taken:
        if first + count <= begins:
            break
        first = ends + 1
    return first


def _write(
    uow: UnitOfWork, pool_id: int, numbers: tuple[int, int], state: ReservationState, purpose: str
) -> int:
    row = KeyReservation(
        pool_id=pool_id,
        first_number=numbers[0],
        last_number=numbers[1],
        state=state,
        purpose=purpose,
        reserved_at=uow.now,
        reserved_by=uow.actor.name,
        settled_at=None if state is RESERVATION.initial else uow.now,
    )
    uow.session.add(row)
    uow.flush()
    return row.id


def _settle(uow: UnitOfWork, reservation_id: int, after: ReservationState, act: str) -> None:
    row = uow.session.scalar(
        select(KeyReservation)
        .where(KeyReservation.id == reservation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(N_("There is no such reservation of keys."))
    RESERVATION.check(row.state, after)
    row.state, row.settled_at = after, uow.now
    prefix_id = uow.session.scalars(select(KeyPool.prefix_id).where(KeyPool.id == row.pool_id)).one()
    audit.record(uow, DOCUMENT, prefix_id, act, count=row.last_number - row.first_number + 1)


_POOL = table_of(KeyPool).c
_RAISE = update(table_of(KeyPool))
