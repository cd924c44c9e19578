"""The beaten path: whoever scans a code with a browser and is signed in nowhere is answered at the door.

Only pages that others were given the whole way through the application are answered, with the headers that
those had; the look is counted and the batch read anew each time. Whatever is unusual goes the whole way.
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

from supplychain.base.gs1 import link
from supplychain.base.gs1.keys import Gs1Error
from supplychain.kernel import clock, i18n
from supplychain.kernel.errors import DomainError
from supplychain.kernel.i18n import DEFAULT_LOCALE
from supplychain.kernel.web.endpoint import EXTENSION, Web
from traceability.public import frame, page, recorder
from traceability.public.recent import Named, Recent
from traceability.public.whole import Page
from traceability.rules.code import ScanKind, visitor_of

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Start = Callable[..., Any]
Wsgi = Callable[[Environ, Start], Iterable[bytes]]
Wish = tuple[str, str]
"""Scheme, and the languages that the phone speaks."""

_UNUSUAL = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "QUERY_STRING")
_OWN = frozenset({"etag", "content-length", "content-encoding", "link"})
"""Headers that each answer has of its own."""
WISHES = 256
"""So many ways of wishing are known at a time."""


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a page is answered that somebody wishes so: its language and its headers."""

    web: Web
    locale: str
    headers: Headers


class Door:
    """Stands before the application; safe between threads."""

    def __init__(self, app: Flask, inner: Wsgi) -> None:
        """Know no manners yet."""
        self._app, self._inner = app, inner
        self._manners: LRUCache[Wish, _Manner] = LRUCache(WISHES)
        self._lock = Lock()
        self._recent = Recent()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer a look, or hand the request on."""
        named = _named(environ["PATH_INFO"]) if _is_beaten(environ) else None
        if named is None:
            return self._inner(environ, start)
        web = cast(Web, self._app.extensions[EXTENSION])
        wish = (environ["wsgi.url_scheme"], environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        with self._lock:
            manner = self._manners.get(wish)
        if manner is None or manner.web is not web:
            return self._inner(environ, self._learning(web, wish, environ["PATH_INFO"], start))
        with i18n.using(manner.locale):
            found = self._page(web, named, environ)
            answer = None if found is None else self._answer(found, manner, environ, start)
        return self._inner(environ, start) if answer is None else answer

    def _learning(self, web: Web, wish: Wish, path: str, start: Start) -> Start:
        """Return a way to begin an answer that remembers its manner, if it is anybody's page."""

        def begin(status: str, headers: Headers, *rest: Any) -> Any:
            told = {name.lower(): value for name, value in headers}
            is_page = status.startswith("200") and told.get("link") == frame.link_to_all(path)
            if is_page and "etag" in told and "set-cookie" not in told:
                manner = _manner(web, told["content-language"], headers)
                with self._lock:
                    self._manners[wish] = manner
            return start(status, headers, *rest)

        return begin

    def _page(self, web: Web, named: Named, environ: Environ) -> Page | None:
        """Count the look and return the page; None, and nothing counted, where it must be told anew."""
        who = self._visitor(environ)
        try:
            found = self._recent.find(web.database, named, who)
            body = page.kept_body(web, found) if found and found.lot else None
            if found is None or body is None:
                return None
            looks = found.looks
            if page.is_read(environ.get("HTTP_SEC_PURPOSE", "")):
                looks = page.counted(recorder.of(self._app), found, ScanKind.CONSUMER, who)
        except DomainError:
            return None
        seen = page.seen(found, looks, has_serial=named.serial is not None)
        return Page(environ["PATH_INFO"], found, seen, body)

    def _answer(self, found: Page, manner: _Manner, environ: Environ, start: Start) -> Iterable[bytes]:
        mark = found.mark()
        own = [("ETag", frame.etag(mark)), ("Link", frame.link_to_all(found.path))]
        if frame.has(environ.get("HTTP_IF_NONE_MATCH", ""), mark):
            headers = [pair for pair in manner.headers if pair[0] != "Content-Type"]
            start("304 NOT MODIFIED", [*headers, *own])
            return [b""]
        text = found.written(manner.web.kept, self._app.jinja_env)
        sent, packing = frame.sent(text, environ.get("HTTP_ACCEPT_ENCODING", ""))
        start("200 OK", [*manner.headers, *own, *packing.items(), ("Content-Length", str(len(sent)))])
        return [sent]

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


@lru_cache(4096)
def _named(path: str) -> Named | None:
    """Return what an address names; None when it is not written in the plain way."""
    address = quote(path)
    try:
        named = link.parse(address, clock.today())
    except Gs1Error:
        return None
    pairs = dict((named.key, *named.qualifiers))
    is_plain = pairs.keys() <= {"01", "10", "21"} and link.build(tuple(pairs.items()), "") == address
    return Named(pairs["01"], pairs.get("10"), pairs.get("21")) if is_plain else None


def _manner(web: Web, language: str, headers: Headers) -> _Manner:
    kept = [(name, value) for name, value in headers if name.lower() not in _OWN]
    return _Manner(web, "en" if language == "en" else DEFAULT_LOCALE, kept)
