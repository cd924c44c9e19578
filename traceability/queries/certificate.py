"""Reading the papers of batches and parties: which there are, which count on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session

from catalog.models.product import ItemProduct, Product
from catalog.rules import Family
from supplychain.base.models.party import Party
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel import clock
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch, Certificate, Cover
from traceability.queries.visibility import visible
from traceability.rules.batch import BatchState
from traceability.rules.certificate import COC_BASES, CertificateKind, CocBasis


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A paper as a list shows it; `batch` is the number of the batch that it is about."""

    id: int
    kind: CertificateKind
    number: str
    party: str
    party_name: str
    batch: str | None
    item_name_zh: str | None
    item_name_en: str | None
    issuer: str
    basis: str
    issued_on: date
    valid_until: date | None
    revoked_at: datetime | None
    version: int

    @property
    def by_control(self) -> bool:
        """Tell whether the promise rests on quality and safety control."""
        return CocBasis.CONTROL in self.basis.split(",")

    @property
    def by_own_test(self) -> bool:
        """Tell whether the promise rests on an own test."""
        return CocBasis.OWN_TEST in self.basis.split(",")

    @property
    def by_commissioned_test(self) -> bool:
        """Tell whether the promise rests on a commissioned test."""
        return CocBasis.COMMISSIONED_TEST in self.basis.split(",")

    @property
    def basis_words(self) -> list[str]:
        """Return what the promise rests on, as msgids."""
        return [COC_BASES[CocBasis(kind)] for kind in self.basis.split(",") if kind]

    @property
    def standing(self) -> str:
        """Return where the paper stands today, as a msgid."""
        if self.revoked_at is not None:
            return N_("Revoked")
        return N_("In force") if self.counts_on(clock.today()) else N_("Ended")

    def counts_on(self, day: date) -> bool:
        """Tell whether the paper counts on a day."""
        in_time = self.issued_on <= day and (self.valid_until is None or day <= self.valid_until)
        return in_time and self.revoked_at is None


@dataclass(frozen=True, slots=True)
class CertificateFilter(PageRequest):
    """Which papers: of a kind, of a batch (by number), ending by a day, with a text in number or issuer."""

    q: str = ""
    kind: CertificateKind | None = None
    batch: str = ""
    ends_by: date | None = None


def page(session: Session, actor: Actor, wanted: CertificateFilter) -> Page[CertificateRow]:
    """Return the papers that fit and that the actor may see, newest first."""
    found = _matching(actor, wanted)
    return paginate(
        session,
        found,
        wanted,
        row=CertificateRow,
        sorts={
            "issued_on": Certificate.issued_on,
            "valid_until": Certificate.valid_until,
            "number": Certificate.number,
        },
        default="-issued_on",
        key=Certificate.id,
    )


def every(session: Session, actor: Actor, wanted: CertificateFilter) -> Iterator[CertificateRow]:
    """Return all papers that fit and that the actor may see, oldest first; for files."""
    found = _matching(actor, wanted).order_by(Certificate.id).execution_options(yield_per=1000)
    return (CertificateRow(*row) for row in session.execute(found))


@dataclass(frozen=True, slots=True)
class EndingPaper:
    """A paper that ends soon, and whose it is."""

    id: int
    kind: CertificateKind
    number: str
    party_id: int
    valid_until: date


def ending(session: Session, actor: Actor, until: date) -> int:
    """Return how many papers of the own party end from today until a day."""
    mine = true() if actor.sees_all else Certificate.party_id == actor.party_id
    found = select(func.count()).select_from(Certificate).where(mine, *_ends(clock.today(), until))
    return session.scalars(found).one()


def ending_soon(session: Session, today: date, days: int) -> list[EndingPaper]:
    """Return every party's papers that end within so many days, whose batch is still for sale if any."""
    found = (
        select(
            Certificate.id,
            Certificate.kind,
            Certificate.number,
            Certificate.party_id,
            Certificate.valid_until,
        )
        .outerjoin(Batch, Batch.id == Certificate.batch_id)
        .where(*_ends(today, today + timedelta(days=days)))
        .where(or_(Certificate.batch_id.is_(None), Batch.state != BatchState.CLOSED))
        .order_by(Certificate.id)
    )
    return [EndingPaper(*row) for row in session.execute(found)]  # type: ignore[arg-type]  # it ends: no None


def _ends(first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Certificate.revoked_at.is_(None),
        Certificate.valid_until >= first,
        Certificate.valid_until <= last,
    )


