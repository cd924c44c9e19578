"""A seal of the trace ledger, to print and keep."""

from __future__ import annotations

from supplychain.kernel import clock
from supplychain.kernel.documents import pdf
from supplychain.kernel.documents.pdf import Facts, Paper, Prose
from supplychain.kernel.i18n import N_, gettext
from traceability.queries.proof import SealRow
from traceability.rules.seal import instant


def sealed(row: SealRow, base_url: str) -> bytes:
    """Return a seal as a PDF to print and keep: with it no later change under it stays hidden."""
    return pdf.render(
        Paper(
            title=gettext(N_("Seal of the trace ledger")),
            number=str(row.number),
            printed_at=clock.now(),
            issuer=gettext(N_("From Datian to Pudong, on one record")),
            link=f"{base_url.rstrip('/')}/trace/seals/{row.number}.json",
            parts=(
                Facts(
                    (
                        (gettext(N_("Sealed at")), instant(row.sealed_at)),
                        (gettext(N_("Entries")), str(row.size)),
                        (gettext(N_("Root")), _grouped(row.root)),
                        (gettext(N_("Hash")), _grouped(row.hash)),
                        (gettext(N_("Hash of the seal before")), _grouped(row.before) or "—"),
                    )
                ),
                Prose(
                    gettext(
                        N_(
                            "Whoever keeps this sheet can prove at any time "
                            "that nothing under it was changed."
                        )
                    )
                ),
            ),
        )
    )


def _grouped(digits: str) -> str:
    """Return hexadecimal digits in groups of eight, for people who compare."""
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))
