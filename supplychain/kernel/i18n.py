"""Words in the reader's language: message catalogues, the current locale, translatable text.

Knows nothing of HTTP: the web layer chooses the locale, jobs and papers use the default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib import resources
from io import BytesIO
from types import MappingProxyType

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

DEFAULT_LOCALE = "zh_Hans_CN"
LOCALES = (DEFAULT_LOCALE, "en")

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)
_catalogues: dict[str, Translations] = {}


def N_(msgid: str) -> str:  # noqa: N802 - the gettext world's own name for "mark, translate later"
    """Mark an English msgid for extraction; it is translated where it is shown."""
    return msgid


@dataclass(frozen=True, slots=True)
class Text:
    """A msgid with the values of its %(named)s places; values may be Texts themselves."""

    msgid: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """Return the text in the current locale."""
        return gettext(self.msgid, **self.values)


@dataclass(frozen=True, slots=True)
class Listed:
    """Several texts in one, parted as the reader's language parts them."""

    texts: Sequence[Text | str]

    def __str__(self) -> str:
        """Return the texts in the current locale."""
        return ("、" if locale().startswith("zh") else ", ").join(str(text) for text in self.texts)


def gettext(msgid: str, /, **values: object) -> str:
    """Translate into the current locale and fill in the values; an unknown msgid stands for itself."""
    if not msgid:
        return ""
    catalogue = _catalogues.get(_locale.get())
    text = catalogue.gettext(msgid) if catalogue else msgid
    return text % {name: str(value) for name, value in values.items()} if values else text


def locale() -> str:
    """Return the locale that texts are made in right now."""
    return _locale.get()


@contextmanager
def using(name: str) -> Iterator[None]:
    """Make texts in this locale inside the block; an unknown name means the default."""
    token = _locale.set(name if name in LOCALES else DEFAULT_LOCALE)
    try:
        yield
    finally:
        _locale.reset(token)


def load(packages: tuple[str, ...]) -> None:
    """Read every package's `translations/<locale>/LC_MESSAGES/messages.po` into the process."""
    for name in LOCALES:
        merged = Translations()
        for package in packages:
            catalogue = _read(package, name)
            if catalogue is not None:
                merged.merge(catalogue)
        _catalogues[name] = merged


def known() -> frozenset[str]:
    """Return the English texts whose text in the default language differs: what a reader of it never sees."""
    catalogue = _catalogues.get(DEFAULT_LOCALE)
    pairs = catalogue._catalog.items() if catalogue else ()  # noqa: SLF001 - gettext offers no other way
    return frozenset(msgid for msgid, text in pairs if isinstance(msgid, str) and msgid and msgid != text)


def _read(package: str, name: str) -> Translations | None:
    source = resources.files(package) / "translations" / name / "LC_MESSAGES" / "messages.po"
    if not source.is_file():
        return None
    compiled = BytesIO()
    with source.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=name))
    compiled.seek(0)
    return Translations(compiled)
