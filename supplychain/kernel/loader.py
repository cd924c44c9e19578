"""The loader: finds the addons that the settings name, orders them, refuses nonsense by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from typing import Any, Protocol, TypeVar

from apscheduler.triggers.cron import CronTrigger

from supplychain.kernel.addon import (
    Addon,
    ConfiguredJob,
    DemoFile,
    DocumentKind,
    Job,
    Kpi,
    Link,
    NavGroup,
    NavItem,
    Panel,
    TaskSource,
)
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.db.uow import Database
from supplychain.kernel.errors import ConfigurationError
from supplychain.kernel.events import Subscriptions
from supplychain.kernel.leads import Lead
from supplychain.kernel.permissions import Actor, Permission, Role
from supplychain.kernel.settings import Settings
from supplychain.kernel.sheets.sheet import FileKind, Sheet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Suite:
    """The installed addons, lowest first, and what they give together."""

    addons: tuple[Addon, ...]
    settings: Settings = field(default_factory=Settings)
    """What the suite runs under; its jobs are given them."""

    @property
    def subscriptions(self) -> Subscriptions:
        """Return who hears which event."""
        return Subscriptions(self._all(lambda addon: addon.subscribers))

    @property
    def sheets(self) -> dict[str, Sheet]:
        """Return every kind of spreadsheet by its name."""
        return {sheet.kind: sheet for sheet in self._all(lambda addon: addon.sheets)}

    @property
    def files(self) -> dict[str, FileKind]:
        """Return every kind of file that is no spreadsheet by its name."""
        return {file.kind: file for file in self._all(lambda addon: addon.files)}

    @property
    def jobs(self) -> dict[str, Job]:
        """Return every job by its name, ready to run under the suite's settings."""
        declared = self._all(lambda addon: addon.jobs)
        made = (job.under(self.settings) if isinstance(job, ConfiguredJob) else job for job in declared)
        return {job.name: job for job in made}

    @property
    def documents(self) -> dict[str, DocumentKind]:
        """Return every kind of document that the audit trail names."""
        return {kind.kind: kind for kind in self._all(lambda addon: addon.documents)}

    @property
    def roles(self) -> dict[str, Role]:
        """Return every role by its name."""
        return {role.name: role for role in self._all(lambda addon: addon.roles)}

    @property
    def permissions(self) -> dict[str, Permission]:
        """Return every permission by its name."""
        return {permission.name: permission for permission in self._all(lambda addon: addon.permissions)}

    @property
    def packages(self) -> tuple[str, ...]:
        """Return the addons' packages, for translations and files."""
        return tuple(addon.package for addon in self.addons)

    @property
    def demo(self) -> list[tuple[Addon, DemoFile]]:
        """Return the season's files in the order in which it happened."""
        files = [(addon, file) for addon in self.addons for file in addon.demo]
        return sorted(files, key=lambda pair: pair[1].stage)

    def granted_to(self, role: str) -> frozenset[str]:
        """Return the names of what a role may do."""
        grants = self._all(lambda addon: addon.grants)
        return frozenset(item.name for grant in grants if grant.role == role for item in grant.permissions)

    def nav(self, actor: Actor) -> list[NavItem]:
        """Return the menu of an actor, in the order of the groups."""
        items = [item for item in self._all(lambda addon: addon.nav) if actor.may(item.permission)]
        groups = list(NavGroup)
        return sorted(items, key=lambda item: (groups.index(item.group), item.order))

    def panels(self, slot: str, actor: Actor) -> list[Panel]:
        """Return the pieces of a slot that an actor may see."""
        found = [panel for panel in self._all(lambda addon: addon.panels) if panel.slot == slot]
        allowed = [panel for panel in found if panel.permission is None or actor.may(panel.permission)]
        return sorted(allowed, key=lambda panel: panel.order)

    def kpis(self, actor: Actor) -> list[Kpi]:
        """Return the figures of an actor's board."""
        found = [kpi for kpi in self._all(lambda addon: addon.kpis) if actor.may(kpi.permission)]
        return sorted(found, key=lambda kpi: kpi.order)

    def task_sources(self, actor: Actor) -> list[TaskSource]:
        """Return who knows what waits for an actor."""
        return [source for source in self._all(lambda addon: addon.tasks) if actor.may(source.permission)]

    def links(self, session: Any, actor: Actor, document: str, document_id: int) -> list[Link]:
        """Return what the addons above know of a document."""
        finders = [
            links for links in self._all(lambda addon: addon.record_links) if links.document == document
        ]
        return [link for finder in finders for link in finder.find(session, actor, document_id)]

    def leads(self, document: str) -> list[Lead]:
        """Return every way to documents of a kind."""
        found = [lead for lead in self._all(lambda addon: addon.leads) if lead.document == document]
        return sorted(found, key=lambda lead: lead.order)

    def _all(self, pick: Callable[[Addon], Iterable[T]]) -> list[T]:
        return [item for addon in self.addons for item in pick(addon)]


