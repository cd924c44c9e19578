"""What shapes take in and refuse: JSON to the letter, forms and spreadsheets as people write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.kernel import i18n, units
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape, load


class Grade(StrEnum):
    """Two grades."""

    FINE = "fine"
    PLAIN = "plain"


GRADES = {Grade.FINE: N_("Fine"), Grade.PLAIN: N_("Plain")}


class LineIn(Shape):
    """One line."""

    boxes = fields.Count("Boxes", least=1, required=True)


@dataclass(frozen=True, slots=True)
class Pick:
    """A command."""

    name: str
    grams: int


class PickIn(Shape):
    """A shape that makes a command."""

    command = Pick
    name = fields.Words("Name", required=True, most=5)
    grams = fields.Scaled(units.KG, "Mass", least=1, required=True)


class EveryIn(Shape):
    """A shape with every kind of field."""

    grams = fields.Scaled(units.KG, "Mass")
    centi = fields.Scaled(units.CELSIUS, "Temperature", least=-10000)
    boxes = fields.Count("Boxes", least=1, most=5000)
    on = fields.Day("Day")
    at = fields.Moment("Moment")
    code = fields.Code("Code")
    grade = fields.Choice(Grade, "Grade", labels=GRADES)
    is_fine = fields.Flag("Fine")
    lines = fields.Lines(LineIn, "Lines")


def typed(**values: object) -> object:
    """Return what one field makes of a person's text."""
    (found,) = load(EveryIn(), values, text=True).values()
    return found


def sent(**values: object) -> object:
    """Return what one field makes of a program's JSON value."""
    (found,) = load(EveryIn(), values).values()
    return found


def refusal(shape: Shape, values: dict[str, object], *, text: bool = False) -> dict[str, list[str]]:
    """Return the messages by field."""
    with pytest.raises(Invalid) as caught:
        load(shape, values, text=text)
    return {name: [str(message) for message in messages] for name, messages in caught.value.fields.items()}


def test_a_shape_makes_its_command() -> None:
    assert load(PickIn(), {"name": " 甘蓝 ", "grams": "12.5"}) == Pick("甘蓝", 12_500)


def test_what_nobody_declared_is_refused() -> None:
    assert set(refusal(PickIn(), {"name": "a", "grams": "1", "extra": 1})) == {"extra"}


@pytest.mark.parametrize("empty", ["", "   ", None])
def test_nothing_is_not_something(empty: object) -> None:
    assert set(refusal(PickIn(), {"name": empty, "grams": "1"})) == {"name"}


def test_a_text_without_end_or_with_control_characters_is_refused() -> None:
    assert set(refusal(PickIn(), {"name": "六个字太长了", "grams": "1"})) == {"name"}
    assert set(refusal(PickIn(), {"name": "a\x00b", "grams": "1"})) == {"name"}


@pytest.mark.parametrize("wrong", ["1.2345", "1e3", "NaN", "0x1", "-1", "", "１", "1,5", 1.5, 12, True, None])
def test_a_program_sends_mass_as_a_plain_decimal_text(wrong: object) -> None:
    assert "grams" in refusal(PickIn(), {"name": "a", "grams": wrong})


@given(st.integers(min_value=0, max_value=10**14))
def test_what_a_mass_is_written_as_is_read_as_the_same_mass(grams: int) -> None:
    assert sent(grams=units.KG.text(grams)) == grams
    assert typed(grams=units.KG.short(grams)) == grams


@pytest.mark.parametrize(("text", "grams"), [("1,234.5", 1_234_500), ("１２.５", 12_500), (" 3 ", 3000)])
def test_a_person_may_part_thousands_and_type_full_width(text: str, grams: int) -> None:
    assert typed(grams=text) == grams


@pytest.mark.parametrize("text", ["12,5", "1,23", "12,34.5"])
def test_a_comma_that_parts_no_thousands_is_never_guessed_at(text: str) -> None:
    assert "grams" in refusal(EveryIn(), {"grams": text}, text=True)
    assert "boxes" in refusal(EveryIn(), {"boxes": text}, text=True)


