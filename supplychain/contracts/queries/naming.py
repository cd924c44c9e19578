"""What goods are called to the reader: Chinese names with their grade, English names as they are."""

from __future__ import annotations

from supplychain.kernel.i18n import locale


def item_name(name_zh: str, name_en: str, grade: str) -> str:
    """Return an item's name in the reader's language; the grade is added where the name lacks it."""
    if not locale().startswith("zh"):
        return name_en
    return name_zh if grade in name_zh else f"{name_zh} {grade}"
