"""Form pages: a shape becomes fields; what was typed stays until it is right; sent twice acts once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, form_token
from supplychain.kernel.errors import DomainError, Stale
from supplychain.kernel.i18n import Text
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema import fields as shapes
from supplychain.kernel.schema.base import Shape, load
from supplychain.kernel.schema.upload import Sent, Upload
from supplychain.kernel.web import endpoint, problems

Options = Callable[[Session, Actor], Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Input:
    """One field as a template draws it."""

    name: str
    label: str
    unit: str
    help: str
    kind: str
    """text, textarea, decimal, number, date, datetime-local, select, checkbox, password, file, lines or
    hidden."""
    value: Any
    is_required: bool
    options: Sequence[tuple[str, str]] = ()
    errors: Sequence[Any] = ()
    lines: Sequence[Sequence[Input]] = ()
    """For `lines`: one row of inputs per line."""
    accept: str = ""
    """For `file`: the media types that are taken."""


@dataclass(frozen=True, slots=True)
class FormPage:
    """A form: its shape, what it does, where it leads, the verb on its button."""

    title: str
    shape: type[Shape]
    act: Callable[[UnitOfWork, Any], Any]
    then: Callable[[Any], str]
    """Where the result leads; called inside the transaction."""
    verb: str
    intro: str = ""
    options: Mapping[str, Options] = field(default_factory=dict)
    """Choices of fields that are codes, by field name; `lines.item` for a field of a line."""
    defaults: Callable[[Session, Actor], Mapping[str, Any]] | None = None
    """What stands there at first: last time's values, as texts."""
    hidden: tuple[str, ...] = ()
    about: tuple[str, int] | None = None
    """The document that it changes, (kind, id) as in the audit trail: when somebody else changed it since
    the form was opened, nothing is done, and what was typed stands there to be looked at again."""
    template: str = "kernel/form.html"

    def handle(self, **extra: Any) -> ResponseReturnValue:
        """Show the form, or do what it says and lead on."""
        if request.method == "GET":
            values = dict(self.defaults(endpoint.session(), endpoint.actor())) if self.defaults else {}
            values |= {name: text for name, text in request.args.items() if name in self.shape().fields}
            return self._show(values, {}, None, 200, extra)
        values = nested(request.form) | _files(self.shape())
        if "_add" in request.form:
            return self._show(_with_line(values, request.form["_add"]), {}, None, 200, extra)
        values, token = _filled(values), request.form.get("_form", "")[:64]
        try:
            return redirect(_sent_before(token) or self._send(values, token), 303)
        except DomainError as error:
            twin = _sent_before(token)
            if twin is not None:
                return redirect(twin, 303)
            if isinstance(error, Stale):
                values = {name: value for name, value in values.items() if name != "_seen"}
            return self._show(values, problems.messages(error), error.text, problems.status_of(error), extra)

    def _send(self, values: Mapping[str, Any], token: str) -> str:
        sent = {name: value for name, value in values.items() if not name.startswith("_")}
        command = load(self.shape(), sent, text=True)
        with endpoint.unit_of_work() as uow:
            audit.check_seen(uow, str(values.get("_seen", "")))
            result = self.act(uow, command)
            uow.flush()
            location = self.then(result)
            if token:
                form_token.spend(uow, token, location)
        return location

    def _show(
        self,
        values: Mapping[str, Any],
        errors: Mapping[str, Sequence[Any]],
        problem: Text | None,
        status: int,
        extra: Mapping[str, Any],
    ) -> ResponseReturnValue:
        inputs = inputs_of(self.shape(), values, errors, self.options, hidden=self.hidden)
        shown = {item.name for item in inputs}
        page = render_template(
            self.template,
            form=self,
            inputs=inputs,
            problem=problem,
            loose={name: text for name, text in errors.items() if name.split(".")[0] not in shown},
            token=values.get("_form") or secrets.token_urlsafe(18),
            seen=values.get("_seen") or self._seen(),
            **({"is_upload": any(item.kind == "file" for item in inputs)} | dict(extra)),
        )
        return page, status

    def _seen(self) -> str:
        return "" if self.about is None else audit.seen(endpoint.session(), *self.about)


