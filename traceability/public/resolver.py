"""The GS1-conformant resolver: one address for people, programs and staff.

A browser (Accept with text/html, or no Accept at all) gets the page itself: it is what the default link leads
to. A client that only takes `*/*` or something else is redirected to the default link (307), as the standard
has it; an address with `lang` is always the page, so that nobody goes round in a circle. Staff are led to the
sheet on which they work (303); with `lang` they see what consumers see.
Source: GS1-Conformant Resolver Standard 1.2.0. The pages themselves live in `page` and `facts`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from supplychain.base.gs1 import link
from supplychain.base.gs1.keys import Gs1Error
from supplychain.base.gs1.link import Link
from supplychain.kernel import clock, i18n
from supplychain.kernel.web import endpoint
from traceability.public import facts, frame, links, page, sheet
from traceability.queries import consumer
from traceability.queries import look as looking
from traceability.queries.look import Found
from traceability.rules import resolver
from traceability.rules.resolver import ALL_LINKS, LINKSET_CONTEXT, LINKSET_TYPE, Level, Offer, Wish

bp = Blueprint("trace", __name__, template_folder="../templates")

KEYS = ("00", "01", "253", "414", "417", "8004")
"""The keys behind which there is something here."""
_PEOPLE = ("text/html", "application/xhtml+xml")
_OURS = frozenset({"lang", "linkType", "context"})
"""What is said to the resolver; everything else is passed on."""
_METHODS = "GET, HEAD, OPTIONS"
_MANY = {resolver.DEFAULT_LINK: resolver.DEFAULT_LINKS}
"""Of the default there is one in each language: the reader's is meant."""


@bp.route("/01/<path:rest>", methods=["GET", "OPTIONS"], provide_automatic_options=False)
@bp.route("/00/<path:rest>", methods=["GET", "OPTIONS"], provide_automatic_options=False)
@bp.route("/253/<path:rest>", methods=["GET", "OPTIONS"], provide_automatic_options=False)
@bp.route("/414/<path:rest>", methods=["GET", "OPTIONS"], provide_automatic_options=False)
@bp.route("/417/<path:rest>", methods=["GET", "OPTIONS"], provide_automatic_options=False)
@bp.route("/8004/<path:rest>", methods=["GET", "OPTIONS"], provide_automatic_options=False)
def resolve(rest: str) -> ResponseReturnValue:
    """Answer a GS1 Digital Link: the page, a link of the type that was asked for, or all links."""
    with i18n.using(frame.language()):
        try:
            named = link.parse(_address(), clock.today())
        except Gs1Error:
            return frame.malformed()
        return _answered(named)


@bp.route("/<compressed>", methods=["GET", "OPTIONS"], provide_automatic_options=False)
def resolve_short(compressed: str) -> ResponseReturnValue:
    """Answer a compressed GS1 Digital Link; any other word in its place leads nowhere."""
    with i18n.using(frame.language()):
        try:
            named = link.parse(_address(), clock.today())
        except Gs1Error:
            abort(404)
        return _answered(named) if named.key[0] in KEYS else frame.unknown()


def _answered(named: Link) -> Response:
    if request.method == "OPTIONS":
        response = _methods()
    elif named.key[0] == "01":
        response = _item(named)
    else:
        response = _fact(named)
    plain = link.build((named.key, *named.qualifiers), "")
    if quote(request.path).rstrip("/") != plain:
        same = f'<{_root()}{plain}>; rel="http://www.w3.org/2002/07/owl#sameAs"'
        response.headers["Link"] = ", ".join(filter(None, (response.headers.get("Link"), same)))
    return response


