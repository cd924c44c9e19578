"""A file in a form: small, and of a kind that its first bytes prove, whatever its sender calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.schema.base import STANDARD
from supplychain.kernel.schema.fields import Described

MOST_BYTES = 4 * 1024 * 1024
"""A scanned report of some pages; everything lies in the database and in every backup of it."""

_MAGIC = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
_SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as a browser sent it: nobody has looked at it yet."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file whose kind is known from its bytes."""

    filename: str
    media_type: str
    content: bytes


class NoGoodFile(ValueError):
    """Empty, too large, or of another kind; `text` says which."""

    def __init__(self, text: Text) -> None:
        """Keep the sentence for whoever sent it."""
        super().__init__(text.msgid)
        self.text = text


def looked_at(sent: Sent) -> Uploaded:
    """Return a file with the kind that its first bytes prove: PDF, JPEG or PNG. Raises NoGoodFile."""
    if not sent.content:
        raise NoGoodFile(Text(N_("The file is empty.")))
    if len(sent.content) > MOST_BYTES:
        raise NoGoodFile(
            Text(N_("The file is larger than %(most)s MB."), {"most": MOST_BYTES // 1024 // 1024})
        )
    kind = next((kind for magic, kind in _MAGIC.items() if sent.content.startswith(magic)), None)
    if kind is None:
        raise NoGoodFile(Text(N_("Only PDF, JPEG and PNG files can be attached.")))
    return Uploaded(_named(sent.filename, kind), kind, sent.content)


def checked(name: str, sent: Sent) -> Uploaded:
    """Return a file that was looked at, or raise Invalid at a field."""
    try:
        return looked_at(sent)
    except NoGoodFile as error:
        raise Invalid.at(name, error.text.msgid, **error.text.values) from None


class Upload(Described):
    """A file of a form; loads as Uploaded."""

    accept = ",".join(_MAGIC.values())

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Uploaded:
        if not isinstance(value, Sent):
            raise self.refuse(STANDARD["type"])
        try:
            return looked_at(value)
        except NoGoodFile as error:
            raise self.refuse(error.text.msgid, **error.text.values) from None


def _named(filename: str, kind: str) -> str:
    """Return a name to keep: without path and control characters, with the ending that its bytes have."""
    base = filename.replace("\\", "/").rsplit("/", 1)[-1]
    stem = "".join(letter for letter in base if letter.isprintable() and letter not in '<>:"|?*').strip(" .")
    ending = _SUFFIXES[kind]
    known = (ending, ".jpeg") if kind == "image/jpeg" else (ending,)
    stem = stem[:160] or "file"
    return stem if stem.lower().endswith(known) else f"{stem}{ending}"
