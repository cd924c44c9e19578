"""Pieces of pages that are kept: made once, made again when old, never mixed up."""

from __future__ import annotations

from datetime import timedelta

from markupsafe import Markup

from supplychain.kernel import clock
from supplychain.kernel.web.kept import PIECES, SECONDS, Kept
from tests.conftest import NOW


def test_a_piece_is_made_once_a_minute() -> None:
    kept, made = Kept(), []

    def make() -> Markup:
        made.append(1)
        return Markup(len(made))

    assert [kept.piece("a", make), kept.piece("a", make), kept.piece("b", make)] == ["1", "1", "2"]
    with clock.fixed(NOW + timedelta(seconds=SECONDS + 1)):
        assert kept.piece("a", make) == "3"


def test_what_was_not_asked_for_long_makes_room() -> None:
    kept = Kept()
    for number in range(PIECES + 1):
        kept.piece(number, lambda: Markup("old"))
    assert kept.piece(0, lambda: Markup("new")) == "new"
    assert kept.piece(PIECES, lambda: Markup("new")) == "old"