@bp.get("/.well-known/gs1resolver")
def description() -> ResponseReturnValue:
    """Describe this resolver, as the standard's description file does."""
    found = {
        "name": "Datian to Pudong",
        "resolverRoot": endpoint.web().settings.base_url.rstrip("/"),
        "supportedPrimaryKeys": list(KEYS),
        "supportedLinkType": [{"namespace": resolver.VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
    }
    headers = frame.CORS | {"Cache-Control": "public, max-age=3600"}
    return Response(json.dumps(found), mimetype="application/json", headers=headers)


@bp.get("/trace/items/<gtin>.jsonld")
def master_data(gtin: str) -> ResponseReturnValue:
    """Give the master data of a product in the words of the GS1 Web vocabulary."""
    goods = consumer.known(endpoint.session(), gtin)
    if goods is None:
        return frame.unknown()
    response = Response(json.dumps(links.product(_root(), goods), ensure_ascii=False))
    response.mimetype = "application/ld+json"
    return _for_programs(response, frame.link_to_all(f"/01/{goods.gtin}"))


def _address() -> str:
    """Return the address as it was sent; what is said to the resolver is no part of the Digital Link."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name not in _OURS]
    return quote(request.path) + (f"?{urlencode(pairs)}" if pairs else "")


def _item(named: Link) -> Response:
    gtin, lot, serial = named.key[1], named.get("10"), named.get("21")
    found = looking.find(endpoint.web().database, gtin, lot, serial, page.visitor())
    if found is None:
        return frame.unknown()
    if not _wants_page():
        return _linked(links.of_item(_root(), named, found))
    at_work = None if "lang" in request.args else _sheet_of(found)
    return at_work or page.show(found, has_lot=lot is not None, has_serial=serial is not None)


def _fact(named: Link) -> Response:
    found = facts.of(named)
    if found is None:
        return frame.unknown()
    if not _wants_page():
        return _linked(links.of_fact(_root(), named, found.title))
    if "lang" not in request.args:
        own = sheet.of_thing(named)
        if own is not None:
            return _led_to(own)
    return facts.show(found)


def _sheet_of(found: Found) -> Response | None:
    """Lead staff to their sheet, their look counted as theirs; None for everybody else."""
    own = sheet.of_batch(found)
    if own is None or found.lot is None:
        return None
    page.count(found)
    return _led_to(own)


def _led_to(address: str) -> Response:
    response = Response(status=303, headers={"Location": address})
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = frame.VARY
    return response


def _wants_page() -> bool:
    if "linkType" in request.args:
        return False
    accepted = request.headers.get("Accept", "")
    return not accepted or "lang" in request.args or any(kind in accepted for kind in _PEOPLE)


def _linked(levels: Sequence[Level]) -> Response:
    """Redirect to the link that is meant, or give all of them."""
    asked = request.args.get("linkType", "")
    if asked in ALL_LINKS or ("linkType" not in request.args and LINKSET_TYPE in request.headers["Accept"]):
        return _set(levels, 200)
    kind = resolver.kind_of(asked) if "linkType" in request.args else resolver.DEFAULT_LINK
    offers = resolver.chosen(levels, _MANY.get(kind or "", kind or ""), _wish())
    if not offers:
        return frame.unknown_kind()
    if len(offers) > 1:
        return _set([Level(levels[0].anchor, levels[0].title, tuple(offers))], 300)
    return _redirect(offers[0])


def _wish() -> Wish:
    return Wish(
        tuple(language for language, quality in request.accept_languages if quality),
        tuple(mime for mime, quality in request.accept_mimetypes if quality),
    )


def _redirect(offer: Offer) -> Response:
    passed = [(name, value) for name, value in request.args.items(multi=True) if name not in _OURS]
    address, _, fragment = offer.href.partition("#")
    if passed:
        address += ("&" if "?" in address else "?") + urlencode(passed)
    target = address + (f"#{fragment}" if fragment else "")
    response = Response(status=307, headers={"Location": target})
    return _for_programs(response, frame.link_to_all(request.path))


def _set(levels: Sequence[Level], status: int) -> Response:
    response = Response(status=status, mimetype=LINKSET_TYPE)
    response.set_data(json.dumps(resolver.linkset(levels), ensure_ascii=False))
    context = f'<{LINKSET_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    return _for_programs(response, context)


def _methods() -> Response:
    response = Response(status=204)
    response.headers["Allow"] = response.headers["Access-Control-Allow-Methods"] = _METHODS
    response.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language"
    return _for_programs(response, frame.link_to_all(request.path))


def _for_programs(response: Response, linked: str) -> Response:
    response.headers.extend(frame.CORS)
    response.headers["Link"] = linked
    response.headers["Vary"] = frame.VARY
    response.headers["Cache-Control"] = "no-cache"
    return response


def _root() -> str:
    return endpoint.web().settings.base_url.rstrip("/")
