"""The papers of a recall: the letter to whoever has the goods, and the report."""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.kernel import clock
from supplychain.kernel.documents import pdf
from supplychain.kernel.documents.pdf import Align, Column, Facts, Paper, Prose, Signature, Signatures, Table
from supplychain.kernel.i18n import DEFAULT_LOCALE, N_, gettext, using
from supplychain.kernel.units import KG
from supplychain.kernel.web import wording
from traceability.queries.recall import LotRow, PlaceRow, RecallRow
from traceability.rules.recall import DUTIES


def letter(row: RecallRow, places: Sequence[PlaceRow], base_url: str) -> bytes:
    """Return the letter that tells one consignee what is called back and what to do; in Chinese.

    What it says follows 食品安全法 art. 63 and the duties of whoever sells the goods on: stop, set aside,
    tell, account.
    """
    with using(DEFAULT_LOCALE):
        return pdf.render(
            Paper(
                title=gettext(N_("Recall letter")),
                number=row.number,
                printed_at=clock.now(),
                issuer=row.producer,
                link=f"{base_url.rstrip('/')}/recalls/{row.number}",
                mark=gettext(N_("Drill")) if row.is_drill else "",
                parts=(
                    Facts(
                        (
                            (gettext(N_("To")), places[0].party),
                            (gettext(N_("Opened at")), wording.moment(row.opened_at)),
                            (gettext(N_("Reason")), row.reason),
                        )
                    ),
                    Prose("\n".join(map(gettext, DUTIES)), gettext(N_("Please act at once"))),
                    Table(
                        (
                            Column(gettext(N_("Place")), 3),
                            Column(gettext(N_("Batch")), 2),
                            Column(gettext(N_("Product")), 3),
                            Column(gettext(N_("Boxes")), 1, Align.RIGHT),
                            Column("kg", 1, Align.RIGHT),
                        ),
                        tuple(
                            (
                                place.site_name,
                                place.batch,
                                place.item_name_zh,
                                str(place.found_boxes),
                                KG.short(place.found_grams),
                            )
                            for place in places
                        ),
                        title=gettext(N_("Where the goods were")),
                    ),
                    Signatures(
                        (
                            Signature(gettext(N_("Who calls back")), row.producer),
                            Signature(gettext(N_("Who received it")), places[0].party),
                        )
                    ),
                ),
            )
        )


def report(row: RecallRow, places: Sequence[PlaceRow], lots: Sequence[LotRow], base_url: str) -> bytes:
    """Return the report of a recall: the clock, every batch and every place with its balance; in Chinese."""
    with using(DEFAULT_LOCALE):
        return pdf.render(
            Paper(
                title=gettext(N_("Recall report")),
                number=row.number,
                printed_at=clock.now(),
                issuer=row.producer,
                link=f"{base_url.rstrip('/')}/recalls/{row.number}",
                mark=gettext(N_("Drill")) if row.is_drill else "",
                parts=(
                    Facts(_course(row), gettext(N_("Course"))),
                    _lots_table(lots),
                    _places_table(row, places),
                    Signatures((Signature(gettext(N_("Who calls back")), row.producer),)),
                ),
            )
        )


def _course(row: RecallRow) -> tuple[tuple[str, str], ...]:
    """Return what happened when, and how the balance stands."""
    heard = wording.moment(row.last_acknowledged_at) if row.last_acknowledged_at else "—"
    return (
        (gettext(N_("Reason")), row.reason),
        (gettext(N_("Start from")), row.start),
        (gettext(N_("Opened at")), f"{wording.moment(row.opened_at)} {row.opened_by}"),
        (gettext(N_("Found in")), f"{row.found_ms / 1000:.2f} s"),
        (gettext(N_("Heard")), f"{row.acknowledged} / {row.places}"),
        (gettext(N_("Last heard at")), heard),
        (
            gettext(N_("Closed at")),
            f"{wording.moment(row.closed_at)} {row.closed_by}" if row.closed_at else "—",
        ),
        (gettext(N_("Not accounted for")), f"{KG.short(row.unaccounted_grams)} kg"),
        (gettext(N_("Why it is closed with goods missing")), row.closing_note or "—"),
    )


def _lots_table(lots: Sequence[LotRow]) -> Table:
    words = (
        N_("Net mass"),
        N_("Stems from the start"),
        N_("Made into others"),
        N_("Gone before"),
        N_("Was there"),
    )
    return Table(
        (
            Column(gettext(N_("Batch")), 3),
            Column(gettext(N_("Product")), 4),
            *(Column(f"{gettext(word)} kg", 2, Align.RIGHT) for word in words),
        ),
        tuple(
            (
                lot.batch,
                lot.item_name_zh,
                *map(KG.short, (lot.grams, lot.stem_grams, lot.made_grams, lot.gone_grams, lot.found_grams)),
            )
            for lot in lots
        ),
        title=gettext(N_("What is called back")),
    )


def _places_table(row: RecallRow, places: Sequence[PlaceRow]) -> Table:
    words = (
        N_("Was there"),
        N_("Set aside"),
        N_("Sent back"),
        N_("Destroyed"),
        N_("Sold on"),
        N_("Not accounted for"),
    )
    return Table(
        (
            Column(gettext(N_("Place")), 4),
            Column(gettext(N_("Batch")), 3),
            *(Column(gettext(word), 2, Align.RIGHT) for word in words),
        ),
        tuple((f"{place.site_name} {place.party}", place.batch, *_masses(place)) for place in places),
        totals=((gettext(N_("Total")), "", *_masses(row)),),
        title=f"{gettext(N_('Where the goods were'))} (kg)",
    )


def _masses(row: RecallRow | PlaceRow) -> tuple[str, ...]:
    found = (row.found_grams, row.held_grams, row.returned_grams, row.destroyed_grams, row.sold_grams)
    return tuple(map(KG.short, (*found, row.unaccounted_grams)))
