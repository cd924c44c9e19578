"""The base of every shape that comes in or goes out: unknown fields refused, commands made.

Shape only; whether the state of things allows the act is the service's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

import marshmallow as ma

from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_, Text

_reads_text: ContextVar[bool] = ContextVar("reads_text", default=False)

STANDARD = {
    "required": N_("This is needed."),
    "null": N_("This is needed."),
    "unknown": N_("There is no such field."),
    "type": N_("Not in the expected form."),
    "invalid": N_("Not in the expected form."),
}
"""What marshmallow says in English is said in these words."""


class Shape(ma.Schema):
    """A schema whose loaded value is the frozen dataclass named by `command`, or a dict without one."""

    command: ClassVar[type[Any] | None] = None
    error_messages = {"unknown": STANDARD["unknown"], "type": STANDARD["type"]}  # noqa: RUF012 - marshmallow reads it from the class

    class Meta:
        """Refuse what nobody declared; keep the declared order."""

        unknown = ma.RAISE

    @ma.post_load
    def _make(self, values: dict[str, Any], **_: Any) -> Any:
        return values if self.command is None else self.command(**values)


def load(shape: Shape, values: Mapping[str, Any], *, text: bool = False) -> Any:
    """Return the command of these values, or raise Invalid with every message at its field.

    With `text` the values come from a form or spreadsheet: everything is text, empty means absent,
    labels stand for codes, and a time without an offset is Shanghai's.
    """
    token = _reads_text.set(text)
    try:
        return shape.load(_present(values) if text else values)
    except ma.ValidationError as error:
        messages = error.messages if isinstance(error.messages, Mapping) else {"_schema": error.messages}
        raise Invalid(N_("Some fields need another look."), fields=flatten(messages)) from None
    finally:
        _reads_text.reset(token)


def filter_of(shape: Shape, asked: Mapping[str, str]) -> Any:
    """Return the filter that a list's page was showing; what the shape does not know is left out."""
    return load(shape, {name: text for name, text in asked.items() if name in shape.fields}, text=True)


def reads_text() -> bool:
    """Tell whether the values being loaded come from a form or spreadsheet."""
    return _reads_text.get()


@contextmanager
def reading_text() -> Iterator[None]:
    """Load what is text inside the block; for schemas that are loaded by somebody else's code."""
    token = _reads_text.set(True)
    try:
        yield
    finally:
        _reads_text.reset(token)


def flatten(messages: Mapping[Any, Any], prefix: str = "") -> dict[str, Sequence[Text | str]]:
    """Return nested messages by path: `lines.0.boxes`."""
    found: dict[str, Sequence[Text | str]] = {}
    for name, value in messages.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found.update(flatten(value, f"{path}."))
        else:
            found[path] = [item if isinstance(item, Text) else Text(str(item)) for item in value]
    return found


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what is left empty, in lines as well."""
    return {
        name: [_present(line) if isinstance(line, Mapping) else line for line in value]
        if isinstance(value, list)
        else value
        for name, value in values.items()
        if not isinstance(value, str) or value.strip()
    }