def one(session: Session, actor: Actor, certificate_id: int) -> CertificateRow:
    """Return one paper; NotFound when there is none or it is somebody else's."""
    found = session.execute(
        _certificates().where(Certificate.id == certificate_id, _visible(actor))
    ).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such certificate."))
    return CertificateRow(*found)


def of_batch(session: Session, batch_id: int) -> Sequence[CertificateRow]:
    """Return the papers of a batch, those of its parents that count for it too, oldest first."""
    found = session.execute(
        _certificates()
        .where(
            or_(
                Certificate.batch_id == batch_id,
                Certificate.id.in_(select(Cover.certificate_id).where(Cover.batch_id == batch_id)),
            )
        )
        .order_by(Certificate.issued_on, Certificate.id)
    )
    return [CertificateRow(*row) for row in found]


def valid_kinds(
    session: Session, batch_ids: Collection[int], day: date
) -> Mapping[int, frozenset[CertificateKind]]:
    """Return which kinds of paper of each batch count on a day, in one statement.

    Of a batch made by splitting or merging a kind counts while the papers of all its parents do.
    """
    own = select(Certificate.batch_id.label("batch_id"), true().label("is_own"), *_COUNTING).where(
        Certificate.batch_id.in_(batch_ids)
    )
    lent = (
        select(Cover.batch_id, false(), *_COUNTING)
        .join(Cover, Cover.certificate_id == Certificate.id)
        .where(Cover.batch_id.in_(batch_ids))
    )
    kinds: dict[int, set[CertificateKind]] = defaultdict(set)
    doubtful: dict[int, set[CertificateKind]] = defaultdict(set)
    found: Sequence[Any] = session.execute(own.union_all(lent)).all()
    for batch_id, is_own, kind, issued_on, valid_until, revoked_at in found:
        counts = revoked_at is None and issued_on <= day and (valid_until is None or day <= valid_until)
        if counts:
            kinds[batch_id].add(kind)
        elif not is_own:
            doubtful[batch_id].add(kind)
    return {batch_id: frozenset(held - doubtful[batch_id]) for batch_id, held in kinds.items()}


def lendable(session: Session, batch_ids: Collection[int], day: date) -> list[int]:
    """Return the papers that count for what is made of some batches together: kinds that each of them has."""
    held = valid_kinds(session, batch_ids, day)
    shared = frozenset.intersection(*(held.get(batch_id, frozenset()) for batch_id in batch_ids))
    of_parents = or_(
        Certificate.batch_id.in_(batch_ids),
        Certificate.id.in_(select(Cover.certificate_id).where(Cover.batch_id.in_(batch_ids))),
    )
    found = select(Certificate.id).where(
        of_parents,
        Certificate.kind.in_(shared),
        Certificate.revoked_at.is_(None),
        Certificate.issued_on <= day,
        or_(Certificate.valid_until.is_(None), Certificate.valid_until >= day),
    )
    return list(session.scalars(found.order_by(Certificate.id)))


_COUNTING = (Certificate.kind, Certificate.issued_on, Certificate.valid_until, Certificate.revoked_at)


def families(session: Session, trade_item_ids: Collection[int]) -> Mapping[int, Family]:
    """Return the product family of each trade item, in one statement."""
    found = session.execute(
        select(ItemProduct.trade_item_id, Product.family)
        .join(Product, Product.id == ItemProduct.product_id)
        .where(ItemProduct.trade_item_id.in_(trade_item_ids))
    )
    return dict(found.all())


def _matching(actor: Actor, wanted: CertificateFilter) -> Rows:
    found = _certificates().where(_visible(actor))
    if wanted.kind is not None:
        found = found.where(Certificate.kind == wanted.kind)
    if wanted.batch:
        found = found.where(Batch.number == wanted.batch)
    if wanted.ends_by is not None:
        found = found.where(Certificate.valid_until <= wanted.ends_by, Certificate.revoked_at.is_(None))
    if wanted.q:
        columns = (Certificate.number, Certificate.issuer, Batch.number, Party.name)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Papers of the own party, and of batches that the actor may see."""
    if actor.sees_all:
        return true()
    return or_(Certificate.party_id == actor.party_id, visible(actor))


def _certificates() -> Rows:
    return (
        select(
            Certificate.id,
            Certificate.kind,
            Certificate.number,
            Party.code,
            Party.short_name,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            Certificate.issuer,
            Certificate.basis,
            Certificate.issued_on,
            Certificate.valid_until,
            Certificate.revoked_at,
            Certificate.version,
        )
        .join(Party, Party.id == Certificate.party_id)
        .outerjoin(Batch, Batch.id == Certificate.batch_id)
        .outerjoin(TradeItem, TradeItem.id == Batch.trade_item_id)
    )
