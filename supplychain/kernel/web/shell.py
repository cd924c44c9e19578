"""The shell around every page: sign-in, language, headers, layout. The addons bring what is inside."""

from __future__ import annotations

import gzip
import logging
import secrets
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Request, Response, abort, g, request, send_from_directory, url_for
from flask import session as cookie
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from jinja2 import StrictUndefined
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from supplychain.kernel import i18n
from supplychain.kernel.db.uow import Database
from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import DEFAULT_LOCALE, LOCALES, N_, gettext
from supplychain.kernel.identity import queries as identities
from supplychain.kernel.identity import services
from supplychain.kernel.identity.queries import Identity
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings
from supplychain.kernel.web import charts, endpoint, menu, openapi, problems, sheets, wording
from supplychain.kernel.web.endpoint import EXTENSION, Web

STATIC = Path(__file__).parent / "static"
YEAR = 365 * 24 * 3600
GZIP_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

csrf = CSRFProtect()

_log = logging.getLogger(__name__)


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """A signed-in user, as Flask-Login knows it; the key in the cookie names user, epoch and grant."""

    def __init__(self, identity: Identity) -> None:
        """Hold the identity."""
        self.identity = identity

    def get_id(self) -> str:
        """Return the key that the cookie carries."""
        found = self.identity
        return f"{found.user_id}:{found.session_epoch}:{found.grant_id}"


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie; what anybody may keep carries nobody's cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session; nothing is checked where there is no cookie, as for most who scan a code."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie, unless caches between us and the reader may hold the answer."""
        if not response.cache_control.public:
            super().save_session(app, session, response)


def install(app: Flask, settings: Settings, suite: Suite, database: Database) -> None:
    """Make a bare Flask application the suite: everything between HTTP and the addons' views."""
    app.extensions[EXTENSION] = Web(settings, suite, database)
    for addon in suite.addons:
        for door in addon.doors:
            app.wsgi_app = door(app, app.wsgi_app)  # type: ignore[method-assign]  # as Flask's own manual does it
    _configure(app, settings)
    _sign_in(app)
    _templates(app, suite)
    problems.install(app)
    app.register_blueprint(_static())
    app.register_blueprint(sheets.blueprint)
    for addon in suite.addons:
        for blueprint in addon.pages:
            app.register_blueprint(blueprint)
    openapi.install(app, (sheets.api, *(blueprint for addon in suite.addons for blueprint in addon.apis)))
    app.before_request(_refuse_nul)
    app.before_request(_choose_locale)
    app.before_request(_protect)
    app.after_request(_headers)
    app.teardown_request(_leave)


def _configure(app: Flask, settings: Settings) -> None:
    app.config |= {
        "SECRET_KEY": settings.signing_key(),
        "MAX_CONTENT_LENGTH": settings.max_upload_bytes,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_hours),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
    }
    app.session_interface = Sessions()
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    if settings.behind_proxies:
        count = settings.behind_proxies
        proxied = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # as Flask's own manual does it


def _sign_in(app: Flask) -> None:
    csrf.init_app(app)
    login = LoginManager(app)
    login.session_protection = None
    login.user_loader(_from_cookie)
    login.request_loader(_from_header)


def _from_cookie(key: str) -> SignedIn | None:
    try:
        user_id, epoch, grant_id = (int(part) for part in key.split(":"))
    except ValueError:
        return None
    found = identities.identity(endpoint.session(), endpoint.suite(), user_id, grant_id)
    return SignedIn(found) if found is not None and found.session_epoch == epoch else None


def _from_header(_request: object) -> SignedIn | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    found = identities.identity_by_token(endpoint.session(), endpoint.suite(), token.strip())
    if found is None:
        return None
    g.by_token = True
    if found.unnoted_token is not None:
        _note_use(found.unnoted_token)
    return SignedIn(found)


def _note_use(token_id: int) -> None:
    """Remember the day on which a token was used; a note that cannot be taken keeps nobody out."""
    endpoint.close_session()
    try:
        with endpoint.web().database.unit_of_work(SYSTEM, durable=False) as uow:
            services.note_use(uow, token_id)
    except SQLAlchemyError:
        _log.warning("the use of token %s was not noted", token_id, exc_info=True)