class Running(Protocol):
    """What the commands of addons are given: the suite as it is installed, and its database."""

    @property
    def suite(self) -> Suite:
        """Return the addons."""

    @property
    def database(self) -> Database:
        """Return the database."""

    @property
    def settings(self) -> Settings:
        """Return the settings of this installation."""


def load(names: Sequence[str], settings: Settings | None = None) -> Suite:
    """Import, order and check the named addons; ConfigurationError names the culprit.

    `settings` None stands for the defaults, which is enough to look at addons without running them.
    """
    found = [_manifest(name) for name in names]
    _unique("addon", [addon.name for addon in found])
    by_name = {addon.name: addon for addon in found}
    for addon in found:
        for needed in addon.depends:
            if needed not in by_name:
                raise ConfigurationError(f"addon {addon.name} needs {needed}, which is not installed")
    suite = Suite(tuple(by_name[name] for name in _order(found)), settings or Settings())
    _check(suite)
    return suite


def _manifest(name: str) -> Addon:
    try:
        module = import_module(f"{name}.addon")
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"addon {name}: {error}") from error
    addon = getattr(module, "ADDON", None)
    if not isinstance(addon, Addon):
        raise ConfigurationError(f"addon {name}: {name}.addon has no ADDON manifest")
    return addon


def _order(addons: Sequence[Addon]) -> tuple[str, ...]:
    try:
        return tuple(TopologicalSorter({addon.name: addon.depends for addon in addons}).static_order())
    except CycleError as error:
        raise ConfigurationError(
            f"addons depend on each other in a circle: {' → '.join(error.args[1])}"
        ) from error


def _check(suite: Suite) -> None:
    for what, names in {
        "permission": [item.name for addon in suite.addons for item in addon.permissions],
        "role": [item.name for addon in suite.addons for item in addon.roles],
        "job": [item.name for addon in suite.addons for item in addon.jobs],
        "spreadsheet": [item.kind for addon in suite.addons for item in addon.sheets],
        "file": [item.kind for addon in suite.addons for item in addon.files],
        "blueprint": [item.name for addon in suite.addons for item in (*addon.pages, *addon.apis)],
    }.items():
        _unique(what, names)
    known = suite.permissions
    for addon in suite.addons:
        for grant in addon.grants:
            if grant.role not in suite.roles:
                raise ConfigurationError(f"addon {addon.name} grants to an unknown role {grant.role}")
            for permission in grant.permissions:
                if permission.name not in known:
                    raise ConfigurationError(
                        f"addon {addon.name} grants an unknown permission {permission.name}"
                    )
        for job in addon.jobs:
            _parse_schedule(addon, job)


def _parse_schedule(addon: Addon, job: Job | ConfiguredJob) -> None:
    try:
        CronTrigger.from_crontab(job.schedule, timezone=SHANGHAI)
    except ValueError as error:
        raise ConfigurationError(
            f"addon {addon.name}: job {job.name}: schedule {job.schedule!r}: {error}"
        ) from error


def _unique(what: str, names: Sequence[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ConfigurationError(f"{what} {name} is declared {count} times")