def test_frost_is_below_nothing() -> None:
    assert sent(centi="-18.5") == -1850


def test_a_program_sends_whole_numbers_as_numbers_and_a_person_as_digits() -> None:
    assert sent(boxes=12) == 12
    assert typed(boxes="1,200") == 1200
    for wrong in ("12", 1.0, True, 0, 5001):
        assert "boxes" in refusal(EveryIn(), {"boxes": wrong})


@pytest.mark.parametrize("text", ["2026-11-03", "2026/11/3", "2026.11.3", "2026年11月3日", "２０２６/11/03"])
def test_a_day_is_read_as_people_and_their_spreadsheets_write_it(text: str) -> None:
    assert typed(on=text) == date(2026, 11, 3)


@pytest.mark.parametrize("text", ["2026-02-30", "26/11/3", "11/3/2026", "tomorrow", "20261103", "0001-01-01"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    assert "on" in refusal(EveryIn(), {"on": text}, text=True)


def test_a_program_writes_days_in_iso_only() -> None:
    assert "on" in refusal(EveryIn(), {"on": "2026/11/3"})


@pytest.mark.parametrize(
    "text", ["2026-11-03T06:40", "2026/11/3 6:40", "2026年11月3日 6：40", "2026-11-02T22:40:00Z"]
)
def test_a_time_without_an_offset_is_shanghais(text: str) -> None:
    assert typed(at=text) == datetime(2026, 11, 2, 22, 40, tzinfo=UTC)


def test_a_program_must_send_the_offset() -> None:
    assert sent(at="2026-11-03T06:40:00+08:00") == datetime(2026, 11, 2, 22, 40, tzinfo=UTC)
    assert "at" in refusal(EveryIn(), {"at": "2026-11-03T06:40:00"})


def test_a_choice_is_its_value_for_programs_and_its_name_for_people() -> None:
    assert sent(grade="fine") is Grade.FINE
    assert typed(grade="Fine") is Grade.FINE
    assert "grade" in refusal(EveryIn(), {"grade": "Fine"})


def test_yes_is_a_word_for_people_and_a_value_for_programs() -> None:
    assert typed(is_fine="是") is True
    assert sent(is_fine=False) is False
    assert "is_fine" in refusal(EveryIn(), {"is_fine": "yes"})


def test_a_code_has_no_blanks_in_it() -> None:
    assert typed(code=" B2611-0031 ") == "B2611-0031"
    assert "code" in refusal(EveryIn(), {"code": "B2611 0031"}, text=True)


def test_an_error_in_a_line_names_the_line() -> None:
    lines = [{"boxes": 1}, {"boxes": 0}]
    assert set(refusal(EveryIn(), {"lines": lines})) == {"lines.1.boxes"}
    assert set(refusal(EveryIn(), {"lines": []})) == {"lines"}


def test_an_error_is_said_in_the_readers_language(suite: object) -> None:
    with pytest.raises(Invalid) as caught:
        load(EveryIn(), {"on": "2026-02-30"})
    (message,) = caught.value.fields["on"]
    with i18n.using("en"):
        assert str(message) == "There is no such day."
    assert str(message) != "There is no such day."


def test_what_goes_out_can_come_back() -> None:
    values = {
        "grams": 12_500,
        "centi": -1850,
        "boxes": 3,
        "on": date(2026, 11, 3),
        "at": datetime(2026, 11, 2, 22, 40, tzinfo=UTC),
        "grade": Grade.PLAIN,
        "is_fine": True,
        "lines": [{"boxes": 2}],
    }
    dumped = EveryIn().dump(values)
    assert dumped["grams"] == "12.500"
    assert dumped["at"] == "2026-11-02T22:40:00Z"
    assert load(EveryIn(), dumped) == values