def inputs_of(
    shape: Any,
    values: Mapping[str, Any],
    errors: Mapping[str, Sequence[Any]],
    options: Mapping[str, Options],
    *,
    prefix: str = "",
    path: str = "",
    hidden: tuple[str, ...] = (),
) -> list[Input]:
    """Return the inputs of a shape with what was typed and what was wrong; `lines` hold rows of inputs."""
    found = []
    for name, declared in shape.fields.items():
        if declared.dump_only:
            continue
        full = f"{prefix}{name}"
        if isinstance(declared, shapes.Lines):
            found.append(_lines(full, declared, values.get(name) or [{}], errors, options))
            continue
        choices = _choices(declared, options.get(f"{path}{name}"))
        kind = "hidden" if name in hidden else _kind(declared, choices)
        found.append(
            Input(
                full,
                declared.metadata.get("label", name),
                declared.metadata.get("unit", ""),
                declared.metadata.get("help", ""),
                kind,
                _typed(declared, values.get(name, "")),
                declared.required,
                choices,
                errors.get(full, ()),
                accept=declared.accept if isinstance(declared, Upload) else "",
            )
        )
    return found


def nested(form: Any) -> dict[str, Any]:
    """Return a form's values with `lines.0.boxes` gathered into lists of lines."""
    found: dict[str, Any] = {}
    lines: dict[str, dict[int, dict[str, str]]] = {}
    for name, text in form.items():
        parts = name.split(".")
        if name == "csrf_token":
            continue
        if len(parts) == 3 and parts[1].isdigit() and len(parts[1]) < 5:
            lines.setdefault(parts[0], {}).setdefault(int(parts[1]), {})[parts[2]] = text
        else:
            found[name] = text
    for name, rows in lines.items():
        found[name] = [rows[number] for number in sorted(rows)]
    return found


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Drop empty lines: a form offers more of them than are needed. An unticked box alone fills none."""
    return {
        name: [line for line in value if any(text.strip() not in {"", "false"} for text in line.values())]
        if isinstance(value, list)
        else value
        for name, value in values.items()
    }


def _files(shape: Shape) -> dict[str, Any]:
    """Return the files that a form asks for; a field that nobody filled sends one without a name."""
    found = {}
    for name, file in request.files.items():
        if file.filename and isinstance(shape.fields.get(name), Upload):
            found[name] = Sent(file.filename, file.read())
        file.close()
    return found


def _sent_before(token: str) -> str | None:
    """Return where this very form led when it was sent before, perhaps a moment ago."""
    endpoint.close_session()
    return form_token.spent_on(endpoint.session(), token) if token else None


def _with_line(values: dict[str, Any], name: str) -> dict[str, Any]:
    return values | {name: [*values.get(name, []), {}]}


def _lines(
    name: str,
    declared: shapes.Lines,
    rows: Sequence[Mapping[str, Any]],
    errors: Mapping[str, Sequence[Any]],
    options: Mapping[str, Options],
) -> Input:
    drawn = [
        inputs_of(declared.shape(), row, errors, options, prefix=f"{name}.{index}.", path=f"{name}.")
        for index, row in enumerate(rows)
    ]
    label = str(declared.metadata["label"])
    return Input(name, label, "", "", "lines", "", declared.required, (), errors.get(name, ()), drawn)


def _choices(declared: Any, options: Options | None) -> Sequence[tuple[str, str]]:
    if options is not None:
        return options(endpoint.session(), endpoint.actor())
    if isinstance(declared, shapes.Choice):
        return [(item.value, declared.label_of(item)) for item in declared.kinds]
    return ()


def _kind(declared: Any, choices: Sequence[tuple[str, str]]) -> str:
    if declared.metadata.get("widget"):
        return str(declared.metadata["widget"])
    if choices:
        return "select"
    kinds = {
        shapes.Scaled: "decimal",
        shapes.Count: "number",
        shapes.Day: "date",
        shapes.Moment: "datetime-local",
        shapes.Flag: "checkbox",
        Upload: "file",
    }
    return next((kind for cls, kind in kinds.items() if isinstance(declared, cls)), "text")


def _typed(declared: Any, value: Any) -> Any:
    """Return a value as the input shows it: a default may be the field's own type, a sent one is text."""
    if isinstance(value, Sent):
        return ""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(declared, shapes.Moment):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    if isinstance(declared, shapes.Scaled):
        return declared.scale.short(value).replace(",", "")
    if isinstance(declared, shapes.Day):
        return value.isoformat()
    return value
