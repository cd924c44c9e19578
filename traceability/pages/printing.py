"""What is printed: labels of boxes and items, conformity promises; how it is drawn is said elsewhere."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, render_template, request
from flask import session as cookie

from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema.base import load
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.forms import inputs_of
from traceability.labels import batch as label_facts
from traceability.labels import file as label_file
from traceability.labels import printing
from traceability.papers import promise as papers
from traceability.permissions import BATCH_READ, BATCH_REGISTER, CODE_WRITE
from traceability.queries import batch as batches
from traceability.queries import certificate as certificates
from traceability.queries import code as codes
from traceability.queries import consumer
from traceability.queries import label as designs
from traceability.queries.batch import BatchRow
from traceability.rules.batch import LABELS_AT_ONCE
from traceability.rules.certificate import CertificateKind
from traceability.rules.code import CodeState
from traceability.rules.label import LABELS_OF, LabelFormat, LabelOf, Printing
from traceability.schemas.label import PrintingIn

bp = Blueprint("batch_papers", __name__)

_PERMISSIONS = {LabelOf.BOXES: BATCH_REGISTER, LabelOf.ITEMS: CODE_WRITE}


@bp.get("/certificates/<int(max=9223372036854775807):certificate_id>.pdf")
@endpoint.permit(BATCH_READ)
def certificate_pdf(certificate_id: int) -> Response:
    """Print a conformity promise."""
    session, actor = endpoint.session(), endpoint.actor()
    row = certificates.one(session, actor, certificate_id)
    if row.kind is not CertificateKind.COC or row.batch is None:
        raise NotFound(N_("Papers of others are not printed here."))
    batch = batches.one(session, actor, row.batch)
    story = consumer.of_batch(session, batch.id)
    return _pdf(papers.promise(row, batch, *story, endpoint.web().settings.base_url), row.number)


@bp.get("/batches/<number>/labels")
@endpoint.permit(BATCH_REGISTER)
def choose(number: str) -> str:
    """Choose design and printer for labels of a batch; both are those of last time."""
    session, actor = endpoint.session(), endpoint.actor()
    batch = batches.mine(session, actor, number)
    wanted = _asked(_of(request.args.get("of", "")))
    actor.require(_PERMISSIONS[wanted.of])
    row = designs.chosen(session, actor, wanted.of, wanted.design)
    values = PrintingIn().dump(replace(wanted, design=row.id))
    options = {
        "design": designs.choices,
        "part": lambda session, actor: _parts(_count(batch, wanted.of)),
    }
    inputs = inputs_of(PrintingIn(), values, {}, options, hidden=("of",))
    return render_template(
        "traceability/print_labels.html",
        batch=batch,
        of=wanted.of,
        words=LABELS_OF,
        row=row,
        inputs=[replace(one, is_required=True) for one in inputs],
        shown=label_file.shown(row.design, label_facts.of_batch(session, batch, [None], _base_url())[0]),
    )


@bp.get("/batches/<number>/labels/file")
@endpoint.permit(BATCH_REGISTER)
def file(number: str) -> Response:
    """Make the file of labels that was chosen, and remember the choice for next time."""
    asked = {name: text for name, text in request.args.items() if name in PrintingIn().fields}
    wanted: Printing = load(PrintingIn(), asked, text=True)
    made = _file(number, wanted)
    kept = {"format": wanted.format.value, "dots": wanted.dots.value}
    cookie[f"labels.{wanted.of}"] = kept | ({"design": wanted.design} if wanted.design else {})
    return made


@bp.get("/batches/<number>/labels.pdf")
@endpoint.permit(BATCH_REGISTER)
def box_labels(number: str) -> Response:
    """Print one label for each box of a batch with the design of last time, a thousand at once."""
    return _again(number, LabelOf.BOXES)


@bp.get("/batches/<number>/item-labels.pdf")
@endpoint.permit(CODE_WRITE)
def item_labels(number: str) -> Response:
    """Print one label for each code of a batch that is not void, a thousand at once."""
    return _again(number, LabelOf.ITEMS)


def _again(number: str, of: LabelOf) -> Response:
    part = max(request.args.get("part", 1, int), 1)
    return _file(number, replace(_asked(of), format=LabelFormat.PDF, part=part))


def _asked(of: LabelOf) -> Printing:
    """Return what is asked for: what the address says, then what was chosen last time."""
    kept = {name: str(text) for name, text in dict(cookie.get(f"labels.{of}", {})).items()}
    asked = {name: text for name, text in request.args.items() if name in {"design", "format", "skip"}}
    try:
        wanted: Printing = load(PrintingIn(), kept | asked | {"of": of.value}, text=True)
        if wanted.design is not None:
            designs.one(endpoint.session(), endpoint.actor(), wanted.design)
    except (Invalid, NotFound):
        return Printing(of, LabelFormat.PDF)
    return wanted


def _of(text: str) -> LabelOf:
    return LabelOf.ITEMS if text == LabelOf.ITEMS else LabelOf.BOXES


def _file(number: str, wanted: Printing) -> Response:
    session, actor = endpoint.session(), endpoint.actor()
    actor.require(_PERMISSIONS[wanted.of])
    made = printing.labels_of(session, actor, number, wanted, _base_url())
    shown = "inline" if wanted.format is LabelFormat.PDF else "attachment"
    disposition = f"{shown}; filename={number}-{wanted.of}-{wanted.part}.{made.suffix}"
    headers = {"Content-Disposition": disposition}
    return Response(made.content, mimetype=made.mimetype, headers=headers)


def _count(batch: BatchRow, of: LabelOf) -> int:
    if of is LabelOf.BOXES:
        return batch.boxes
    made = codes.counts(endpoint.session(), batch.id)
    return sum(count for state, count in made.items() if state is not CodeState.VOID)


def _parts(count: int) -> list[tuple[str, str]]:
    """Return the thousands that so many labels are printed in."""
    return [
        (str(part), f"{start + 1}–{min(start + LABELS_AT_ONCE, count)}")
        for part, start in enumerate(range(0, max(count, 1), LABELS_AT_ONCE), 1)
    ]


def _base_url() -> str:
    return endpoint.web().settings.base_url


def _pdf(content: bytes, name: str) -> Response:
    disposition = f"inline; filename={name}.pdf"
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": disposition})
