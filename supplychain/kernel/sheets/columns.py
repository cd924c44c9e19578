"""The columns of a spreadsheet, from its shape: headers in every language, which are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.i18n import LOCALES, N_, gettext, using
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.schema.fields import Choice, Day, Flag, Moment, Scaled
from supplychain.kernel.sheets.reader import normal
from supplychain.kernel.sheets.sheet import Sheet
from supplychain.kernel.units import Scale


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its field's name, its msgid, its unit, and what kind of cell it is."""

    name: str
    label: str
    unit: str
    is_required: bool
    is_derived: bool
    """Written on export, ignored on import."""
    field: Any

    @property
    def header(self) -> str:
        """Return the header in the current locale, with the unit and a star when it is needed."""
        text = gettext(self.label) + (f" ({self.unit})" if self.unit else "")
        return f"{text} *" if self.is_required else text

    def cell(self, row: Any) -> object:
        """Return a row's value as a spreadsheet cell: numbers as numbers, days as days, choices in words."""
        value = getattr(row, self.name, None)
        if value is None:
            return ""
        if isinstance(self.field, Scaled):
            return _number(self.field.scale, value)
        if isinstance(self.field, Choice):
            return self.field.label_of(value)
        if isinstance(self.field, Flag):
            return gettext(N_("yes")) if value else gettext(N_("no"))
        if isinstance(value, datetime):
            return value.astimezone(SHANGHAI).replace(tzinfo=None)
        return value


def columns_of(sheet: Sheet) -> list[Column]:
    """Return the columns of a sheet in the order of its shape."""
    shape = sheet.shape()
    return [
        Column(
            name,
            field.metadata.get("label", name),
            field.metadata.get("unit", ""),
            field.required,
            field.dump_only,
            field,
        )
        for name, field in shape.fields.items()
    ]


def headers_of(sheet: Sheet) -> dict[str, str]:
    """Return every spelling of every header, as it is compared, with the field it stands for."""
    found: dict[str, str] = {}
    for column in columns_of(sheet):
        found[normal(column.name)] = column.name
        found[normal(column.label)] = column.name
        for locale in LOCALES:
            with using(locale):
                found[normal(gettext(column.label))] = column.name
    return found


def dated_fields(shape: Shape) -> tuple[set[str], set[str]]:
    """Return the names of a shape's days and of its moments: what moves when a season is shifted."""
    days = {name for name, field in shape.load_fields.items() if isinstance(field, Day)}
    moments = {name for name, field in shape.load_fields.items() if isinstance(field, Moment)}
    return days, moments


def _number(scale: Scale, value: int) -> object:
    """Return a scaled integer as the number that Excel shows; for the eye, the kept value stays exact."""
    return value if scale.places == 0 else round(value / 10**scale.places, scale.places)


def texts_of(columns: list[Column], row: Any) -> Mapping[str, str]:
    """Return a row as a csv has it: every cell as text."""
    return {column.name: _text(column, row) for column in columns}


def _text(column: Column, row: Any) -> str:
    value = column.cell(row)
    if isinstance(column.field, Scaled) and value != "":
        return column.field.scale.text(getattr(row, column.name))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
