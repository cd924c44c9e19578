"""Reading parties, sites and divisions. Master data is for everybody who is signed in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from supplychain.base.models.key import CompanyPrefix
from supplychain.base.models.party import Division, Party, Site
from supplychain.base.rules import PartyKind, SiteKind
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party as a list shows it."""

    id: int
    code: str
    name: str
    short_name: str
    kind: PartyKind
    uscc: str | None
    gln: str | None
    gs1_prefix: str | None
    """The first of its company prefixes."""
    division_code: str | None
    address: str
    contact_name: str
    contact_phone: str
    webhook_url: str | None
    is_demo: bool
    is_active: bool
    sites: int


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A place as a list shows it, with its owner's names."""

    id: int
    code: str
    name: str
    kind: SiteKind
    party: str
    party_name: str
    gln: str | None
    division_code: str | None
    division_name: str | None
    address: str
    altitude_m: int | None
    latitude_e6: int | None
    longitude_e6: int | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class PartyFilter(PageRequest):
    """Which parties: of a kind, with a text in code or name."""

    q: str = ""
    kind: PartyKind | None = None


@dataclass(frozen=True, slots=True)
class SiteFilter(PageRequest):
    """Which places: of a kind, of a party (by code), with a text in code or name."""

    q: str = ""
    kind: SiteKind | None = None
    party: str = ""


def by_code(session: Session, code: str, *, field: str = "") -> Party:
    """Return a party by its code; NotFound, or Invalid at `field` when the code came from a form."""
    party = session.scalar(select(Party).where(Party.code == code))
    if party is not None:
        return party
    if field:
        raise Invalid.at(field, N_("There is no party %(code)s."), code=code)
    raise NotFound(N_("There is no party %(code)s."), code=code)


def site_by_code(session: Session, code: str, *, field: str = "") -> Site:
    """Return a place by its code; NotFound, or Invalid at `field` when the code came from a form."""
    site = session.scalar(select(Site).where(Site.code == code))
    if site is not None:
        return site
    if field:
        raise Invalid.at(field, N_("There is no place %(code)s."), code=code)
    raise NotFound(N_("There is no place %(code)s."), code=code)


def page(session: Session, actor: Actor, wanted: PartyFilter) -> Page[PartyRow]:
    """Return the parties that fit, by code."""
    found = _matching(wanted.q)
    if wanted.kind is not None:
        found = found.where(Party.kind == wanted.kind)
    return paginate(
        session,
        found,
        wanted,
        row=PartyRow,
        sorts={"code": Party.code, "name": Party.name, "kind": Party.kind},
        default="code",
        key=Party.id,
    )


def every(session: Session, text: str = "") -> Iterable[PartyRow]:
    """Return every party with a text in code or name, by code, for a spreadsheet."""
    return (PartyRow(*row) for row in session.execute(_matching(text).order_by(Party.code)))


def every_site(session: Session, text: str = "") -> Iterable[SiteRow]:
    """Return every place with a text in code or names, by code, for a spreadsheet."""
    return (SiteRow(*row) for row in session.execute(_matching_sites(text).order_by(Site.code)))


def one(session: Session, actor: Actor, code: str) -> PartyRow:
    """Return one party; NotFound."""
    found = session.execute(_parties().where(Party.code == code)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no party %(code)s."), code=code)
    return PartyRow(*found)


def sites(session: Session, actor: Actor, wanted: SiteFilter) -> Page[SiteRow]:
    """Return the places that fit, by code."""
    found = _matching_sites(wanted.q)
    if wanted.kind is not None:
        found = found.where(Site.kind == wanted.kind)
    if wanted.party:
        found = found.where(Party.code == wanted.party)
    return paginate(
        session,
        found,
        wanted,
        row=SiteRow,
        sorts={"code": Site.code, "name": Site.name, "party": Party.code, "kind": Site.kind},
        default="code",
        key=Site.id,
    )


def site(session: Session, actor: Actor, code: str) -> SiteRow:
    """Return one place; NotFound."""
    found = session.execute(_sites().where(Site.code == code)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no place %(code)s."), code=code)
    return SiteRow(*found)


def names(session: Session, party_ids: Collection[int]) -> Mapping[int, str]:
    """Return the short names of parties by key."""
    found = session.execute(select(Party.id, Party.short_name).where(Party.id.in_(party_ids)))
    return dict(found.all())


def name_of(session: Session, party_id: int | None) -> str:
    """Return a party's short name; empty for None."""
    return "" if party_id is None else names(session, [party_id]).get(party_id, "")


def division_path(session: Session, code: str | None) -> str:
    """Return a division with all above it, as 福建省三明市大田县屏山乡; empty for None."""
    if code is None:
        return ""
    lengths = [length for length in (2, 4, 6, 9) if length <= len(code)]
    wanted = [code[:length] for length in lengths]
    names = dict(session.execute(select(Division.code, Division.name).where(Division.code.in_(wanted))).all())
    return "".join(names.get(part, "") for part in wanted)


def choices(session: Session, kinds: Sequence[PartyKind] = ()) -> list[tuple[str, str]]:
    """Return (code, short name) of the active parties of some kinds, for a form."""
    found = select(Party.code, Party.short_name).where(Party.is_active).order_by(Party.code)
    if kinds:
        found = found.where(Party.kind.in_(kinds))
    return [(code, name) for code, name in session.execute(found)]


def site_choices(
    session: Session, party_id: int | None = None, kinds: Sequence[SiteKind] = ()
) -> list[tuple[str, str]]:
    """Return (code, name) of the active places of a party, or of everybody, for a form."""
    found = select(Site.code, Site.name).where(Site.is_active).order_by(Site.code)
    if party_id is not None:
        found = found.where(Site.party_id == party_id)
    if kinds:
        found = found.where(Site.kind.in_(kinds))
    return [(code, name) for code, name in session.execute(found)]


def _matching(text: str) -> Rows:
    found = _parties()
    return found.where(_contains(text, Party.code, Party.name, Party.short_name)) if text else found


def _matching_sites(text: str) -> Rows:
    found = _sites()
    return found.where(_contains(text, Site.code, Site.name, Party.name)) if text else found


def _parties() -> Rows:
    count = select(func.count(Site.id)).where(Site.party_id == Party.id).scalar_subquery()
    first = select(CompanyPrefix.digits).where(CompanyPrefix.party_id == Party.id).order_by(CompanyPrefix.id)
    prefix = first.limit(1).scalar_subquery()
    return select(
        Party.id,
        Party.code,
        Party.name,
        Party.short_name,
        Party.kind,
        Party.uscc,
        Party.gln,
        prefix,
        Party.division_code,
        Party.address,
        Party.contact_name,
        Party.contact_phone,
        Party.webhook_url,
        Party.is_demo,
        Party.is_active,
        count,
    )


def _sites() -> Rows:
    return (
        select(
            Site.id,
            Site.code,
            Site.name,
            Site.kind,
            Party.code,
            Party.short_name,
            Site.gln,
            Site.division_code,
            Division.name,
            Site.address,
            Site.altitude_m,
            Site.latitude_e6,
            Site.longitude_e6,
            Site.is_active,
        )
        .join(Party, Party.id == Site.party_id)
        .outerjoin(Division, Division.code == Site.division_code)
    )


def _contains(text: str, *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return or_(*(column.contains(text, autoescape=True) for column in columns))
