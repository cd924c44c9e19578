"""The API of the papers that goods need."""

from __future__ import annotations

from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import (
    BATCH_READ,
    CERTIFICATE_WRITE,
)
from traceability.queries import certificate as certificates
from traceability.schemas.batch import (
    Because,
)
from traceability.schemas.certificate import CertificateFilterIn, CertificateIn, CertificateOut, RevokeIn
from traceability.services import certificate as certificate_services
from traceability.services.certificate import IssueCertificate

certificate_blp = Blueprint(
    "certificates_api", __name__, url_prefix="/api/v1/certificates", description="Certificates"
)


@certificate_blp.route("")
class Certificates(MethodView):
    """The papers that the caller may see."""

    @endpoint.permit(BATCH_READ)
    @certificate_blp.arguments(CertificateFilterIn, location="query")
    @certificate_blp.response(200, page_of(CertificateOut))
    def get(self, wanted: certificates.CertificateFilter) -> Page[certificates.CertificateRow]:
        """List papers."""
        return certificates.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(CERTIFICATE_WRITE)
    @certificate_blp.arguments(CertificateIn)
    @certificate_blp.response(201, CertificateOut)
    def post(self, command: IssueCertificate) -> certificates.CertificateRow:
        """Put a paper on record; the same paper again is returned as it is."""
        with endpoint.unit_of_work() as uow:
            certificate_id = certificate_services.issue(uow, command).id
        return certificates.one(endpoint.session(), endpoint.actor(), certificate_id)


@certificate_blp.route("/<int(max=9223372036854775807):certificate_id>")
class Certificate(MethodView):
    """One paper."""

    @endpoint.permit(BATCH_READ)
    @certificate_blp.response(200, CertificateOut)
    def get(self, certificate_id: int) -> certificates.CertificateRow:
        """Return a paper."""
        return certificates.one(endpoint.session(), endpoint.actor(), certificate_id)


@certificate_blp.route("/<int(max=9223372036854775807):certificate_id>/revoke")
class Revoke(MethodView):
    """The end of a paper."""

    @endpoint.permit(CERTIFICATE_WRITE)
    @certificate_blp.arguments(RevokeIn)
    @certificate_blp.response(200, CertificateOut)
    def post(self, command: Because, certificate_id: int) -> certificates.CertificateRow:
        """Take a paper back."""
        with endpoint.unit_of_work() as uow:
            certificate_services.revoke(uow, certificate_id, command.reason)
        return certificates.one(endpoint.session(), endpoint.actor(), certificate_id)
