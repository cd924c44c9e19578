"""Who acts and what they may do; names only, no storage.

A permission is named `<addon>.<noun>.<verb>`; roles are bundles that addons fill.
"""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel.errors import Forbidden
from supplychain.kernel.i18n import N_

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Permission:
    """One act that can be allowed; `title` is a msgid."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of user; `title` is a msgid. Addons grant permissions to roles by name."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What an addon lets a role do."""

    role: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a user for a party in a role, or the suite itself.

    `party_id` None means the actor belongs to no party: the operator, an officer, a job.
    """

    user_id: int | None
    name: str
    party_id: int | None
    role: str | None
    permissions: frozenset[str]
    sees_all: bool = False

    def may(self, permission: Permission) -> bool:
        """Tell whether the actor holds the permission."""
        return EVERYTHING in self.permissions or permission.name in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the actor holds the permission."""
        if not self.may(permission):
            raise Forbidden(N_("You are not allowed to do this."))


SYSTEM = Actor(None, "system", None, None, frozenset({EVERYTHING}), sees_all=True)
NOBODY = Actor(None, "", None, None, frozenset())
