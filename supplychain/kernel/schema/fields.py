"""Fields of the trade: scaled decimals, instants, days, codes. Each carries its label, unit and help.

A scaled field is a decimal text outside and an integer inside; a number with too many places is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

import marshmallow as ma

from supplychain.kernel import units
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.i18n import LOCALES, N_, Listed, Text, gettext, using
from supplychain.kernel.schema.base import STANDARD, reads_text

E = TypeVar("E", bound=StrEnum)

_CODE = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}"
_PARTED = re.compile(r"([+-]?[0-9]{1,3})((?:,[0-9]{3})+)((?:\.[0-9]+)?)")
_WRITTEN_DAY = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?")
_WRITTEN_TIME = re.compile(r"([0-9]{1,2})[:：]([0-9]{2})(.*)", re.DOTALL)
_YES = {"true", "on", "yes", "1", "是", "y"}
_NO = {"false", "off", "no", "0", "否", "n"}


class Described(ma.fields.Field[Any]):
    """A field that knows how people call it. `label` and `help` are msgids."""

    openapi_type = "string"

    def __init__(self, label: str = "", *, unit: str = "", widget: str = "", **options: Any) -> None:
        """Keep label, unit, `help` and widget in the metadata; the rest is marshmallow's."""
        described = {"label": label, "unit": unit, "help": options.pop("help", ""), "widget": widget}
        metadata = (
            described
            | ({"title": label} if label else {})
            | self.openapi()
            | dict(options.pop("metadata", {}))
        )
        super().__init__(metadata=metadata, error_messages=dict(STANDARD), **options)

    def openapi(self) -> dict[str, Any]:
        """Return what the OpenAPI document says of this field beside its type."""
        return {}

    def refuse(self, msgid: str, **values: object) -> ma.ValidationError:
        """Return the error for this field; it is translated when it is shown."""
        return ma.ValidationError([Text(msgid, values)])

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(STANDARD["type"])
        return value


