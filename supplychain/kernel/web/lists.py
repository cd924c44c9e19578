"""List pages: declared once, shown with search, filters, sort, totals, paging, export and import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from supplychain.kernel.db.paging import MANY, Page
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.permissions import Actor, Permission
from supplychain.kernel.schema.base import load
from supplychain.kernel.schema.fields import Choice, Day, Flag
from supplychain.kernel.web import endpoint, wording
from supplychain.kernel.web.openapi import PageIn


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the row's attribute (or `value(row)`), its label (msgid), unit and wording filter."""

    key: str
    label: str
    format: str = ""
    unit: str = ""
    sort: str = ""
    """The name that the query sorts by; empty cannot be sorted."""
    total: bool = False
    """The page's `totals[key]` stands below."""
    value: Callable[[Any], object] | None = None
    labels: Mapping[Any, str] | None = None
    """Msgids of an enumeration's members: shown as a coloured word."""
    lead: bool = False
    """Stands first and large on a phone."""

    @property
    def is_numeric(self) -> bool:
        """Tell whether the column is aligned at the right."""
        return self.format in wording.NUMERIC

    def show(self, row: Any) -> object:
        """Return what the reader sees of a row."""
        value = self.value(row) if self.value else getattr(row, self.key)
        if self.labels is not None:
            return gettext(self.labels[value]) if value else ""
        if self.format:
            return wording.FORMATS[self.format](value)
        return "" if value is None else value

    def tone(self, row: Any) -> str:
        """Return the state's value as a style's name; empty for plain columns."""
        value = getattr(row, self.key, None)
        return str(value) if self.labels is not None and value else ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button beside the title: label (msgid), endpoint, who may, icon."""

    label: str
    endpoint: str
    permission: Permission
    icon: str = "plus"


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list: what is asked, what is shown, where a row leads, what stands there when it is empty."""

    title: str
    filter: type[PageIn]
    query: Callable[[Session, Actor, Any], Page[Any]]
    columns: tuple[Column, ...]
    empty: str
    """What belongs here and how to make the first (msgid)."""
    row_url: Callable[[Any], str] | None = None
    actions: tuple[Action, ...] = ()
    sheet: str = ""
    """The kind of spreadsheet that this list is exported to and imported from."""
    search: str = ""
    """What can be searched for (msgid); empty shows no search box."""
    options: Mapping[str, Callable[[Session, Actor], list[tuple[str, str]]]] | None = None
    """Choices of filter fields that are codes."""

    def render(self, **extra: Any) -> str:
        """Return the page of this request."""
        shape = self.filter()
        asked = {name: text for name, text in request.args.items() if name in shape.fields and text.strip()}
        errors: Mapping[str, Any] = {}
        try:
            wanted = load(shape, asked, text=True)
        except Invalid as error:
            wanted, errors = load(shape, {}, text=True), error.fields
        wanted = replace(wanted, count_most=MANY)
        session, actor = endpoint.session(), endpoint.actor()
        return render_template(
            "kernel/list.html",
            list=self,
            page=self.query(session, actor, wanted),
            asked=asked,
            errors=errors,
            filters=self._filters(shape, session, actor),
            actions=[action for action in self.actions if actor.may(action.permission)],
            exports=self._exports(actor, asked),
            imports=self._can_import(actor),
            page_url=lambda **changes: _here(asked, changes),
            **extra,
        )

    def _filters(self, shape: PageIn, session: Session, actor: Actor) -> list[dict[str, Any]]:
        found = []
        for name, field in shape.fields.items():
            if name in PageIn().fields:
                continue
            kind, options = "text", []
            if isinstance(field, Choice):
                kind, options = "select", [(item.value, field.label_of(item)) for item in field.kinds]
            elif self.options and name in self.options:
                kind, options = "select", self.options[name](session, actor)
            elif isinstance(field, Flag):
                kind, options = "select", [("true", gettext(N_("yes"))), ("false", gettext(N_("no")))]
            elif isinstance(field, Day):
                kind = "date"
            found.append({"name": name, "label": field.metadata["label"], "kind": kind, "options": options})
        return found

    def _exports(self, actor: Actor, asked: Mapping[str, str]) -> list[tuple[str, str]]:
        sheet = endpoint.suite().sheets.get(self.sheet)
        if sheet is None or sheet.rows is None or not actor.may(sheet.read):
            return []
        urls = [
            (suffix, url_for("sheets.export", kind=self.sheet, suffix=suffix)) for suffix in ("xlsx", "csv")
        ]
        return [(suffix, _with_query(url, asked)) for suffix, url in urls]

    def _can_import(self, actor: Actor) -> bool:
        sheet = endpoint.suite().sheets.get(self.sheet)
        return sheet is not None and sheet.load is not None and actor.may(sheet.write)


def _here(asked: Mapping[str, str], changes: Mapping[str, Any]) -> str:
    kept: dict[str, Any] = {name: text for name, text in asked.items() if name != "page"} | dict(changes)
    return _with_query(request.path, {name: value for name, value in kept.items() if value not in ("", None)})


def _with_query(path: str, values: Mapping[str, Any]) -> str:
    return f"{path}?{urlencode(values)}" if values else path
