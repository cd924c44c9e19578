"""Sheets of labels against drawing alone."""

from __future__ import annotations

from supplychain.base import symbols
from supplychain.base.gs1 import element, link
from supplychain.bench.measure import Measure, Size, measure, turns
from supplychain.kernel.documents import symbol
from traceability import labels
from traceability.labels import BatchLabel

CACHED = 250
"""Serials whose codes fit into the cache of drawn codes together."""


def measure_sheet(size: Size) -> Measure:
    """Compare labels with a code each with the same number whose codes are made already."""
    fresh = [_label(f"S{number:07d}") for number in range(size.labels)]
    known = [fresh[number % CACHED] for number in range(size.labels)]

    def draw_fresh() -> None:
        symbol.qr.cache_clear()
        symbols.gs1_datamatrix.cache_clear()
        labels.sheet(fresh)

    _, floor, ours = turns([lambda: labels.sheet(fresh[:CACHED]), lambda: labels.sheet(known), draw_fresh])
    return measure(
        f"sheet of {size.labels:,} item labels",
        "labels",
        size.labels,
        ours,
        "drawing alone, codes made before",
        floor,
    )


def _label(serial: str) -> BatchLabel:
    item = [("01", "06991234500012"), ("10", "B2611-0031"), ("21", serial)]
    return BatchLabel(
        "高山甘蓝",
        "一级",
        "NY/T 583",
        "B2611-0031",
        "06991234500012",
        element.bracketed(item),
        link.build(item, "http://127.0.0.1:8000"),
        "15 kg",
        "2026-11-20",
        "2026-12-11",
        "福建省三明市大田县屏山乡",
        "大田县高山蔬菜专业合作社",
        "0–4 ℃",
        serial,
    )
