"""Telling fast that something is valid: a schema of EPCIS as one plain check, from its own declarations.

It only ever says yes or "ask the schema": the reasons, and the last word, are marshmallow's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import INCLUDE, ValidationError, fields

from traceability.schemas.epcis_fields import Check, Part, is_foreign

Quick = Callable[[Any], bool]


class _Doubt(ValidationError):
    """Something that only the schema can judge."""

    def __init__(self) -> None:
        super().__init__("?")


def quick(schema: Part) -> Quick:
    """Return the check that tells whether a schema certainly finds nothing wrong with a value."""
    check = _of_part(schema)

    def is_fine(value: Any) -> bool:
        try:
            check(value)
        except ValidationError:
            return False
        return True

    return is_fine


def _of_part(schema: Part) -> Check:
    checks: Mapping[str, Check] = {name: _of_field(field) for name, field in schema.fields.items()}
    required = frozenset(name for name, field in schema.fields.items() if field.required)
    is_open = schema.unknown == INCLUDE
    check_whole = schema.check_whole

    def check(value: Any) -> None:
        if value.__class__ is not dict or not required <= value.keys():
            raise _Doubt
        for name, part in value.items():
            wanted = checks.get(name)
            if wanted is not None:
                wanted(part)
            elif not is_open or not is_foreign(name):
                raise _Doubt
        check_whole(value)

    return check


def _of_field(field: fields.Field[Any]) -> Check:
    if isinstance(field, fields.Nested):
        schema = field.schema
        return _of_part(schema) if isinstance(schema, Part) else _doubt
    if isinstance(field, fields.List):
        return _of_list(_of_field(field.inner))
    validators = tuple(field.validators)

    def check(value: Any) -> None:
        if value is None:
            raise _Doubt
        for validate in validators:
            validate(value)

    return validators[0] if len(validators) == 1 else check


def _of_list(one: Check) -> Check:
    def check(value: Any) -> None:
        if value.__class__ is not list:
            raise _Doubt
        for item in value:
            one(item)

    return check


def _doubt(value: Any) -> None:
    raise _Doubt
