"""Shapes of certificates."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn
from traceability.queries.certificate import CertificateFilter
from traceability.rules.certificate import CERTIFICATE_KINDS, CertificateKind
from traceability.schemas.batch import Because
from traceability.services.certificate import IssueCertificate


class RevokeIn(Shape):
    """Why a paper is taken back."""

    command = Because

    reason = fields.Words(N_("Reason"), most=200, required=True)


class CertificateIn(Shape):
    """A paper: for a batch, or for a party as a whole."""

    command = IssueCertificate

    kind = fields.Choice(CertificateKind, N_("Paper"), labels=CERTIFICATE_KINDS, required=True)
    batch = fields.Words(
        N_("Batch"), least=0, most=40, load_default="", help=N_("Its number here or your own number.")
    )
    party = fields.Code(N_("Party"), load_default="", help=N_("Only for papers about a party as a whole."))
    number = fields.Words(
        N_("Number on the paper"),
        least=0,
        most=40,
        load_default="",
        help=N_("Your own promise gets one by itself."),
    )
    issuer = fields.Words(N_("Issued by"), least=0, most=120, load_default="")
    by_control = fields.Flag(N_("Quality and safety control meets the requirements"), load_default=False)
    by_own_test = fields.Flag(N_("Own test passed"), load_default=False)
    by_commissioned_test = fields.Flag(N_("Commissioned test passed"), load_default=False)
    issued_on = fields.Day(N_("Issued on"), load_default=None, allow_none=True, help=N_("Empty is today."))
    valid_until = fields.Day(N_("Counts until"), load_default=None, allow_none=True)


class CertificateFilterIn(PageIn):
    """Which papers."""

    command = CertificateFilter

    kind = fields.Choice(CertificateKind, N_("Paper"), labels=CERTIFICATE_KINDS, load_default=None)
    batch = fields.Code(N_("Batch"), load_default="")
    ends_by = fields.Day(N_("Ends by"), load_default=None)


class CertificateOut(Shape):
    """A paper."""

    id = fields.Count(N_("Record number"))
    kind = fields.Choice(CertificateKind, N_("Paper"), labels=CERTIFICATE_KINDS)
    number = fields.Words(N_("Number on the paper"))
    party = fields.Code(N_("Party"))
    party_name = fields.Words(N_("Party"))
    batch = fields.Code(N_("Batch"), allow_none=True)
    issuer = fields.Words(N_("Issued by"))
    by_control = fields.Flag(N_("Quality and safety control meets the requirements"))
    by_own_test = fields.Flag(N_("Own test passed"))
    by_commissioned_test = fields.Flag(N_("Commissioned test passed"))
    issued_on = fields.Day(N_("Issued on"))
    valid_until = fields.Day(N_("Counts until"), allow_none=True)
    revoked_at = fields.Moment(N_("Revoked at"), allow_none=True)
