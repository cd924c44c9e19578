"""Pages of places, parties, papers and things that a GS1 key names: what is public of them, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Response

from supplychain.base.gs1 import link
from supplychain.base.gs1.link import Link
from supplychain.base.rules import PARTY_KINDS, SITE_KINDS
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.web import endpoint, wording
from traceability.public import frame
from traceability.queries import facts
from traceability.rules.certificate import CERTIFICATE_KINDS
from traceability.rules.ledger import STEPS

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told: a heading, what kind of thing it is, pairs of label and value; and a batch's address."""

    title: str
    kind: str
    pairs: Pairs
    leads_to: str = ""


def of(named: Link) -> Facts | None:
    """Return what is public of the thing that a key names; None when it is not known here."""
    return _READERS[named.key[0]](named)


def show(found: Facts) -> Response:
    """Show it."""
    return frame.answer(frame.written("traceability/consumer_facts.html", found=found))


def _place(named: Link) -> Facts | None:
    row = facts.place(endpoint.session(), named.key[1])
    if row is None:
        return None
    altitude = "" if row.altitude_m is None else f"{row.altitude_m} m"
    pairs = [
        (N_("Run by"), row.owner),
        (N_("County"), row.county or ""),
        (N_("Altitude"), altitude),
        (N_("GLN"), named.key[1]),
    ]
    return Facts(row.name, gettext(SITE_KINDS[row.kind]), _filled(pairs))


def _party(named: Link) -> Facts | None:
    row = facts.party(endpoint.session(), named.key[1])
    if row is None:
        return None
    pairs = [
        (N_("Credit code"), row.uscc or ""),
        (N_("County"), row.county or ""),
        (N_("GLN"), named.key[1]),
    ]
    return Facts(row.name, gettext(PARTY_KINDS[row.kind]), _filled(pairs))


def _paper(named: Link) -> Facts | None:
    row = facts.paper(endpoint.session(), named.key[1])
    if row is None:
        return None
    pairs = [
        (N_("Number"), row.number),
        (N_("Issued by"), row.issuer),
        (N_("Issued on"), wording.formatted(row.issued_on, "day")),
        (N_("Counts until"), wording.formatted(row.valid_until, "day") if row.valid_until else ""),
        (N_("State"), gettext("Revoked") if row.is_revoked else gettext("In force")),
        (N_("Batch"), row.lot or ""),
    ]
    leads_to = link.build((("01", row.gtin), ("10", row.lot)), "") if row.gtin and row.lot else ""
    return Facts(gettext(CERTIFICATE_KINDS[row.kind]), gettext("Certificate"), _filled(pairs), leads_to)


def _thing(named: Link) -> Facts | None:
    row = facts.thing(endpoint.session(), link.canonical(named))
    if row is None:
        return None
    pairs = [
        (N_("Last event"), gettext(STEPS[row.step]) if row.step else ""),
        (N_("At"), wording.formatted(row.at, "moment")),
        (N_("Parts packed into it"), str(row.parts) if row.parts else ""),
    ]
    return Facts(named.key[1], gettext(_THINGS[named.key[0]]), _filled(pairs))


def _filled(pairs: Pairs) -> Pairs:
    return [pair for pair in pairs if pair[1]]


_THINGS = {"00": N_("Box or pallet (SSCC)"), "8004": N_("Asset or device (GIAI)")}
_READERS: Mapping[str, Callable[[Link], Facts | None]] = {
    "00": _thing,
    "253": _paper,
    "414": _place,
    "417": _party,
    "8004": _thing,
}
