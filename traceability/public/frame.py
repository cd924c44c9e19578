"""How every public page leaves: style inside, a strict policy, the reader's language, a validator.

What the pages say is made in the other modules of this package.
"""

from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Response, current_app, request
from jinja2 import Environment, Template
from markupsafe import Markup

from supplychain.kernel import i18n
from supplychain.kernel.i18n import DEFAULT_LOCALE
from traceability.rules.resolver import LINKSET_TYPE

_STYLE = (Path(__file__).parents[1] / "templates" / "traceability" / "consumer.css").read_text("utf-8")
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_LANGUAGES = {"zh": DEFAULT_LOCALE, DEFAULT_LOCALE: DEFAULT_LOCALE, "en": "en"}
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Link, ETag, Content-Language"}
"""Anyone's page may read what anyone may see."""
VARY = "Accept, Accept-Language, Cookie, Authorization"
"""The same address leads staff to their sheet, and answers programs with links."""


def language() -> str:
    """Return the chosen language, or the phone's."""
    chosen = _LANGUAGES.get(request.args.get("lang", ""))
    if chosen is not None:
        return chosen
    return "en" if request.accept_languages.best_match(["zh", "en"]) == "en" else DEFAULT_LOCALE


def written(template: str, **rows: Any) -> str:
    """Return a page as text."""
    return rendered(current_app.jinja_env, request.path, template, **rows)


def rendered(jinja: Environment, path: str, template: str, **rows: Any) -> str:
    """Return the page at a path as text."""
    return styled(jinja.get_template(template), here=path, **rows)


def styled(template: Template, **rows: Any) -> str:
    """Return a page with its style inside, in the reader's language."""
    style = Markup(_STYLE)  # noqa: S704 - our own file
    return template.render(style=style, locale=i18n.locale(), **rows)


def mark_of(page: bytes) -> str:
    """Return the validator of a page."""
    return sha256(page).hexdigest()[:32]


def answer(page: str, status: int = 200) -> Response:
    """Return a page with a validator: whoever has this very page gets 304."""
    response = _dressed(Response(page, status, mimetype="text/html"))
    response.headers["Cache-Control"] = "no-cache"
    if status == 200:
        response.headers["Link"] = link_to_all(request.path)
        response.set_etag(mark_of(response.data))
        if request.if_none_match:
            response.make_conditional(request)
    return response


def answer_marked(mark: str, write: Callable[[], bytes]) -> Response:
    """Return a page whose validator is known before it is written; whoever has it gets 304, unwritten.

    Anybody may hold it, and must ask each time whether it still counts.
    """
    if has(request.headers.get("If-None-Match", ""), mark):
        response = Response(status=304)
        del response.headers["Content-Type"]
    else:
        page, packing = sent(write(), request.headers.get("Accept-Encoding", ""))
        response = Response(page, headers=packing, mimetype="text/html")
    headers = _dressed(response).headers
    headers["Cache-Control"] = "public, no-cache"
    headers["Vary"] = f"{VARY}, Accept-Encoding"
    headers["Link"] = link_to_all(request.path)
    headers["ETag"] = etag(mark)
    return response


def has(asked: str, mark: str) -> bool:
    """Tell whether a list of validators names a mark; nothing else could contain it."""
    return mark in asked or asked.strip() == "*"


def etag(mark: str) -> str:
    """Return a validator as it is sent: weak, for the page may come packed or not, and counts may differ."""
    return f'W/"{mark}"'


def sent(page: bytes, accepted: str) -> tuple[bytes, dict[str, str]]:
    """Return the bytes that a page is sent as, and the headers that say so: packed for whoever takes that."""
    if "gzip" not in accepted:
        return page, {}
    return _packed(page), {"Content-Encoding": "gzip"}


@lru_cache(64)
def _packed(page: bytes) -> bytes:
    return gzip.compress(page, 6, mtime=0)


def _dressed(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _POLICY
    headers["Content-Language"] = "en" if i18n.locale() == "en" else "zh-CN"
    headers["Vary"] = VARY
    headers.extend(CORS)
    return response


def link_to_all(path: str) -> str:
    """Return the header that leads to the set of links (resolver standard: only this one, not every link)."""
    return f'<{Markup.escape(path)}?linkType=linkset>; rel="linkset"; type="{LINKSET_TYPE}"'


def unknown() -> Response:
    """Answer a well-formed code that was not given out here."""
    return answer(written("traceability/consumer_problem.html", is_known=True), 404)


def malformed() -> Response:
    """Answer an address that is no Digital Link."""
    return answer(written("traceability/consumer_problem.html", is_known=False), 400)


def unknown_kind() -> Response:
    """Answer a link type that a known thing has no link of."""
    return answer(written("traceability/consumer_problem.html", is_known=None), 404)
