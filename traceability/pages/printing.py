"""What is printed: conformity promises; the paper itself is made elsewhere."""

from __future__ import annotations

from flask import Blueprint, Response

from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.web import endpoint
from traceability import papers
from traceability.permissions import BATCH_READ
from traceability.queries import batch as batches
from traceability.queries import certificate as certificates
from traceability.queries import consumer
from traceability.rules import CertificateKind

bp = Blueprint("batch_papers", __name__)


@bp.get("/certificates/<int:certificate_id>.pdf")
@endpoint.permit(BATCH_READ)
def certificate_pdf(certificate_id: int) -> Response:
    """Print a conformity promise."""
    session, actor = endpoint.session(), endpoint.actor()
    row = certificates.one(session, actor, certificate_id)
    if row.kind is not CertificateKind.COC or row.batch is None:
        raise NotFound(N_("Papers of others are not printed here."))
    batch = batches.one(session, actor, row.batch)
    found = consumer.find(session, batch.gtin, batch.number, None)
    if found is None:
        raise NotFound(N_("There is no such certificate."))
    return _pdf(papers.promise(row, batch, *found, endpoint.web().settings.base_url), row.number)


def _pdf(content: bytes, name: str) -> Response:
    disposition = f"inline; filename={name}.pdf"
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": disposition})
