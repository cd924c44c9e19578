"""The beaten path: whoever scans a code with a browser and is signed in nowhere is answered at the door.

Only an address that went the whole way through the application before is answered, with the headers it had;
the look is counted and the batch read anew each time. Whatever is unusual goes the whole way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, cast
from urllib.parse import quote

from cachetools import LRUCache
from flask import Flask
from werkzeug.http import parse_etags

from supplychain.base.gs1 import link
from supplychain.kernel import clock, i18n
from supplychain.kernel.errors import DomainError
from supplychain.kernel.i18n import DEFAULT_LOCALE
from supplychain.kernel.web.endpoint import EXTENSION, Web
from traceability.public import frame, page
from traceability.public.together import Together
from traceability.queries import look as looking
from traceability.rules.code import ScanKind, visitor_of
from traceability.services.scan import Look

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Start = Callable[..., Any]
Wsgi = Callable[[Environ, Start], Iterable[bytes]]
Address = tuple[str, str, str]
"""Scheme, path, and the languages that the phone speaks."""

_UNUSUAL = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_SEC_PURPOSE", "QUERY_STRING")
_OWN = frozenset({"etag", "content-length"})
"""Headers that each answer has of its own."""
PATHS = 4096
"""So many addresses are known at a time."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an address named when it went the whole way, and the headers of the answer."""

    web: Web
    gtin: str
    lot: str | None
    serial: str | None
    locale: str
    headers: Headers


class Door:
    """Stands before the application; safe between threads."""

    def __init__(self, app: Flask, inner: Wsgi) -> None:
        """Know no address yet."""
        self._app, self._inner = app, inner
        self._known: LRUCache[Address, Known] = LRUCache(PATHS)
        self._lock = Lock()
        self._together = Together()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer a look, or hand the request on."""
        if not _is_beaten(environ):
            return self._inner(environ, start)
        web = cast(Web, self._app.extensions[EXTENSION])
        address = (environ["wsgi.url_scheme"], environ["PATH_INFO"], environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        with self._lock:
            known = self._known.get(address)
        if known is None or known.web is not web:
            return self._inner(environ, self._learning(web, address, start))
        with i18n.using(known.locale):
            text = self._page(known, environ)
        return self._inner(environ, start) if text is None else _answer(environ, start, known, text)

    def _learning(self, web: Web, address: Address, start: Start) -> Start:
        """Return a way to begin an answer that remembers what the address named, if it is anybody's page."""

        def begin(status: str, headers: Headers, *rest: Any) -> Any:
            sent = {name.lower(): value for name, value in headers}
            if status.startswith("200") and "etag" in sent and "set-cookie" not in sent:
                known = _known(web, address[1], sent["content-language"], headers)
                with self._lock:
                    self._known[address] = known
            return start(status, headers, *rest)

        return begin

    def _page(self, known: Known, environ: Environ) -> str | None:
        """Count the look and return the page; None, and nothing counted, where it must be told anew."""
        database = known.web.database
        try:
            with database.glance() as connection:
                found = looking.find(connection, known.gtin, known.lot, known.serial)
            body = page.kept_body(known.web, found) if found and found.lot else None
            if found is None or found.lot is None or body is None:
                return None
            look = Look(
                found.lot.id, found.code.id if found.code else None, ScanKind.CONSUMER, self._visitor(environ)
            )
            looks = self._together.count(database, look) or found.looks
        except DomainError:
            return None
        seen = page.seen(found, looks, has_serial=known.serial is not None)
        return page.kept_page(known.web, self._app.jinja_env, environ["PATH_INFO"], found, seen, body)

    def _visitor(self, environ: Environ) -> str:
        address, agent = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_USER_AGENT", "")
        return visitor_of(str(self._app.secret_key), clock.today(), address, agent)


def _is_beaten(environ: Environ) -> bool:
    """Tell whether somebody without a name asks for the plain page of an item."""
    if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith("/01/"):
        return False
    accepted = environ.get("HTTP_ACCEPT", "")
    is_plain = environ["PATH_INFO"].isascii() and not any(environ.get(name) for name in _UNUSUAL)
    return is_plain and (not accepted or "text/html" in accepted)


def _known(web: Web, path: str, language: str, headers: Headers) -> Known:
    named = link.parse(quote(path), clock.today())
    kept = [(name, value) for name, value in headers if name.lower() not in _OWN]
    locale = "en" if language == "en" else DEFAULT_LOCALE
    return Known(web, named.key[1], named.get("10"), named.get("21"), locale, kept)


@lru_cache(256)
def _sealed(text: str) -> tuple[bytes, str]:
    """Return a page's bytes and validator; made once for a page that is kept."""
    sent = text.encode()
    return sent, frame.mark_of(sent)


def _answer(environ: Environ, start: Start, known: Known, text: str) -> Iterable[bytes]:
    sent, mark = _sealed(text)
    asked = environ.get("HTTP_IF_NONE_MATCH", "")
    if asked and parse_etags(asked).contains_weak(mark):
        headers = [pair for pair in known.headers if pair[0] != "Content-Type"]
        start("304 NOT MODIFIED", [*headers, ("ETag", f'"{mark}"')])
        return [b""]
    start("200 OK", [*known.headers, ("ETag", f'"{mark}"'), ("Content-Length", str(len(sent)))])
    return [sent]
