"""Master data in the header of a document: vocabularies, their elements, attributes and children."""
# ruff: noqa: N815

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from traceability.schemas import epcis_fields as want
from traceability.schemas.epcis_fields import Open, said

MOST = 5_000
"""Elements of one document."""


class AttributeIn(Open):
    """What is said of an element; the value may be of any shape."""

    id = said(want.text, required=True)
    attribute = fields.Raw(required=True, allow_none=False)


class ElementIn(Open):
    """A place, a party, a kind of goods: something that events name."""

    id = said(want.name, required=True)
    attributes = fields.List(fields.Nested(AttributeIn))
    children = said(want.listed(want.name))


class VocabularyIn(Open):
    """Elements of one kind."""

    type = said(want.uri, required=True)
    vocabularyElementList = fields.List(fields.Nested(ElementIn))


class MasterDataIn(Open):
    """All vocabularies of a document."""

    vocabularyList = fields.List(fields.Nested(VocabularyIn))


_MASTER = MasterDataIn()


def elements_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the elements that a document's header describes; ValidationError with reasons by path."""
    data = document.get("epcisHeader", {}).get("epcisMasterData")
    if data is None:
        return []
    errors = _MASTER.validate(data) if isinstance(data, Mapping) else ["Not an object."]
    if errors:
        raise ValidationError({"epcisHeader": {"epcisMasterData": errors}})
    lists = (part.get("vocabularyElementList", ()) for part in data.get("vocabularyList", ()))
    found = [element for elements in lists for element in elements]
    if len(found) > MOST:
        raise ValidationError({"epcisHeader": {"epcisMasterData": [f"At most {MOST} elements."]}})
    return found
