"""The whole consumer page: its validator, known before it is written, and its bytes.

Few places of it differ from look to look and from item to item of a batch: the rest is written once for many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup, escape

from supplychain import kernel
from supplychain.kernel import clock, i18n
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.web import wording
from supplychain.kernel.web.kept import Kept
from traceability.public import frame
from traceability.queries.look import Found
from traceability.queries.scan import Looks
from traceability.rules.look import TONES, VERDICTS, Tone, Verdict

_HOLES = {name: Markup(f"<!--{name}-->") for name in ("line", "here", "serial", "segment")}  # noqa: S704 - ours
"""What differs from look to look and from item to item; what people write is escaped and looks otherwise."""
_HOLE = re.compile(b"<!--(line|here|serial|segment)-->")
_VISITS = N_("Visits: %(count)s, the first %(at)s")
_LINES = {
    Verdict.FIRST: N_("First looked up %(at)s"),
    Verdict.BATCH: N_("%(count)s visits to this batch, the first %(at)s"),
}
_COUNTED = frozenset({Verdict.FIRST, Verdict.SEEN})
"""Verdicts that hang on how often a code was seen."""
_SOURCES = (Path(__file__).parents[1], Path(kernel.__file__).parent)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the strip at the top says: the finding, how often the code was seen, when first."""

    verdict: Verdict
    tone: Tone
    finding: str
    advice: str
    looks: int
    first_at: datetime | None


def said(verdict: Verdict, looks: Looks) -> Seen:
    """Return what the strip says of a verdict."""
    finding, advice = VERDICTS[verdict]
    return Seen(verdict, TONES[verdict], finding, advice, looks.count, looks.first_at)


@dataclass(frozen=True, slots=True)
class Page:
    """What an address shows one reader; the language is the reader's."""

    path: str
    found: Found
    seen: Seen | None
    """None for the page of a product."""
    body: Markup
    """What it says whoever looks and however often."""

    def mark(self) -> str:
        """Return the validator: it changes with all that matters, and every day.

        How often a code was seen is a part of it as long as the finding hangs on that. On the code of a
        batch, or under a warning, the count may be up to a day old on a phone that has the page.
        """
        found, seen = self.found, self.seen
        told = None
        if seen is not None:
            told = seen.verdict.value, seen.first_at, seen.looks if seen.verdict in _COUNTED else None
        named = (found.gtin, found.lot and found.lot.number, found.code and found.code.serial)
        facts = (_edition(), i18n.locale(), clock.today(), self.path, named, told, _mark_of(self.body))
        return sha256(repr(facts).encode()).hexdigest()[:32]

    def written(self, kept: Kept, jinja: Environment) -> bytes:
        """Return the page."""
        lot, code = self.found.lot, self.found.code
        verdict = self.seen and self.seen.verdict
        key = (
            "trace.shell",
            i18n.locale(),
            verdict,
            self.found.gtin,
            lot and lot.number,
            code is None,
            self.body,
        )
        parts = kept.piece(key, partial(self._shell, jinja))
        serial = "" if code is None else code.serial
        filled = {
            b"line": self._line(),
            b"here": escape(self.path),
            b"serial": escape(serial),
            b"segment": escape(quote(serial, safe="")),
        }
        return b"".join(filled[part].encode() if at % 2 else part for at, part in enumerate(parts))

    def _shell(self, jinja: Environment) -> Sequence[bytes]:
        """Return the page in parts: every second is the name of a hole."""
        rows = {"found": self.found, "seen": self.seen, "body": self.body, **_HOLES}
        template = jinja.get_template("traceability/consumer.html")
        return _HOLE.split(frame.styled(template, **rows).encode())

    def _line(self) -> Markup:
        """Return how often and since when the code was seen; nothing before the first look."""
        seen = self.seen
        if seen is None or seen.first_at is None:
            return Markup("")
        at = wording.moment(seen.first_at)
        text = gettext(_LINES.get(seen.verdict, _VISITS), count=seen.looks, at=at)
        return Markup("<p>{}</p>").format(text)


@lru_cache(1024)
def _mark_of(piece: Markup) -> str:
    return frame.mark_of(piece.encode())


@lru_cache(1)
def _edition() -> str:
    """Return a mark of what writes the pages: whoever has a page of an older release asks for a new one."""
    sources = sorted(
        path
        for folder in _SOURCES
        for path in folder.rglob("*")
        if path.suffix in {".py", ".html", ".css", ".po"}
    )
    return sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
