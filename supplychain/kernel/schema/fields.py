"""Fields of the trade: scaled decimals, instants, days, codes. Each carries its label, unit and help.

A scaled field is a decimal text outside and an integer inside; a number with too many places is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import marshmallow as ma
from marshmallow import validate

from supplychain.kernel import units
from supplychain.kernel.i18n import N_, Text

__all__ = ["Choice", "Code", "Count", "Day", "Flag", "Moment", "Scaled", "State", "Words", "kg", "percent"]


class Scaled(ma.fields.Field[int]):
    """A decimal text with at most the places of its scale; the integer of the scale inside."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own way of declaring messages
        "invalid": N_("Not a number."),
        "places": N_("At most %(places)s decimals, the unit is %(unit)s."),
        "low": N_("Must be at least %(least)s %(unit)s."),
        "high": N_("Must be at most %(most)s %(unit)s."),
    }

    def __init__(self, scale: units.Scale, *, least: int = 0, most: int = 10**14, **options: Any) -> None:
        """`least` and `most` are in the scale's integer."""
        metadata = {"unit": scale.unit, "pattern": rf"^-?[0-9]{{1,15}}(\.[0-9]{{1,{scale.places}}})?$"}
        metadata |= dict(options.pop("metadata", {}))
        super().__init__(metadata=metadata, **options)
        self.scale, self.least, self.most = scale, least, most

    def _serialize(self, value: int | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else self.scale.text(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if not isinstance(value, str):
            raise ma.ValidationError(Text(self.error_messages["invalid"]))  # type: ignore[arg-type]  # translated late
        unit = {"unit": self.scale.unit, "places": self.scale.places}
        try:
            number = self.scale.parse(value)
        except units.NotANumber:
            raise _error(self, "invalid") from None
        except units.TooPrecise:
            raise _error(self, "places", **unit) from None
        if number < self.least:
            raise _error(self, "low", least=self.scale.short(self.least), **unit)
        if number > self.most:
            raise _error(self, "high", most=self.scale.short(self.most), **unit)
        return number


def _error(field: ma.fields.Field[Any], key: str, **values: object) -> ma.ValidationError:
    return ma.ValidationError(Text(field.error_messages[key], values))  # type: ignore[arg-type]  # translated late
