"""Papers are issued and revoked. What a batch needs before it is sold stands in the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from supplychain.base.models.party import Party
from supplychain.base.queries import party as parties
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Conflict, Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch, Certificate
from traceability.queries import batch as batches
from traceability.queries import inspection_figures as inspections
from traceability.queries.certificate import families
from traceability.rules.certificate import (
    COC_FAMILIES,
    MAX_VALID_DAYS,
    PARTY_PAPERS,
    CertificateKind,
    CocBasis,
)
from traceability.rules.inspection import BACKED_BY, unbacked
from traceability.services import farm, hold

DOCUMENT = "traceability.certificate"


@dataclass(frozen=True, slots=True)
class IssueCertificate:
    """A paper for a batch (by number), or for a party (by code) when the kind is about a whole party.

    A COC that the co-operative issues itself needs neither number nor issuer: the number is drawn.
    `issued_on` None is today; `valid_until` None is without end, or the longest that the kind allows.
    """

    kind: CertificateKind
    batch: str = ""
    party: str = ""
    number: str = ""
    issuer: str = ""
    by_control: bool = False
    by_own_test: bool = False
    by_commissioned_test: bool = False
    issued_on: date | None = None
    valid_until: date | None = None

    @property
    def ticked(self) -> list[CocBasis]:
        """Return what a COC rests on."""
        boxes = {
            CocBasis.CONTROL: self.by_control,
            CocBasis.OWN_TEST: self.by_own_test,
            CocBasis.COMMISSIONED_TEST: self.by_commissioned_test,
        }
        return [box for box, is_ticked in boxes.items() if is_ticked]

    @property
    def basis(self) -> str:
        """Return what a COC rests on, as it is kept."""
        return ",".join(self.ticked)


def issue(uow: UnitOfWork, command: IssueCertificate) -> Certificate:
    """Put a paper on record.

    The same paper again is returned as it is. Raises Invalid at the field to blame, a ticked test that is
    not on record too; Refused when a promise is
    made for a batch on hold (what others found about it may be recorded); Conflict when another paper has
    this number.
    """
    return _put(uow, command)[0]


def put(uow: UnitOfWork, command: IssueCertificate) -> Outcome:
    """Put a paper on record, as a line of a spreadsheet; tell whether it was there before."""
    return _put(uow, command)[1]


def revoke(uow: UnitOfWork, certificate_id: int, reason: str) -> Certificate:
    """Take a paper back; the batch keeps its state but is not sellable without it. Needs a reason."""
    row = uow.session.get(Certificate, certificate_id)
    if row is None or not _is_own(uow, row.party_id):
        raise NotFound(N_("There is no such certificate."))
    if row.revoked_at is not None:
        raise Refused(N_("The certificate %(number)s was revoked before."), number=row.number)
    if not reason.strip():
        raise Invalid.at("reason", N_("Say why."))
    row.revoked_at = uow.now
    uow.flush()
    audit.record(uow, DOCUMENT, row.id, N_("Revoked: %(reason)s"), reason=reason)
    if row.batch_id is not None:
        act = N_("Certificate %(number)s revoked: %(reason)s")
        audit.record(uow, "traceability.batch", row.batch_id, act, number=row.number, reason=reason)
    return row


def _put(uow: UnitOfWork, command: IssueCertificate) -> tuple[Certificate, Outcome]:
    batch, party = _subject(uow, command)
    issued_on = command.issued_on or local_day(uow.now)
    _check_days(uow, command, issued_on)
    _check_words(command)
    known = _known(uow, command, batch, party, issued_on)
    if known is not None:
        return known, Outcome.UNCHANGED
    is_promise = command.kind is CertificateKind.COC
    if is_promise and batch is not None:
        hold.check_free(uow, [batch.id])
        farm.check_promise(uow, batch)
        _check_tests(uow, command, batch, issued_on)
    drawn = command.number or sequence.next_number(uow, "HG", issued_on)
    row = Certificate(
        kind=command.kind,
        number=drawn,
        party_id=party.id,
        batch_id=batch.id if batch else None,
        issuer=command.issuer or party.name,
        basis=command.basis if is_promise else "",
        issued_on=issued_on,
        valid_until=command.valid_until or _longest(command.kind, issued_on),
    )
    uow.session.add(row)
    uow.flush()
    _tell(uow, row, batch)
    return row, Outcome.CREATED


def _check_tests(uow: UnitOfWork, command: IssueCertificate, batch: Batch, day: date) -> None:
    """Raise Invalid at a ticked box that no passed test known by that day stands behind."""
    if not set(command.ticked) & BACKED_BY.keys():
        return
    for tests in inspections.backing(uow.session, batch.id, day):
        found = unbacked(command.ticked, tests)
        if found is not None:
            box, last = found
            raise _unbacked(box, last.number if last else "", batch.number)


def _unbacked(box: CocBasis, failed: str, batch: str) -> Invalid:
    field = f"by_{box.value}"
    if failed:
        return Invalid.at(field, N_("The last test of this kind failed: %(inspection)s."), inspection=failed)
    return Invalid.at(
        field, N_("No passed test of this kind is on record for %(batch)s. Enter it first."), batch=batch
    )


def _subject(uow: UnitOfWork, command: IssueCertificate) -> tuple[Batch | None, Party]:
    """Return the batch and the party that a paper is about."""
    if command.kind in PARTY_PAPERS:
        return None, _own_party(uow, command.party)
    if not command.batch:
        raise Invalid.at("batch", N_("This paper is about one batch. Which?"))
    batch_id = batches.named(uow.session, uow.actor, command.batch, command.party)
    batch = uow.session.get_one(Batch, batch_id)
    if command.kind is CertificateKind.COC:
        _check_promise(uow, batch)
    return batch, uow.session.get_one(Party, batch.producer_id)


def _check_promise(uow: UnitOfWork, batch: Batch) -> None:
    family = families(uow.session, [batch.trade_item_id]).get(batch.trade_item_id)
    if family not in COC_FAMILIES:
        raise Invalid.at("kind", N_("Made tea and meat travel on other papers, not on a conformity promise."))


def _own_party(uow: UnitOfWork, code: str) -> Party:
    if not code and uow.actor.party_id is not None:
        return uow.session.get_one(Party, uow.actor.party_id)
    party = parties.by_code(uow.session, code, field="party")
    if not _is_own(uow, party.id):
        raise Invalid.at("party", N_("%(name)s is not your party."), name=party.short_name)
    return party


def _is_own(uow: UnitOfWork, party_id: int) -> bool:
    return uow.actor.sees_all or uow.actor.party_id == party_id


def _check_days(uow: UnitOfWork, command: IssueCertificate, issued_on: date) -> None:
    if issued_on > local_day(uow.now):
        raise Invalid.at("issued_on", N_("This day lies in the future."))
    if command.valid_until is None:
        return
    if command.valid_until < issued_on:
        raise Invalid.at("valid_until", N_("It would end before it was issued."))
    longest = _longest(command.kind, issued_on)
    if longest is not None and command.valid_until > longest:
        raise Invalid.at(
            "valid_until",
            N_("A paper of this kind counts for %(days)s days at most, until %(last)s."),
            days=MAX_VALID_DAYS[command.kind],
            last=longest.isoformat(),
        )


def _longest(kind: CertificateKind, issued_on: date) -> date | None:
    days = MAX_VALID_DAYS.get(kind)
    return None if days is None else issued_on + timedelta(days=days)


def _check_words(command: IssueCertificate) -> None:
    """Ask what our own promise rests on, and number and author of anybody else's paper."""
    if command.kind is CertificateKind.COC:
        if not command.basis:
            raise Invalid.at("by_control", N_("Tick what the promise rests on, at least one."))
        return
    if not command.number:
        raise Invalid.at("number", N_("Copy the number from the paper."))
    if not command.issuer:
        raise Invalid.at("issuer", N_("Who issued the paper?"))


def _known(
    uow: UnitOfWork, command: IssueCertificate, batch: Batch | None, party: Party, issued_on: date
) -> Certificate | None:
    """Return the same paper if it is on record: by its number, or a promise of the same day and basis."""
    batch_id = batch.id if batch else None
    if not command.number:
        return uow.session.scalar(
            select(Certificate).where(
                Certificate.kind == command.kind,
                Certificate.batch_id == batch_id,
                Certificate.issued_on == issued_on,
                Certificate.basis == command.basis,
                Certificate.revoked_at.is_(None),
            )
        )
    known = uow.session.scalar(
        select(Certificate).where(Certificate.kind == command.kind, Certificate.number == command.number)
    )
    if known is None:
        return None
    if known.party_id == party.id and known.batch_id == batch_id:
        return known
    raise Conflict(N_("Another certificate has the number %(number)s."), number=command.number)


def _tell(uow: UnitOfWork, row: Certificate, batch: Batch | None) -> None:
    audit.record(uow, DOCUMENT, row.id, N_("Put on record"))
    if batch is not None:
        act = N_("Certificate %(number)s put on record")
        audit.record(uow, "traceability.batch", batch.id, act, number=row.number)
