"""What is printed: labels of boxes and items, conformity promises; how it is drawn is said elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from catalog.queries import product as products
from catalog.queries.product import ItemStorage
from supplychain.base.gs1 import element, link
from supplychain.kernel.errors import NotFound, Refused
from supplychain.kernel.i18n import DEFAULT_LOCALE, N_, gettext, using
from supplychain.kernel.units import CELSIUS, KG
from supplychain.kernel.web import endpoint
from traceability import labels
from traceability.labels import BatchLabel
from traceability.papers import promise as papers
from traceability.permissions import BATCH_READ, BATCH_REGISTER, CODE_WRITE
from traceability.queries import batch as batches
from traceability.queries import certificate as certificates
from traceability.queries import code as codes
from traceability.queries import consumer
from traceability.queries.batch import BatchRow
from traceability.queries.consumer import Goods, Story
from traceability.rules.batch import DATED, LABELS_AT_ONCE
from traceability.rules.certificate import CertificateKind
from traceability.rules.code import CodeState

bp = Blueprint("batch_papers", __name__)


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


@bp.get("/batches/<number>/labels.pdf")
@endpoint.permit(BATCH_REGISTER)
def box_labels(number: str) -> Response:
    """Print one label for each box of a batch, a thousand at once: `?layout=roll&part=2&skip=3`."""
    batch = batches.mine(endpoint.session(), endpoint.actor(), number)
    part = _part()
    count = min(batch.boxes - part.start, LABELS_AT_ONCE)
    if count <= 0:
        raise NotFound(N_("This batch has no labels so far back."))
    return _labels(batch, [None] * count, f"{number}-labels-{part.start + 1}")


@bp.get("/batches/<number>/item-labels.pdf")
@endpoint.permit(CODE_WRITE)
def item_labels(number: str) -> Response:
    """Print one label for each code of a batch that is not void, a thousand at once."""
    session, actor = endpoint.session(), endpoint.actor()
    batch = batches.mine(session, actor, number)
    made = codes.every(session, actor, codes.CodeFilter(batch=number))
    serials = [code.serial for code in made if code.state is not CodeState.VOID][_part()]
    if not serials:
        raise Refused(N_("There is no code to print. Make codes first."))
    return _labels(batch, serials, f"{number}-items")


def _part() -> slice:
    """Return which labels are asked for: the first thousand, the second, and so on."""
    part = max(request.args.get("part", 1, int), 1)
    return slice((part - 1) * LABELS_AT_ONCE, part * LABELS_AT_ONCE)


def _labels(batch: BatchRow, serials: Sequence[str | None], name: str) -> Response:
    goods, story = consumer.of_batch(endpoint.session(), batch.id)
    storage = products.of_items(endpoint.session(), [batch.trade_item_id], batch.harvested_on)
    layout = labels.LAYOUTS.get(request.args.get("layout", ""), labels.A4_2X5)
    skip = min(max(request.args.get("skip", 0, int), 0), layout.places - 1)
    base_url = endpoint.web().settings.base_url
    with using(DEFAULT_LOCALE):
        kept = _kept(storage[batch.trade_item_id]) if batch.trade_item_id in storage else ""
        made = [_label(batch, goods, story, kept, serial, base_url) for serial in serials]
    return _pdf(labels.sheet(made, layout, skip), name)


def _label(
    batch: BatchRow, goods: Goods, story: Story, kept: str, serial: str | None, base_url: str
) -> BatchLabel:
    item = [("01", batch.gtin), ("10", batch.number)]
    own = [] if serial is None else [("21", serial)]
    dated = [("01", batch.gtin), ("15", f"{batch.best_before_on:%y%m%d}"), ("10", batch.number)]
    return BatchLabel(
        product_name=goods.name_zh,
        grade=goods.grade,
        grade_standard=goods.grade_standard,
        lot=batch.number,
        gtin=batch.gtin,
        element_string_bracketed=element.bracketed([*dated, *own]),
        digital_link=link.build([*item, *own], base_url),
        net_mass_text="" if goods.is_catch_weight else f"{KG.short(goods.net_grams)} kg",
        harvested_on_text=batch.harvested_on.isoformat(),
        best_before_text=batch.best_before_on.isoformat(),
        origin=story.origin or story.site_name,
        producer=story.producer_name,
        storage_text=kept,
        serial=serial,
        dated=DATED.get(goods.family or "", DATED[""]),
    )


def _kept(storage: ItemStorage) -> str:
    low, high = CELSIUS.short(storage.min_centi_celsius), CELSIUS.short(storage.max_centi_celsius)
    return gettext(N_("Keep at %(low)s to %(high)s ℃"), low=low, high=high)


def _pdf(content: bytes, name: str) -> Response:
    disposition = f"inline; filename={name}.pdf"
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": disposition})
