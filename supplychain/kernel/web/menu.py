"""The menu: what an actor may open, in the groups of the kernel; few entries stay one short list.

Who may open what is decided by the suite, what it looks like by the layout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from supplychain.kernel.addon import NavGroup, NavItem
from supplychain.kernel.i18n import N_

SHORT = 8
"""As many entries as a thumb reaches without scrolling and an eye takes in without headings."""

HEADINGS = {
    NavGroup.TRADE: (N_("Trade"), "file-text"),
    NavGroup.TRACE: (N_("Traceability"), "qrcode"),
    NavGroup.TRANSPORT: (N_("Logistics"), "truck"),
    NavGroup.ACCOUNTS: (N_("Accounts"), "file-invoice"),
    NavGroup.GOODS: (N_("Catalogue"), "leaf"),
    NavGroup.RECORDS: (N_("Master data"), "building"),
    NavGroup.ADMIN: (N_("Admin"), "settings"),
}
"""What each group is called and the icon that it carries."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu. `here` means: the page that is shown belongs to it."""

    label: str
    url: str
    icon: str
    here: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Entries that unfold under a heading, or that stand for themselves when the heading is empty."""

    entries: Sequence[Entry]
    label: str = ""
    icon: str = ""

    @property
    def here(self) -> bool:
        """Tell whether the page that is shown belongs to one of the entries."""
        return any(entry.here for entry in self.entries)


def sections(
    items: Sequence[NavItem], endpoint: str, path: str, url_of: Callable[[str], str]
) -> list[Section]:
    """Return the menu of these items, which come in the order of the groups, as seen from a page."""
    urls = {item.endpoint: url_of(item.endpoint) for item in items}
    here = _here(urls, endpoint, path)
    if len(items) <= SHORT:
        return [Section([_entry(item, urls, here) for item in items])]
    found = []
    for group, members in groupby(items, key=lambda item: item.group):
        entries = [_entry(item, urls, here) for item in members]
        label, icon = HEADINGS[group] if len(entries) > 1 else ("", "")
        found.append(Section(entries, label, icon))
    return found


def _here(urls: Mapping[str, str], endpoint: str, path: str) -> str:
    """Return the endpoint of the entry that a page belongs to: of its blueprint, above its path if one is."""
    own = [listed for listed in urls if listed.split(".")[0] == endpoint.split(".", maxsplit=1)[0]]
    above = [listed for listed in own if f"{path}/".startswith(f"{urls[listed]}/")]
    return next(iter(above or own), "")


def _entry(item: NavItem, urls: Mapping[str, str], here: str) -> Entry:
    return Entry(item.label, urls[item.endpoint], item.icon, here=item.endpoint == here)
