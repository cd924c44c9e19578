"""Sheets of labels against drawing alone."""

from __future__ import annotations

from supplychain.base import symbols
from supplychain.base.gs1 import element, link
from supplychain.base.labelling import pdf
from supplychain.base.labelling.design import Label
from supplychain.bench.measure import Measure, Size, measure, turns
from supplychain.kernel.documents import symbol
from traceability.labels import batch
from traceability.schemas.label import shipped

CACHED = 250
"""Serials whose codes fit into the cache of drawn codes together."""


def measure_sheet(size: Size) -> Measure:
    """Compare labels with a code each with the same number whose codes are made already."""
    design = shipped()[0].design
    fresh = [_label(f"S{number:07d}") for number in range(size.labels)]
    known = [fresh[number % CACHED] for number in range(size.labels)]

    def draw_fresh() -> None:
        symbol.qr.cache_clear()
        symbols.digital_link.cache_clear()
        element.check_value.cache_clear()
        symbols.gs1_datamatrix.cache_clear()
        pdf.sheet(design, fresh)

    _, floor, ours = turns(
        [lambda: pdf.sheet(design, fresh[:CACHED]), lambda: pdf.sheet(design, known), draw_fresh]
    )
    return measure(
        f"sheet of {size.labels:,} item labels",
        "labels",
        size.labels,
        ours,
        "drawing alone, codes made before",
        floor,
    )


def _label(serial: str) -> Label:
    item = [("01", "06991234500012"), ("10", "B2611-0031"), ("21", serial)]
    texts = SHARED | {"serial": serial, "serial_or_lot": serial}
    contents = {
        "batch": (element.bracketed(item[:2]),),
        "item": (element.bracketed(item),),
        "link": (link.build(item, "http://127.0.0.1:8000"),),
    }
    return Label(texts, batch.captions_of(""), contents)


SHARED = {
    "product_name": "高山甘蓝",
    "grade": "一级",
    "graded": "一级 NY/T 583",
    "lot": "B2611-0031",
    "net_mass": "15 kg",
    "harvested_on": "2026-11-20",
    "best_before_on": "2026-12-11",
    "origin": "福建省三明市大田县屏山乡",
    "producer": "大田县高山蔬菜专业合作社",
    "storage": "0–4 ℃",
}
