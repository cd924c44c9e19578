"""What the values of an EPCIS event may be, and the two kinds of its parts: open to others, or closed.

Names without a prefix are those of the standard alone, words without an address those of its vocabularies;
times carry their offset, addresses are URIs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, validates_schema

from traceability.rules.identifier import canonical_id

NAME_LENGTH = 200
"""Characters of a name that events are found by, in its canonical form."""
_SHORT = 50
"""Not even percent-encoded from end to end does so short a name become too long."""
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[^\s<>\"{}|\\^`%]|%[0-9A-Fa-f]{2})+")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_OFFSET = re.compile(r"[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00", re.ASCII)
_UOM = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
_HEX = re.compile(r"[A-Fa-f0-9]+", re.ASCII)

Check = Callable[[Any], None]
"""Raises ValidationError for a value that may not be."""


def uri(value: Any) -> None:
    """Want a URI."""
    if not isinstance(value, str) or _URI.fullmatch(value) is None:
        raise ValidationError("Not a URI.")


def name(value: Any) -> None:
    """Want a URI that events can be found by."""
    uri(value)
    may_grow = len(value) > _SHORT or not value.isascii()
    if may_grow and len(canonical_id(value)) > NAME_LENGTH:
        raise ValidationError("Longer than a name may be.")


def event_id(value: Any) -> None:
    """Want a URI that an event can be called by."""
    uri(value)
    if len(value) > 160:
        raise ValidationError("Longer than a name may be.")


def instant(value: Any) -> None:
    """Want an instant with its offset, in years that calendars of all zones have."""
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        raise ValidationError("Not an instant with its offset.")
    try:
        datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValidationError("Not an instant with its offset.") from error


def matching(pattern: re.Pattern[str], reason: str) -> Check:
    """Return the check that a text is of a form."""

    def check(value: Any) -> None:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise ValidationError(reason)

    return check


offset = matching(_OFFSET, "Not an offset.")
uom = matching(_UOM, "Not a unit of UN/CEFACT Recommendation 20.")
hexadecimal = matching(_HEX, "Not hexadecimal.")


def number(value: Any) -> None:
    """Want a number that a double can hold."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not -_MOST <= value <= _MOST:
        raise ValidationError("Not a number.")


_MOST = 1e300


def text(value: Any) -> None:
    """Want a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValidationError("Not a text.")


def truth(value: Any) -> None:
    """Want true or false."""
    if not isinstance(value, bool):
        raise ValidationError("Neither true nor false.")


def one_of(known: Collection[str], what: str) -> Check:
    """Return the check of a vocabulary: its bare words, or somebody's own as a URI."""

    def check(value: Any) -> None:
        if not isinstance(value, str):
            raise ValidationError(f"Not a {what}.")
        if value in known:
            return
        if ":" not in value or value.startswith("urn:epcglobal:cbv:") or _URI.fullmatch(value) is None:
            raise ValidationError(f"No {what} of the Core Business Vocabulary.")
        if len(value) > NAME_LENGTH:
            raise ValidationError("Longer than a name may be.")

    return check


def listed(check: Check, *, least: int = 0) -> Check:
    """Return the check of a list by that of its elements, with the reasons by their places."""

    def check_all(value: Any) -> None:
        if not isinstance(value, list) or len(value) < least:
            raise ValidationError("Too short a list." if isinstance(value, list) else "Not a list.")
        errors = {}
        for place, item in enumerate(value):
            try:
                check(item)
            except ValidationError as error:
                errors[place] = error.messages
        if errors:
            raise ValidationError(errors)

    return check_all


def certificates(value: Any) -> None:
    """Want a URI, or a list of them."""
    (_uris if isinstance(value, list) else uri)(value)


_uris = listed(uri)


def said(check: Check, *, required: bool = False) -> fields.Raw:
    """Return the field of a value as it stands, if it passes the check."""
    return fields.Raw(required=required, validate=check, allow_none=False)


class Part(Schema):
    """A part of an event, with the law that its values obey together."""

    def check_whole(self, data: Mapping[str, Any]) -> None:
        """Raise ValidationError for values that are right each, and wrong together."""

    @validates_schema
    def _check_whole(self, data: Mapping[str, Any], **_: Any) -> None:
        self.check_whole(data)


class Open(Part):
    """A part of an event that others may extend, under names with a prefix."""

    class Meta:
        """What has no prefix must be of the standard."""

        unknown = INCLUDE

    @validates_schema(skip_on_field_errors=False)
    def _check_names(self, data: Mapping[str, Any], **_: Any) -> None:
        strange = [key for key in data if key not in self.fields and not is_foreign(key)]
        if strange:
            raise ValidationError({key: ["Unknown field."] for key in strange})


class Closed(Part):
    """A part of an event that nobody may extend."""

    class Meta:
        """What is not of the standard is refused."""

        unknown = RAISE


def is_foreign(key: str) -> bool:
    """Tell whether a name may stand in an open part without being of the standard."""
    return ":" in key or key == "@context"
