"""A season that is moved to today moves what its files say, and nothing that is only shown."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.sheets.columns import dated_fields


class _Line(Shape):
    """A line with a day and an instant that are read, and a day that is only exported."""

    on = fields.Day(N_("Day"))
    at = fields.Moment(N_("When"))
    ends_on = fields.Day(N_("Ends on"), dump_only=True)


def test_a_day_that_is_only_exported_is_not_moved_with_a_season() -> None:
    assert dated_fields(_Line()) == ({"on"}, {"at"})
