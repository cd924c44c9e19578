"""Pages of papers: the list, the form, one paper."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.queries import party as parties
from supplychain.base.rules import PartyKind
from supplychain.kernel import i18n
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.permissions import (
    BATCH_READ,
    CERTIFICATE_WRITE,
)
from traceability.queries import batch as batches
from traceability.queries import certificate as certificates
from traceability.queries.certificate import CertificateRow
from traceability.rules.certificate import CERTIFICATE_KINDS, CertificateKind
from traceability.schemas.certificate import CertificateFilterIn, CertificateIn, RevokeIn
from traceability.services import certificate as certificate_services

bp = Blueprint("certificates_pages", __name__, template_folder="../templates")


def _coops(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return parties.choices(session, (PartyKind.COOP,))


CERTIFICATES = ListPage(
    title=N_("Certificates"),
    filter=CertificateFilterIn,
    query=certificates.page,
    columns=(
        Column("number", N_("Number on the paper"), sort="number", lead=True),
        Column("kind", N_("Paper"), value=lambda row: gettext(CERTIFICATE_KINDS[row.kind])),
        Column("batch", N_("Batch")),
        Column("party_name", N_("Party")),
        Column("issuer", N_("Issued by")),
        Column("issued_on", N_("Issued on"), "day", sort="issued_on"),
        Column("valid_until", N_("Counts until"), "day", sort="valid_until"),
        Column("standing", N_("Standing"), value=lambda row: gettext(row.standing)),
    ),
    empty=N_("Conformity promises, quarantine and test papers stand here. Put the first on record."),
    row_url=lambda row: url_for("certificates_pages.certificate", certificate_id=row.id),
    actions=(Action(N_("Put paper on record"), "certificates_pages.certificate_new", CERTIFICATE_WRITE),),
    sheet="certificates",
    search=N_("Number, issuer, batch or party"),
)

CERTIFICATE = FormPage(
    title=N_("Put a paper on record"),
    shape=CertificateIn,
    act=certificate_services.issue,
    then=lambda row: url_for("certificates_pages.certificate", certificate_id=row.id),
    verb=N_("Put paper on record"),
    options={"batch": batches.choices, "party": _coops},
)


def _batch_url(number: str | None) -> str:
    return "" if number is None else url_for("batches_pages.batch", number=number)


@bp.get("/certificates")
@endpoint.permit(BATCH_READ)
def certificate_list() -> str:
    """List papers."""
    return CERTIFICATES.render()


@bp.route("/certificates/new", methods=["GET", "POST"])
@endpoint.permit(CERTIFICATE_WRITE)
def certificate_new() -> ResponseReturnValue:
    """Put a paper on record."""
    return CERTIFICATE.handle()


@bp.get("/certificates/<int(max=9223372036854775807):certificate_id>")
@endpoint.permit(BATCH_READ)
def certificate(certificate_id: int) -> str:
    """Show a paper."""
    row = certificates.one(endpoint.session(), endpoint.actor(), certificate_id)
    basis = i18n.Listed([Text(words) for words in row.basis_words])
    return documents.render(
        Document(
            kind="traceability.certificate",
            id=row.id,
            number=row.number,
            title=N_("Certificates"),
            list_endpoint="certificates_pages.certificate_list",
            subtitle=gettext(CERTIFICATE_KINDS[row.kind]),
            facts=(
                Fact(
                    N_("Batch"),
                    row.batch,
                    url=url_for("batches_pages.batch", number=row.batch) if row.batch else "",
                ),
                Fact(N_("Party"), row.party_name),
                Fact(N_("Issued by"), row.issuer),
                Fact(N_("Issued on"), row.issued_on, "day"),
                Fact(N_("Counts until"), row.valid_until, "day"),
                Fact(N_("Standing"), gettext(row.standing)),
                Fact(N_("Rests on"), str(basis)),
            ),
            acts=_certificate_acts(row),
            papers=_certificate_papers(row),
        )
    )


def _certificate_acts(row: CertificateRow) -> tuple[Act, ...]:
    if row.revoked_at is not None:
        return ()
    url = url_for("certificates_pages.certificate_revoke", certificate_id=row.id)
    return (Act(N_("Revoke"), url, CERTIFICATE_WRITE, posts=False, danger=True, icon="ban"),)


def _certificate_papers(row: CertificateRow) -> tuple[Paper, ...]:
    if row.kind is not CertificateKind.COC:
        return ()
    return (Paper(N_("Print"), url_for("batch_papers.certificate_pdf", certificate_id=row.id)),)


@bp.route("/certificates/<int(max=9223372036854775807):certificate_id>/revoke", methods=["GET", "POST"])
@endpoint.permit(CERTIFICATE_WRITE)
def certificate_revoke(certificate_id: int) -> ResponseReturnValue:
    """Take a paper back."""
    row = certificates.one(endpoint.session(), endpoint.actor(), certificate_id)
    form = FormPage(
        title=N_("Revoke certificate"),
        shape=RevokeIn,
        about=(certificate_services.DOCUMENT, row.id),
        act=lambda uow, said: certificate_services.revoke(uow, row.id, said.reason),
        then=lambda revoked: url_for("certificates_pages.certificate", certificate_id=revoked.id),
        verb=N_("Revoke"),
    )
    return form.handle()
