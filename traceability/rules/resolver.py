"""What a GS1-conformant resolver answers: which links of a thing are meant, and the set of all of them; pure.

Source: GS1-Conformant Resolver Standard 1.2.0; RFC 9264 for the set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VOCABULARY = "https://gs1.org/voc/"
"""How link types are spelled in a set; `www.gs1.org` and `ref.gs1.org` are read as well."""
LINKSET_TYPE = "application/linkset+json"
LINKSET_CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
ALL_LINKS = frozenset({"linkset", "all"})
"""`all` is the deprecated spelling."""
DEFAULT_LINK = "defaultLink"
DEFAULT_LINKS = "defaultLinkMulti"

_SPELLINGS = (
    "gs1:",
    *(f"{scheme}://{host}gs1.org/voc/" for scheme in ("https", "http") for host in ("", "www.", "ref.")),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A link of a thing: its type without prefix (`pip`), where it leads, and what is there."""

    kind: str
    href: str
    title: str
    mime: str = "text/html"
    languages: tuple[str, ...] = ()
    """BCP 47; empty when there are no words in it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants among links of one type, best first; empty where it does not mind."""

    languages: tuple[str, ...] = ()
    mimes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """The links of one thing: an item, its lot, its kind. `anchor` is its uncompressed Digital Link."""

    anchor: str
    title: str
    offers: tuple[Offer, ...]


def kind_of(text: str) -> str | None:
    """Return the link type that a CURIE or a whole URI of the GS1 Web vocabulary names; None for another."""
    for spelling in _SPELLINGS:
        if text.startswith(spelling) and len(text) > len(spelling):
            return text.removeprefix(spelling)
    return None


def chosen(levels: Sequence[Level], kind: str, wish: Wish) -> Sequence[Offer]:
    """Return the links of a type that are meant: several when nothing decides between them, or none.

    The nearest thing that has such a link answers: what an item lacks, its lot or its kind may have.
    """
    for level in levels:
        offers = [offer for offer in level.offers if offer.kind == kind]
        if offers:
            return _first(_by_mime(offers, wish.mimes), wish.languages)
    return ()


def _by_mime(offers: Sequence[Offer], mimes: Sequence[str]) -> Sequence[Offer]:
    for mime in mimes:
        same = [offer for offer in offers if offer.mime == mime]
        if same:
            return same
    return offers


def _first(offers: Sequence[Offer], languages: Sequence[str]) -> Sequence[Offer]:
    if len(offers) == 1:
        return offers
    for language in languages:
        same = [offer for offer in offers if any(_speaks(own, language) for own in offer.languages)]
        if same:
            return same
    spoken = {offer.languages for offer in offers}
    return offers if len(spoken) == 1 else offers[:1]


def _speaks(own: str, wanted: str) -> bool:
    """Tell whether a language will do: `zh-CN` for `zh` and the other way round, as RFC 4647 looks it up."""
    return own.lower().split("-")[0] == wanted.lower().split("-")[0]


def linkset(levels: Sequence[Level]) -> Mapping[str, Any]:
    """Return the set of all links, of every level up to the key, as RFC 9264 and the GS1 schema have it."""
    return {"linkset": [_context(level) for level in levels]}


def _context(level: Level) -> Mapping[str, Any]:
    found: dict[str, Any] = {"anchor": level.anchor, "itemDescription": level.title}
    for offer in level.offers:
        found.setdefault(VOCABULARY + offer.kind, []).append(target_of(offer))
    return found


def target_of(offer: Offer) -> Mapping[str, Any]:
    """Return a link as the set has it; the default link has an address and a title, nothing else."""
    target: dict[str, Any] = {"href": offer.href, "title": offer.title}
    if offer.kind == DEFAULT_LINK:
        return target
    target["type"] = offer.mime
    if offer.languages:
        target["hreflang"] = list(offer.languages)
    return target
