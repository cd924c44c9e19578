"""Somebody in front of a browser, without the browser: opens pages, fills in forms, presses buttons.

What a form does not offer cannot be sent, and what stands in it is sent along, as a browser does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from supplychain.base.models.party import Party
from supplychain.kernel.db.uow import Database
from supplychain.kernel.identity import services as identity
from supplychain.kernel.identity.services import AddUser
from supplychain.kernel.permissions import SYSTEM

_numbers = count(1)

PASSWORD = "a long password"

REFUSAL = 'class="notice notice-problem" role="status"'
"""How a page begins to tell why a button did nothing."""

LANGUAGE = {"Accept": "text/html", "Accept-Language": "zh-CN"}


@dataclass
class Form:
    """A form of a page, as it would be sent."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """Return what can be filled in."""
        return {name for name, _ in self.fields}

    def filled(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is sent when somebody changes some of it; a name that is not there is an error."""
        unknown = set(changes) - self.names
        assert not unknown, f"{unknown} cannot be filled in; {sorted(self.names)} can"
        kept = dict(reversed(self.fields))
        return kept | dict(changes)


class _Forms(HTMLParser):
    """Gathers a page's forms that are posted."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._textarea: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self._form = Form(given.get("action") or self.path)
            self.found.append(self._form)
        if self._form is None or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self._form.fields.append((name, given.get("value", "")))
        if tag == "select" and name:
            self._select = name
            self._form.fields.append((name, ""))
        if tag == "option" and self._select is not None and "selected" in given:
            self._form.fields[-1] = (self._select, given.get("value", ""))
        if tag == "textarea" and name:
            self._form.fields.append((name, ""))
            self._textarea = []

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea is not None and self._form is not None:
            self._form.fields[-1] = (self._form.fields[-1][0], "".join(self._textarea))
            self._textarea = None
        if tag == "select":
            self._select = None
        if tag == "form":
            self._form = None


class Person:
    """A user who signs in with a password and works on pages."""

    def __init__(self, web: Flask, username: str) -> None:
        """Begin signed in."""
        self.client = web.test_client()
        answer = self.fill("/sign-in", username=username, password=PASSWORD)
        assert answer.status_code == 303, answer.text

    def get(self, path: str) -> TestResponse:
        """Ask for a page or a paper, whatever comes back."""
        return self.client.get(path, headers=LANGUAGE)

    def see(self, path: str) -> str:
        """Return a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        return answer.text

    def print(self, path: str) -> bytes:
        """Return a PDF that must be there."""
        answer = self.get(path)
        content = bytes(answer.data)
        assert content.startswith(b"%PDF"), f"{path}: {answer.status}"
        return content

    def forms(self, path: str) -> list[Form]:
        """Return the forms of a page that are posted."""
        reader = _Forms(path)
        reader.feed(self.see(path))
        return reader.found

    def form(self, path: str) -> Form:
        """Return the form that a form page is about."""
        return next(found for found in self.forms(path) if found.action == path)

    def send(self, form: Form, changes: Mapping[str, Any] | None = None) -> TestResponse:
        """Send a form, with changes."""
        return self.client.post(form.action, data=form.filled(changes or {}), headers=LANGUAGE)

    def fill(self, path: str, /, **changes: Any) -> TestResponse:
        """Open a form page, fill it in and send it; `lines_0_boxes` is the field `lines.0.boxes`."""
        named = {_dotted(name): value for name, value in changes.items()}
        return self.send(self.form(path), named)

    def press(self, path: str, action: str) -> str:
        """Press the button that posts to an address; return where it led, having seen that it went well."""
        button = next((found for found in self.forms(path) if found.action == action), None)
        assert button is not None, f"{path} offers no {action}"
        path, page = self.led(self.send(button))
        assert REFUSAL not in page, page
        return path

    def led(self, answer: TestResponse) -> tuple[str, str]:
        """Return where an answer led, and the page that stood there."""
        assert answer.status_code == 303, answer.text
        path = urlsplit(answer.location).path
        return path, self.see(path)


def meet(web: Flask, database: Database, role: str, party: Party | None) -> Person:
    """Make a user in a role for a party and return the person, signed in."""
    name = f"walker{next(_numbers)}"
    with database.unit_of_work(SYSTEM) as uow:
        identity.add(uow, AddUser(name, name, PASSWORD, role, None if party is None else party.id))
    return Person(web, name)


def _dotted(name: str) -> str:
    parts = name.split("_", 2)
    return ".".join(parts) if len(parts) == 3 and parts[1].isdigit() else name
