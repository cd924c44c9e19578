"""Reading company prefixes, how much is left below them, and what was taken: each party its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from supplychain.base.models.key import CompanyPrefix, KeyPool, KeyReservation
from supplychain.base.models.party import Party
from supplychain.base.rules import KeyKind, ReservationState, key_of, pool_size
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class PrefixRow:
    """A company prefix with the numbers that are left below it."""

    id: int
    digits: str
    party: str
    party_id: int
    party_name: str
    valid_from: date
    valid_until: date | None
    items_left: int = 0
    locations_left: int = 0
    units_left: int = 0


@dataclass(frozen=True, slots=True)
class PrefixFilter(PageRequest):
    """Which prefixes: of a party (by code), with a text in digits or name."""

    q: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True)
class PoolRow:
    """The numbers of one kind below a prefix, all extension digits together."""

    kind: KeyKind
    size: int
    left: int

    @property
    def used(self) -> int:
        """Return how many numbers were given out, carried by hand or passed over."""
        return self.size - self.left

    @property
    def used_bp(self) -> int:
        """Return the share that is used."""
        return -(-10_000 * self.used // self.size)


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """Keys that were taken together."""

    id: int
    prefix: str
    party_id: int
    kind: KeyKind
    extension: int
    first: int
    last: int
    state: ReservationState
    purpose: str
    reserved_at: datetime
    reserved_by: str
    settled_at: datetime | None

    @property
    def count(self) -> int:
        """Return how many keys there are."""
        return self.last - self.first + 1

    @property
    def first_key(self) -> str:
        """Return the first key in full."""
        return self._key(self.first)

    @property
    def last_key(self) -> str:
        """Return the last key in full."""
        return self._key(self.last)

    @property
    def keys(self) -> list[str]:
        """Return all keys in full."""
        return [self._key(number) for number in range(self.first, self.last + 1)]

    def _key(self, number: int) -> str:
        return key_of(self.kind, self.prefix, self.extension, number)


@dataclass(frozen=True, slots=True)
class ReservationFilter(PageRequest):
    """Which reservations: below a prefix, in a state, of a kind, with a text in their purpose."""

    q: str = ""
    prefix: str = ""
    kind: KeyKind | None = None
    state: ReservationState | None = None


def page(session: Session, actor: Actor, wanted: PrefixFilter) -> Page[PrefixRow]:
    """Return the own prefixes that fit, with what is left below them."""
    found = paginate(
        session,
        _matching(actor, wanted),
        wanted,
        row=PrefixRow,
        sorts={"digits": CompanyPrefix.digits, "party": Party.short_name},
        default="digits",
        key=CompanyPrefix.id,
    )
    return replace(found, rows=_with_left(session, found.rows))


def every(session: Session, actor: Actor, wanted: PrefixFilter) -> Iterable[PrefixRow]:
    """Return all own prefixes that fit, for a spreadsheet."""
    rows = session.execute(_matching(actor, wanted).order_by(CompanyPrefix.digits))
    return (PrefixRow(*row) for row in rows)


def one(session: Session, actor: Actor, digits: str) -> PrefixRow:
    """Return one own prefix; NotFound."""
    found = session.execute(_prefixes(actor).where(CompanyPrefix.digits == digits)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no company prefix %(digits)s."), digits=digits)
    return _with_left(session, [PrefixRow(*found)])[0]


def pools(session: Session, row: PrefixRow) -> Sequence[PoolRow]:
    """Return how much of each kind is left below a prefix."""
    pools = _pools(session, {row.id: row.digits})[row.id]
    return [PoolRow(kind, size, left) for kind, (size, left) in pools.items()]


def reservations(session: Session, actor: Actor, wanted: ReservationFilter) -> Page[ReservationRow]:
    """Return the own reservations that fit, newest first."""
    return paginate(
        session,
        _reserved(actor, wanted),
        wanted,
        row=ReservationRow,
        sorts={"reserved_at": KeyReservation.reserved_at},
        default="-reserved_at",
        key=KeyReservation.id,
    )


def every_reservation(session: Session, actor: Actor, wanted: ReservationFilter) -> Iterator[ReservationRow]:
    """Return all own reservations that fit, oldest first, for a spreadsheet."""
    found = session.execute(_reserved(actor, wanted).order_by(KeyReservation.id))
    return (ReservationRow(*row) for row in found)


def reservation(session: Session, actor: Actor, reservation_id: int) -> ReservationRow:
    """Return one own reservation; NotFound."""
    asked = _reserved(actor, ReservationFilter()).where(KeyReservation.id == reservation_id)
    found = session.execute(asked).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such reservation of keys."))
    return ReservationRow(*found)


def _own(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.sees_all else CompanyPrefix.party_id == actor.party_id


def _prefixes(actor: Actor) -> Rows:
    return (
        select(
            CompanyPrefix.id,
            CompanyPrefix.digits,
            Party.code,
            Party.id,
            Party.short_name,
            CompanyPrefix.valid_from,
            CompanyPrefix.valid_until,
        )
        .join(Party, Party.id == CompanyPrefix.party_id)
        .where(_own(actor))
    )


def _matching(actor: Actor, wanted: PrefixFilter) -> Rows:
    found = _prefixes(actor)
    if wanted.party:
        found = found.where(Party.code == wanted.party)
    if wanted.q:
        named = (CompanyPrefix.digits, Party.short_name, Party.code)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in named)))
    return found


def _with_left(session: Session, rows: Sequence[PrefixRow]) -> list[PrefixRow]:
    pools = _pools(session, {row.id: row.digits for row in rows})
    none = (0, 0)
    return [
        replace(
            row,
            items_left=pools[row.id].get(KeyKind.ITEM, none)[1],
            locations_left=pools[row.id].get(KeyKind.LOCATION, none)[1],
            units_left=pools[row.id].get(KeyKind.LOGISTIC, none)[1],
        )
        for row in rows
    ]


def _pools(session: Session, digits: Mapping[int, str]) -> dict[int, dict[KeyKind, tuple[int, int]]]:
    """Return (size, left) by prefix and kind; number 0 is not counted, it is never given."""
    ahead = func.coalesce(
        select(func.sum(KeyReservation.last_number - KeyReservation.first_number + 1))
        .where(KeyReservation.pool_id == KeyPool.id, KeyReservation.first_number >= KeyPool.next_number)
        .correlate(KeyPool)
        .scalar_subquery(),
        0,
    )
    asked = select(KeyPool.prefix_id, KeyPool.kind, KeyPool.next_number, ahead)
    found: dict[int, dict[KeyKind, tuple[int, int]]] = {prefix_id: {} for prefix_id in digits}
    in_order = asked.where(KeyPool.prefix_id.in_(digits)).order_by(KeyPool.prefix_id, KeyPool.id)
    for prefix_id, kind, following, carried in session.execute(in_order):
        size = pool_size(kind, digits[prefix_id])
        before, left = found[prefix_id].get(kind, (0, 0))
        found[prefix_id][kind] = (before + size - 1, left + size - following - int(carried))
    return found


def _reserved(actor: Actor, wanted: ReservationFilter) -> Rows:
    found: Rows = (
        select(
            KeyReservation.id,
            CompanyPrefix.digits,
            CompanyPrefix.party_id,
            KeyPool.kind,
            KeyPool.extension,
            KeyReservation.first_number,
            KeyReservation.last_number,
            KeyReservation.state,
            KeyReservation.purpose,
            KeyReservation.reserved_at,
            KeyReservation.reserved_by,
            KeyReservation.settled_at,
        )
        .join(KeyPool, KeyPool.id == KeyReservation.pool_id)
        .join(CompanyPrefix, CompanyPrefix.id == KeyPool.prefix_id)
        .where(_own(actor))
    )
    if wanted.prefix:
        found = found.where(CompanyPrefix.digits == wanted.prefix)
    if wanted.kind is not None:
        found = found.where(KeyPool.kind == wanted.kind)
    if wanted.state is not None:
        found = found.where(KeyReservation.state == wanted.state)
    if wanted.q:
        found = found.where(KeyReservation.purpose.contains(wanted.q, autoescape=True))
    return found
