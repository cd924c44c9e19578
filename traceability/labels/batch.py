"""What the labels of a batch and of its items say; Chinese whoever prints them (GB 7718, 4.1.8).

How a label looks is its design's business, and no words for screens are made here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from catalog.queries import product as products
from catalog.queries.product import ItemStorage
from supplychain.base.gs1 import element, link
from supplychain.base.labelling.design import Label
from supplychain.kernel.i18n import DEFAULT_LOCALE, N_, gettext, using
from supplychain.kernel.units import CELSIUS, KG
from traceability.queries import consumer
from traceability.queries.batch import BatchRow
from traceability.queries.consumer import Goods, Story
from traceability.rules.batch import DATED
from traceability.rules.label import VOCABULARY


def of_batch(session: Session, batch: BatchRow, serials: Sequence[str | None], base_url: str) -> list[Label]:
    """Return a label for each serial; None is a label of the batch, as for a box."""
    goods, story = consumer.of_batch(session, batch.id)
    storage = products.of_items(session, [batch.trade_item_id], batch.harvested_on)
    with using(DEFAULT_LOCALE):
        kept = _kept(storage[batch.trade_item_id]) if batch.trade_item_id in storage else ""
        captions = captions_of(goods.family or "")
        shared = _texts(batch, goods, story, kept)
    return [_label(batch, shared, captions, serial, base_url) for serial in serials]


def sample() -> Label:
    """Return a label that says what labels mostly say, to look at a design without a batch."""
    with using(DEFAULT_LOCALE):
        return VOCABULARY.sample(captions_of(""))


def captions_of(family: str) -> Mapping[str, str]:
    """Return what stands before each field on a label of goods of a family."""
    captions = {name: field.label for name, field in VOCABULARY.fields.items()}
    captions |= {"harvested_on": DATED.get(family, DATED[""]), "graded": N_("Grade"), "serial_or_lot": ""}
    return {name: gettext(label) for name, label in captions.items()}


def _texts(batch: BatchRow, goods: Goods, story: Story, kept: str) -> Mapping[str, str]:
    return {
        "product_name": goods.name_zh,
        "grade": goods.grade,
        "grade_standard": goods.grade_standard,
        "graded": f"{goods.grade} {goods.grade_standard}".strip(),
        "lot": batch.number,
        "gtin": batch.gtin,
        "net_mass": "" if goods.is_catch_weight else f"{KG.short(goods.net_grams)} kg",
        "harvested_on": batch.harvested_on.isoformat(),
        "best_before_on": batch.best_before_on.isoformat(),
        "origin": story.origin or story.site_name,
        "producer": story.producer_name,
        "storage": kept,
        "serial_or_lot": batch.number,
    }


def _label(
    batch: BatchRow, shared: Mapping[str, str], captions: Mapping[str, str], serial: str | None, base_url: str
) -> Label:
    item = [("01", batch.gtin), ("10", batch.number)]
    dated = [("01", batch.gtin), ("15", f"{batch.best_before_on:%y%m%d}"), ("10", batch.number)]
    strings = (element.bracketed(dated), element.bracketed(item))
    contents = {
        "gtin": (batch.gtin,),
        "lot": (batch.number,),
        "batch": strings,
        "item": strings,
        "link": (link.build(item, base_url),),
    }
    if serial is None:
        return Label(shared, captions, contents)
    own = ("21", serial)
    told = {"serial": serial, "serial_or_lot": serial}
    contents |= {
        "serial": (serial,),
        "item": (element.bracketed([*dated, own]), element.bracketed([item[0], own])),
        "link": (link.build([*item, own], base_url),),
    }
    return Label({**shared, **told}, captions, contents)


def _kept(storage: ItemStorage) -> str:
    low, high = CELSIUS.short(storage.min_centi_celsius), CELSIUS.short(storage.max_centi_celsius)
    return gettext(N_("Keep at %(low)s to %(high)s ℃"), low=low, high=high)
