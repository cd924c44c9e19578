"""The conformity promise certificate, 承诺达标合格证."""

from __future__ import annotations

from supplychain.base.rules import ITEM_UNITS
from supplychain.kernel import clock
from supplychain.kernel.documents import pdf
from supplychain.kernel.documents.pdf import Facts, Paper, Prose, Signature, Signatures
from supplychain.kernel.i18n import DEFAULT_LOCALE, N_, gettext, using
from supplychain.kernel.units import KG
from traceability.queries.batch import BatchRow
from traceability.queries.certificate import CertificateRow
from traceability.queries.consumer import Goods, Story
from traceability.rules.certificate import COC_BASES, COC_PROMISE, CocBasis


def promise(row: CertificateRow, batch: BatchRow, goods: Goods, story: Story, base_url: str) -> bytes:
    """Return the 承诺达标合格证 as a PDF: contents and fixed text of 农业农村部令2025年第4号.

    It is a Chinese document of law and prints in Chinese for every reader.
    """
    with using(DEFAULT_LOCALE):
        return pdf.render(_promise(row, batch, goods, story, base_url))


def _promise(row: CertificateRow, batch: BatchRow, goods: Goods, story: Story, base_url: str) -> Paper:
    unit = gettext(ITEM_UNITS[batch.unit])
    return Paper(
        title=gettext(N_("Conformity promise certificate")),
        number=row.number,
        printed_at=clock.now(),
        issuer=story.producer_name,
        link=f"{base_url.rstrip('/')}/01/{batch.gtin}/10/{batch.number}",
        mark=gettext(N_("Revoked")) if row.revoked_at else "",
        parts=(
            Prose(gettext(COC_PROMISE), gettext(N_("We promise"))),
            Prose("\n".join(_boxes(row)), gettext(N_("The promise rests on"))),
            Facts(
                (
                    (gettext(N_("Product name")), _named(goods)),
                    (gettext(N_("Quantity")), f"{KG.short(batch.grams)} kg（{batch.boxes} {unit}）"),
                    (gettext(N_("Origin")), story.origin or story.site_name),
                    (gettext(N_("Batch")), batch.number),
                    (gettext(N_("Harvest date")), batch.harvested_on.isoformat()),
                    (gettext(N_("Issued on")), row.issued_on.isoformat()),
                    (gettext(N_("Who promises")), story.producer_name),
                    (gettext(N_("Credit code")), story.uscc or ""),
                    (gettext(N_("Address")), story.address),
                    (gettext(N_("Contact details")), story.contact_phone),
                )
            ),
            Signatures((Signature(gettext(N_("Who promises")), story.producer_name),)),
        ),
    )


def _named(goods: Goods) -> str:
    """Return the product's name with its grade, unless the name says it already."""
    return goods.name_zh if goods.grade in goods.name_zh else f"{goods.name_zh} {goods.grade}"


def _boxes(row: CertificateRow) -> list[str]:
    """Return the three boxes of the form, ticked or not."""
    ticked = {
        CocBasis.CONTROL: row.by_control,
        CocBasis.OWN_TEST: row.by_own_test,
        CocBasis.COMMISSIONED_TEST: row.by_commissioned_test,
    }
    return [f"{'■' if ticked[kind] else '□'} {gettext(words)}" for kind, words in COC_BASES.items()]
