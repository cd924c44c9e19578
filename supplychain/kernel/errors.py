"""What can go wrong in the trade, as data; the entrances make it text and HTTP.

No prose is built here: an error carries an English msgid and the values that fill it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from supplychain.kernel.i18n import N_, Text


class DomainError(Exception):
    """Base of every refusal. `fields` maps a field name to its messages, when a field is to blame."""

    code = "refused"

    def __init__(
        self,
        msgid: str,
        /,
        *,
        fields: Mapping[str, Sequence[Text | str]] | None = None,
        **values: object,
    ) -> None:
        """Keep the message unfilled, so that each reader gets it in their own language."""
        super().__init__(msgid, values)
        self.text = Text(msgid, values)
        self.fields: Mapping[str, Sequence[Text | str]] = fields or {}

    def __str__(self) -> str:
        """Return the message in the current locale."""
        return str(self.text)


class Invalid(DomainError):
    """The input itself is wrong: a value out of range, a wrong check digit, an unknown code."""

    code = "invalid"

    @classmethod
    def at(cls, name: str, msgid: str, /, **values: object) -> Invalid:
        """Return the error for one field, with the message at that field."""
        error = cls(msgid, fields={name: [Text(msgid, values)]})
        error.text = Text(msgid, values)
        return error


class NotFound(DomainError):
    """No such record, or none that this actor may see."""

    code = "not_found"


class Unauthenticated(DomainError):
    """Nobody is signed in, or the token is unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(DomainError):
    """Somebody is signed in who may not do this."""

    code = "forbidden"


class Refused(DomainError):
    """The state of things does not allow the act (on hold, too little left, already dispatched)."""

    code = "refused"


class Conflict(DomainError):
    """A record with this key exists already."""

    code = "conflict"


class Stale(Conflict):
    """The record was changed by somebody else since it was read."""

    code = "stale"

    def __init__(self) -> None:
        """Say what to do; which record it was is known where it is caught."""
        super().__init__(N_("Someone else has changed this meanwhile. Reload the page and try again."))


class TooLarge(DomainError):
    """More bytes, rows or characters than this entrance takes."""

    code = "too_large"


class TooMany(DomainError):
    """Too many attempts; `retry_after` is in seconds."""

    code = "too_many"

    def __init__(self, msgid: str, /, *, retry_after: int) -> None:
        """Keep how long to wait apart from the text, for the Retry-After header."""
        super().__init__(msgid, retry_after=retry_after)
        self.retry_after = retry_after


class Busy(DomainError):
    """The database did not get to it in time, or went away; the same request may do well a moment later."""

    code = "busy"
    retry_after = 2
    """Seconds."""

    def __init__(self) -> None:
        """Say what to do: nothing of the act is kept."""
        super().__init__(N_("Too much is going on at once. Nothing was changed; try again in a moment."))


class ConfigurationError(Exception):
    """A setting, addon, job or permission is wrong; named at start-up, never at run time."""
