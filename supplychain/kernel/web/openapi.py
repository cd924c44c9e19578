"""The API's manners: OpenAPI 3.1, problem+json, bearer tokens, pages of rows in an envelope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, TypeVar, cast

import marshmallow as ma
from flask import Flask, current_app
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from supplychain.kernel.errors import DomainError, Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape, flatten, reading_text
from supplychain.kernel.web.problems import on_http_error

T = TypeVar("T")

TITLE = "Datian Direct"
FIELDS = (
    fields.Scaled,
    fields.Words,
    fields.Code,
    fields.Count,
    fields.Day,
    fields.Moment,
    fields.Flag,
    fields.Choice,
    fields.Texts,
)


class QueryShape(Shape):
    """A shape of a query string: everything is text, empty means absent."""

    def load(self, data: Any, **options: Any) -> Any:
        """Load in the manner of forms."""
        with reading_text():
            return super().load({name: value for name, value in dict(data).items() if value != ""}, **options)


class PageIn(QueryShape):
    """What every list can be asked: which page, how long, in what order, with which text in it."""

    page = fields.Count("Page", least=1, most=100_000, load_default=1)
    per_page = fields.Count("Rows per page", least=1, most=200, load_default=20)
    sort = fields.Code("Sort", pattern=r"-?[a-z_]{1,40}", load_default="")
    q = fields.Words("Search", least=0, most=80, load_default="")


class Parser(FlaskParser):
    """webargs as the suite wants it: unknown query keys are refused, errors are Invalid."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": None}

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Raise what every entrance raises for wrong fields."""
        messages = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
        (found,) = messages.values() if len(messages) == 1 else (messages,)
        raise Invalid(
            N_("Some fields need another look."),
            fields=flatten(found if isinstance(found, dict) else messages),
        )

    def _handle_invalid_json_error(self, error: Exception, *_: Any, **__: Any) -> NoReturn:
        raise DomainError(N_("The body is no JSON document.")) from error


class Problem(ma.Schema):
    """What every refusal looks like, as RFC 9457 has it, with messages by field."""

    type = ma.fields.String()
    title = ma.fields.String()
    status = ma.fields.Integer()
    detail = ma.fields.String()
    errors = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.List(ma.fields.String()))


class Api(SmorestApi):  # type: ignore[misc]  # flask-smorest is untyped
    """flask-smorest with our problems."""

    ERROR_SCHEMA: ClassVar[type[ma.Schema]] = Problem

    def _register_responses(self) -> None:
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def handle_http_exception(self, error: HTTPException) -> Any:
        """Answer in the suite's own problem form."""
        return on_http_error(error)


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # flask-smorest is untyped
    """An API blueprint; its lists carry their page in the body."""

    ARGUMENTS_PARSER = Parser()

    def route(self, *args: Any, **options: Any) -> Callable[[T], T]:
        """Register a resource; typed, as flask-smorest's own is not."""
        return cast(Callable[[T], T], super().route(*args, **options))

    def arguments(self, *args: Any, **options: Any) -> Callable[[T], T]:
        """Give the loaded command to the method."""
        return cast(Callable[[T], T], super().arguments(*args, **options))

    def response(self, *args: Any, **options: Any) -> Callable[[T], T]:
        """Dump what the method returns."""
        return cast(Callable[[T], T], super().response(*args, **options))

    def doc(self, **options: Any) -> Callable[[T], T]:
        """Add to what the OpenAPI document says of a method."""
        return cast(Callable[[T], T], super().doc(**options))


def install(app: Flask, blueprints: tuple[Any, ...]) -> Api:
    """Register the addons' API blueprints and publish `/api/v1/openapi.json`."""
    app.config |= {
        "API_TITLE": TITLE,
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/api/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
    api = Api(app)
    for field in FIELDS:
        api.register_field(field, field.openapi_type, None)
    api.ma_plugin.converter.add_attribute_function(_truthful)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"token": []}]
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.extensions["supplychain.api"] = api
    return api


def _truthful(_converter: Any, _field: Any, ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Leave out defaults that mean "absent", and let an enumeration be null where null is taken."""
    if ret.get("default", 0) in (None, ""):
        del ret["default"]
    if "null" in ret.get("type", ()) and None not in ret.get("enum", (None,)):
        ret["enum"] = [*ret["enum"], None]
    return {}


def document() -> dict[str, Any]:
    """Return the OpenAPI document of the present application."""
    found: dict[str, Any] = current_app.extensions["supplychain.api"].spec.to_dict()
    return found


def page_of(row: type[Shape]) -> type[ma.Schema]:
    """Return the shape of one page of rows: rows, how many in all, which page, and the totals."""
    return Shape.from_dict(
        {
            "rows": ma.fields.List(ma.fields.Nested(row)),
            "total": ma.fields.Integer(),
            "page": ma.fields.Integer(),
            "per_page": ma.fields.Integer(),
            "totals": ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer()),
        },
        name=f"{row.__name__}Page",
    )
