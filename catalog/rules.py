"""Families, forms and storage of products; pure. Temperatures in 1/100 °C, humidity in basis points."""

from __future__ import annotations

from enum import StrEnum

from supplychain.kernel.i18n import N_


class Family(StrEnum):
    """The product families of the plan: what papers, models and pages differ by."""

    TEA = "tea"
    VEGETABLE = "vegetable"
    PORK = "pork"
    RABBIT = "rabbit"
    EGG = "egg"


FAMILIES = {
    Family.TEA: N_("Beauty tea"),
    Family.VEGETABLE: N_("Highland vegetables"),
    Family.PORK: N_("Huai pork"),
    Family.RABBIT: N_("Rabbit"),
    Family.EGG: N_("Eggs"),
}


class ShelfLifeModel(StrEnum):
    """How temperature shortens life: not at all, by Q10, or by the square root of spoilage rate."""

    CALENDAR = "calendar"
    Q10 = "q10"
    SQUARE_ROOT = "square_root"


SHELF_LIFE_MODELS = {
    ShelfLifeModel.CALENDAR: N_("By the calendar"),
    ShelfLifeModel.Q10: N_("Q10 (vegetables)"),
    ShelfLifeModel.SQUARE_ROOT: N_("Square root (meat)"),
}