def _refuse_nul() -> None:
    """Answer 404 to an address with a NUL in it: no record is called so, and PostgreSQL refuses to look."""
    if "\0" in request.path:
        abort(404)


def _choose_locale() -> None:
    if request.endpoint == "static":
        return
    chosen = request.args.get("lang") or cookie.get("locale")
    if chosen not in LOCALES:
        chosen = {"zh": DEFAULT_LOCALE}.get(str(chosen))
    if chosen is None and endpoint.is_machine():
        chosen = "en" if request.accept_languages.best_match(["zh", "en"]) == "en" else DEFAULT_LOCALE
    found = None if chosen else endpoint.identity()
    g.locale_scope = i18n.using(chosen or (found.locale if found else DEFAULT_LOCALE))
    g.locale_scope.__enter__()


def _protect() -> None:
    """Refuse a forged request: every act by cookie carries the page's token; bearers need none."""
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.endpoint is None:
        return
    if current_user.is_authenticated and g.get("by_token"):
        return
    if request.path.startswith(endpoint.MACHINE_PATHS) and not current_user.is_authenticated:
        return
    try:
        csrf.protect()
    except CSRFError:
        raise Refused(N_("This page was open too long. Go back, reload it and try again.")) from None


def _headers(response: Response) -> Response:
    style = "'self' " + " ".join(f"'sha256-{digest}'" for digest in g.get("inline_styles", ()))
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; img-src 'self' data: blob:; style-src {style.strip()}; "
        "script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in response.headers and current_user.is_authenticated:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _leave(error: BaseException | None = None) -> None:
    endpoint.close_session(error)
    scope = g.pop("locale_scope", None)
    if scope is not None:
        scope.__exit__(None, None, None)


def _templates(app: Flask, suite: Suite) -> None:
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(wording.FORMATS | {"attr_format": wording.formatted})
    environment.globals.update(
        _=gettext,
        icon=icon,
        asset=asset,
        chart=charts,
        csrf_token=generate_csrf,
        form_token=lambda: secrets.token_urlsafe(18),
    )
    app.context_processor(lambda: _context(suite))


def _context(suite: Suite) -> dict[str, Any]:
    who = endpoint.actor()
    found = endpoint.identity()
    return {
        "actor": who,
        "signed_in": found,
        "role": suite.roles[who.role].title if who.role in suite.roles else "",
        "menu": menu.sections(suite.nav(who), request.endpoint or "", request.path, url_for) if found else (),
        "locale": i18n.locale(),
        "here": request.endpoint or "",
    }


def icon(name: str, label: str = "") -> Markup:
    """Return an icon of the sprite; decorative unless it has a label."""
    described = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {}><use href="{}#{}"/></svg>').format(
        described, asset("vendor/icons.svg"), name
    )


def asset(path: str) -> str:
    """Return the address of a static file with its content's mark, so that it can be kept for a year."""
    return url_for("static", filename=path, v=_mark(path))


@lru_cache(maxsize=256)
def _mark(path: str) -> str:
    found = STATIC / path
    return sha256(found.read_bytes()).hexdigest()[:10] if found.is_file() else "0"


def _static() -> Blueprint:
    """Serve the kernel's static files, compressed once."""
    blueprint = Blueprint("kernel", __name__, template_folder="templates")

    def static(filename: str) -> Response:
        suffix = Path(filename).suffix
        wants_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
        if suffix not in GZIP_TYPES or not wants_gzip:
            response = send_from_directory(STATIC, filename, max_age=YEAR if "v" in request.args else 3600)
        else:
            response = Response(_compressed(filename), mimetype=GZIP_TYPES[suffix])
            response.headers["Content-Encoding"] = "gzip"
            response.cache_control.public = True
            response.cache_control.max_age = YEAR if "v" in request.args else 3600
        response.headers["Vary"] = "Accept-Encoding"
        return response

    blueprint.record_once(
        lambda state: state.app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=static)
    )
    return blueprint


@lru_cache(maxsize=64)
def _compressed(filename: str) -> bytes:
    found = STATIC / filename
    if "\0" in filename or not found.resolve().is_relative_to(STATIC) or not found.is_file():
        abort(404)
    return gzip.compress(found.read_bytes(), 9, mtime=0)