class Scaled(Described):
    """A decimal text with at most the places of its scale; the integer of the scale inside."""

    def __init__(
        self, scale: units.Scale, label: str = "", *, least: int = 0, most: int = 10**14, **options: Any
    ) -> None:
        """`least` and `most` are in the scale's integer."""
        self.scale, self.least, self.most = scale, least, most
        super().__init__(label, unit=options.pop("unit", scale.unit), **options)

    def openapi(self) -> dict[str, Any]:
        """Return the pattern of the decimal text."""
        sign = "-?" if self.least < 0 else ""
        return {
            "pattern": rf"^{sign}[0-9]{{1,12}}(\.[0-9]{{1,{self.scale.places}}})?$",
            "example": self.scale.text(self.least + 1),
        }

    def _serialize(self, value: int | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else self.scale.text(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        number = self._number(self._text(value))
        if number < self.least:
            raise self.refuse(
                N_("Must be at least %(least)s %(unit)s."),
                least=self.scale.short(self.least),
                unit=self.scale.unit,
            )
        if number > self.most:
            raise self.refuse(
                N_("Must be at most %(most)s %(unit)s."),
                most=self.scale.short(self.most),
                unit=self.scale.unit,
            )
        return number

    def _number(self, text: str) -> int:
        try:
            return self.scale.parse(_digits(text) if reads_text() else text)
        except units.NotANumber:
            raise self.refuse(N_("Not a number.")) from None
        except units.TooPrecise:
            raise self.refuse(
                N_("At most %(places)s decimals, the unit is %(unit)s."),
                places=self.scale.places,
                unit=self.scale.unit,
            ) from None


class Words(Described):
    """A text for people: trimmed, of some length, without control characters."""

    def __init__(self, label: str = "", *, least: int = 1, most: int = 200, **options: Any) -> None:
        """`least` and `most` count characters after trimming; a `textarea` widget may hold lines."""
        self.least, self.most = least, most
        super().__init__(label, **options)

    def openapi(self) -> dict[str, Any]:
        """Return the lengths; a text needs one character that is no blank."""
        return {"minLength": self.least, "maxLength": self.most} | ({"pattern": r"\S"} if self.least else {})

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = unicodedata.normalize("NFC", self._text(value)).strip()
        if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\r\t" for letter in text):
            raise self.refuse(N_("There are characters in it that cannot be shown."))
        if len(text) < self.least:
            raise self.refuse(
                STANDARD["required"] if self.least == 1 else N_("Too short: at least %(least)s characters."),
                least=self.least,
            )
        if len(text) > self.most:
            raise self.refuse(N_("Too long: at most %(most)s characters."), most=self.most)
        return text


class Code(Described):
    """A code: letters, digits and . _ - / unless a pattern says otherwise."""

    def __init__(self, label: str = "", *, pattern: str = _CODE, **options: Any) -> None:
        """`pattern` must match the whole text."""
        self.pattern = re.compile(pattern, re.ASCII)
        super().__init__(label, **options)

    def openapi(self) -> dict[str, Any]:
        """Return the pattern, anchored."""
        return {"pattern": f"^(?:{self.pattern.pattern})$"}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = self._text(value)
        text = text.strip() if reads_text() else text
        if self.pattern.fullmatch(text) is None:
            raise self.refuse(N_("“%(text)s” is no valid code."), text=text[:40])
        return text


class Count(Described):
    """A whole number; in JSON a number, in a form or spreadsheet its digits."""

    openapi_type = "integer"

    def __init__(self, label: str = "", *, least: int = 0, most: int = 10**9, **options: Any) -> None:
        """`least` and `most` bound the number."""
        self.least, self.most = least, most
        super().__init__(label, **options)

    def openapi(self) -> dict[str, Any]:
        """Return the bounds."""
        return {"minimum": self.least, "maximum": self.most}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> int | None:
        return None if value is None else int(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if reads_text() and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,12}", _digits(value)):
            value = int(_digits(value))
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(N_("Not a whole number."))
        if not self.least <= value <= self.most:
            raise self.refuse(
                N_("Must lie between %(least)s and %(most)s."), least=self.least, most=self.most
            )
        return value


class Day(Described):
    """A calendar day, YYYY-MM-DD."""

    def openapi(self) -> dict[str, Any]:
        """Return the format."""
        return {"format": "date"}

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        text = _day(self._text(value)) if reads_text() else self._text(value)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is None:
            raise self.refuse(N_("Not a date: write it as 2026-11-23."))
        try:
            found = date.fromisoformat(text)
        except ValueError:
            raise self.refuse(N_("There is no such day.")) from None
        if not 2000 <= found.year <= 2199:
            raise self.refuse(N_("There is no such day."))
        return found


class Moment(Described):
    """An instant: ISO 8601 with an offset; without one, in a form or spreadsheet, Shanghai's time."""

    def openapi(self) -> dict[str, Any]:
        """Return the format."""
        return {"format": "date-time"}

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        text = _instant(self._text(value)) if reads_text() else self._text(value)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise self.refuse(N_("Not a date and time: write it as 2026-11-23 06:40.")) from None
        if found.tzinfo is None and not reads_text():
            raise self.refuse(N_("The time needs an offset, as 2026-11-23T06:40:00+08:00."))
        if not 2000 < found.year < 2199:
            raise self.refuse(N_("There is no such day."))
        return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)


class Flag(Described):
    """Yes or no."""

    openapi_type = "boolean"

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> bool | None:
        return None if value is None else bool(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if reads_text() and word in _YES | _NO:
            return word in _YES
        raise self.refuse(N_("Answer yes or no."))


class Choice(Described):
    """One of an enumeration; forms and spreadsheets may write the label in any language."""

    def __init__(
        self, kinds: type[StrEnum], label: str = "", *, labels: Mapping[Any, str], **options: Any
    ) -> None:
        """`labels` are msgids by member."""
        self.kinds, self.labels = kinds, labels
        super().__init__(label, **options)

    def openapi(self) -> dict[str, Any]:
        """Return the values that are allowed."""
        return {"enum": [member.value for member in self.kinds]}

    def label_of(self, value: Any) -> str:
        """Return a member's name for the reader; empty for None."""
        return gettext(self.labels[self.kinds(value)]) if value else ""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else self.kinds(value).value

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> StrEnum:
        text = self._text(value)
        for member in self.kinds:
            if text == member.value or (reads_text() and text.strip() in _spellings(self.labels[member])):
                return member
        raise self.refuse(
            N_("“%(text)s” is none of: %(known)s."),
            text=text[:40],
            known=Listed([Text(self.labels[member]) for member in self.kinds]),
        )


def _digits(text: str) -> str:
    """Return a number as people type it as plain digits: full-width signs and parted thousands are fine."""
    plain = unicodedata.normalize("NFKC", text).strip()
    parted = _PARTED.fullmatch(plain)
    return parted[1] + parted[2].replace(",", "") + parted[3] if parted else plain


def _day(text: str) -> str:
    """Return a day as people write it, 2026/11/3 or 2026年11月3日, in ISO form; anything else as it is."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _WRITTEN_DAY.fullmatch(plain)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else plain


def _instant(text: str) -> str:
    """Return a day with a time as people write it, 2026/11/3 6:40, in ISO form; anything else as it is."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _WRITTEN_DAY.match(plain)
    if found is None:
        return plain
    day, rest = _day(found[0]), plain[found.end() :].lstrip("T ")
    written = _WRITTEN_TIME.fullmatch(rest)
    return f"{day}T{int(written[1]):02}:{written[2]}{written[3]}" if written else day + rest


def _spellings(msgid: str) -> set[str]:
    spellings = {msgid}
    for locale in LOCALES:
        with using(locale):
            spellings.add(gettext(msgid))
    return spellings


class Lines(ma.fields.List[Any]):
    """Several lines of one shape, as an order's; `least` lines are needed."""

    def __init__(
        self, shape: type[ma.Schema], label: str = "", *, least: int = 1, most: int = 500, **options: Any
    ) -> None:
        """`shape` is the shape of one line."""
        self.shape = shape
        metadata = {
            "label": label,
            "unit": "",
            "help": "",
            "widget": "lines",
            "minItems": least,
            "maxItems": most,
        }
        super().__init__(
            ma.fields.Nested(shape),
            validate=lambda lines: _count(lines, least, most),
            metadata=metadata,
            error_messages=dict(STANDARD),
            **options,
        )


def _count(lines: list[Any], least: int, most: int) -> None:
    if len(lines) < least:
        raise ma.ValidationError([Text(N_("At least one line is needed."))])
    if len(lines) > most:
        raise ma.ValidationError([Text(N_("At most %(most)s lines."), {"most": most})])


class Texts(Described):
    """Several codes: a JSON list, or one text parted by commas, blanks or lines."""

    openapi_type = "array"

    def __init__(self, label: str = "", *, pattern: str = _CODE, most: int = 200, **options: Any) -> None:
        """`pattern` must match each code; at least one and at most `most` are taken."""
        self.pattern, self.most = re.compile(pattern, re.ASCII), most
        super().__init__(label, **options)

    def openapi(self) -> dict[str, Any]:
        """Return what each code looks like."""
        item = {"type": "string", "pattern": f"^(?:{self.pattern.pattern})$"}
        return {"items": item, "minItems": 1, "maxItems": self.most}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[str] | None:
        return None if value is None else [str(item) for item in value]

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[str, ...]:
        codes = re.split(r"[\s,，;；]+", value.strip()) if reads_text() and isinstance(value, str) else value
        if not isinstance(codes, list) or not 1 <= len(codes) <= self.most:
            raise self.refuse(STANDARD["type"])
        for code in codes:
            if not isinstance(code, str) or self.pattern.fullmatch(code) is None:
                raise self.refuse(N_("“%(text)s” is no valid code."), text=str(code)[:40])
        return tuple(dict.fromkeys(codes))
