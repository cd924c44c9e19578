"""The base of every shape that comes in or goes out: unknown fields refused, commands made.

Shape only; whether the state of things allows the act is the service's business.
"""

from __future__ import annotations

from typing import Any, ClassVar

import marshmallow as ma


class Shape(ma.Schema):
    """A schema whose loaded value is the frozen dataclass named by `command`, or a dict without one."""

    command: ClassVar[type[Any] | None] = None

    class Meta:
        """Refuse what nobody declared; keep the declared order."""

        unknown = ma.RAISE

    @ma.post_load
    def _make(self, values: dict[str, Any], **_: Any) -> Any:
        return values if self.command is None else self.command(**values)
