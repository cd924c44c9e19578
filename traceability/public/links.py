"""Which links each thing has, and only those with something behind them.

Which of them is meant, and how it is answered, is the resolver's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supplychain.base.gs1 import link
from supplychain.base.gs1.link import Link
from supplychain.kernel import i18n
from supplychain.kernel.i18n import DEFAULT_LOCALE, gettext
from supplychain.kernel.web import endpoint
from traceability.queries import consumer
from traceability.queries.consumer import Goods, PaperLine
from traceability.queries.look import Found, Lot
from traceability.rules.resolver import DEFAULT_LINK, DEFAULT_LINKS, VOCABULARY, Level, Offer

_SPOKEN = {"zh": "zh-CN", "en": "en"}


def of_item(root: str, named: Link, found: Found) -> Sequence[Level]:
    """Return the links of an item, of its lot, and of its kind, the nearest first.

    What is not known here has no level of its own; its default page says so.
    """
    title = found.name_en if i18n.locale() == "en" else found.name_zh
    asked = link.build((named.key, *named.qualifiers), root)
    kind = link.build((named.key,), root)
    levels = _of_lot(root, named, found, title)
    first = () if levels else _default(asked, title)
    return [*levels, Level(kind, title, (*first, *_pages("pip", kind, title), _master(root, found.gtin)))]


def _of_lot(root: str, named: Link, found: Found, title: str) -> list[Level]:
    if found.lot is None:
        return []
    key = (named.key, ("10", found.lot.number))
    lot = link.build(key, root)
    papers = [*_recalled(lot, found.lot), *_papers(lot, consumer.papers(endpoint.session(), found.lot.id))]
    if found.code is None:
        return [_story(lot, title, papers)]
    item = _story(link.build((*key, ("21", found.code.serial)), root), title)
    return [item, Level(lot, title, (*_pages("traceability", lot, title), *papers))]


def _story(address: str, title: str, more: Sequence[Offer] = ()) -> Level:
    return Level(address, title, (*_default(address, title), *_pages("traceability", address, title), *more))


def _recalled(address: str, lot: Lot) -> Sequence[Offer]:
    """Return where it stands that a batch is called back; nothing while it is not."""
    if not lot.is_recalled:
        return []
    return [Offer("recallStatus", f"{address}?lang={_chosen()}#recall", gettext("Recall"))]


def _master(root: str, gtin: str) -> Offer:
    address = f"{root}/trace/items/{gtin}.jsonld"
    return Offer("masterData", address, gettext("Master data of the product"), "application/ld+json")


def of_fact(root: str, named: Link, title: str) -> Sequence[Level]:
    """Return the links of a place, a party, a paper or a thing."""
    anchor = link.build((named.key, *named.qualifiers), root)
    return [Level(anchor, title, (*_default(anchor, title), *_pages(_KINDS[named.key[0]], anchor, title)))]


_KINDS = {
    "00": "traceability",
    "253": "certificationInfo",
    "414": "locationInfo",
    "417": "pip",
    "8004": "traceability",
}


def _default(address: str, title: str) -> Sequence[Offer]:
    """Return the default page in each language, the house's first."""
    href = f"{address}?lang={_chosen()}"
    return (Offer(DEFAULT_LINK, href, title), *_pages(DEFAULT_LINKS, address, title))


def _chosen() -> str:
    return "zh" if i18n.locale() == DEFAULT_LOCALE else "en"


def _pages(kind: str, address: str, title: str) -> Sequence[Offer]:
    return [Offer(kind, f"{address}?lang={key}", title, languages=(tag,)) for key, tag in _SPOKEN.items()]


def _papers(lot: str, papers: Sequence[PaperLine]) -> Sequence[Offer]:
    return [
        Offer(
            "certificationInfo",
            f"{lot}?lang={_chosen()}#paper-{number}",
            f"{gettext(paper.title)} {paper.number}",
        )
        for number, paper in enumerate(papers, 1)
    ]


def product(root: str, goods: Goods) -> Mapping[str, Any]:
    """Return a product's master data as JSON-LD of the GS1 Web vocabulary (gs1:Product); KGM is kilograms."""
    names = {"zh": goods.name_zh, "en": goods.name_en}
    found: dict[str, Any] = {
        "@context": {"gs1": VOCABULARY, "@vocab": VOCABULARY},
        "@id": link.build((("01", goods.gtin),), root),
        "@type": "gs1:Product",
        "gtin": goods.gtin,
        "productName": [{"@value": name, "@language": tag} for tag, name in names.items() if name],
        "brandOwner": {"@type": "gs1:Organization", "organizationName": goods.brand_name},
        "netContent": {"@type": "gs1:QuantitativeValue", "value": goods.net_grams / 1000, "unitCode": "KGM"},
    }
    return found | ({"grade": goods.grade} if goods.grade else {})
