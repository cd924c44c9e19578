"""Seals and proofs at stable addresses, for anyone: roots, digests and paths, never what an entry says."""

from __future__ import annotations

from importlib import resources

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from supplychain.kernel import i18n
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.web import endpoint
from traceability.papers import seal as papers
from traceability.public import frame
from traceability.queries import look as looking
from traceability.queries import proof
from traceability.queries.proof import SealFilter

bp = Blueprint("proofs", __name__, url_prefix="/trace", template_folder="../templates")


@bp.get("/seals")
def seals() -> ResponseReturnValue:
    """List the published seals, newest first; as JSON for programs."""
    page = request.args.get("page", 1, type=int)
    found = proof.seals(endpoint.session(), SealFilter(page=min(max(page, 1), 10**6), per_page=50))
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return {"seals": [row.document() for row in found.rows], "pages": found.pages}
    with i18n.using(frame.language()):
        return frame.answer(frame.written("traceability/seals.html", found=found))


@bp.get("/seals/<int(max=9223372036854775807):number>.json")
def seal(number: int) -> ResponseReturnValue:
    """Return one seal: keep it, and no later change under it can be hidden from you."""
    return proof.seal(endpoint.session(), number).document()


@bp.get("/seals/<int(max=9223372036854775807):number>.pdf")
def seal_paper(number: int) -> ResponseReturnValue:
    """Return one seal to print and keep."""
    row = proof.seal(endpoint.session(), number)
    with i18n.using(frame.language()):
        content = papers.sealed(row, endpoint.web().settings.base_url)
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f"inline; filename=seal-{number}.pdf"},
    )


@bp.get("/proof/<gtin>/<lot>.json")
def of_batch(gtin: str, lot: str) -> ResponseReturnValue:
    """Return the proof that the first entry of a batch is under a published root."""
    found = looking.find(endpoint.web().database, gtin, lot, None)
    entry = None if found is None or found.lot is None else proof.first_of(endpoint.session(), found.lot.id)
    proven = None if entry is None else proof.of_entry(endpoint.session(), entry)
    if proven is None:
        raise NotFound(N_("There is no proof for this yet: the ledger is sealed every night."))
    response: Response = current_app.json.response(proven)  # type: ignore[assignment]  # Flask's own
    response.headers["Content-Disposition"] = f"attachment; filename=proof-{lot}.json"
    response.headers["Link"] = f'<{url_for("proofs.verifier")}>; rel="help"'
    return response


@bp.get("/verify.py")
def verifier() -> ResponseReturnValue:
    """Return the program that checks proofs, chains and seals with nothing but Python."""
    source = (resources.files("traceability") / "data" / "verify.py").read_text(encoding="utf-8")
    return Response(
        source,
        mimetype="text/x-python",
        headers={"Content-Disposition": "attachment; filename=verify.py"},
    )
