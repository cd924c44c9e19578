"""Spreadsheets as people have them: read whatever they save, lose nothing, change nothing by looking."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from supplychain.kernel import i18n, units
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.errors import Forbidden, Invalid, Refused, TooLarge
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import NOBODY, SYSTEM, Permission
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.sheets import importing, reader, writer
from supplychain.kernel.sheets.sheet import Outcome, Sheet, each, grouped

PICK = Permission("orchard.pick", "Pick")


class Grade(StrEnum):
    """Two grades."""

    FINE = "fine"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Crate:
    """A line."""

    code: str
    grams: int
    on: date
    at: datetime | None = None
    grade: Grade | None = None
    is_ripe: bool = False
    note: str = ""
    total: int = 0


class CrateIn(Shape):
    """A line's shape; its labels are msgids of the kernel, so that they have a Chinese name."""

    command = Crate
    code = fields.Code(N_("Row"), required=True)
    grams = fields.Scaled(units.KG, N_("Column"), least=1, required=True)
    on = fields.Day(N_("Today"), required=True)
    at = fields.Moment("At", load_default=None)
    grade = fields.Choice(
        Grade, "Grade", labels={Grade.FINE: N_("New"), Grade.PLAIN: "Plain"}, load_default=None
    )
    is_ripe = fields.Flag("Ripe", load_default=False)
    note = fields.Words("Note", least=0, load_default="")
    total = fields.Count(N_("Total"), dump_only=True)


def put(uow: UnitOfWork, crate: Crate) -> Outcome:
    """Write a crate down; what is called BAD is refused after it was written."""
    audit.record(uow, "orchard.crate", 1, "Crate", code=crate.code)
    if crate.code.startswith("BAD"):
        raise Refused("Crate %(code)s leaks.", code=crate.code)
    return Outcome.CREATED


CRATES = Sheet("crates", "Crates", CrateIn, each(put), None, PICK, PICK)
HEAD = "Row,Column,Today"


def written(uow: UnitOfWork) -> int:
    """Return how many crates were written down."""
    counted = select(func.count()).where(AuditEntry.document == "orchard.crate")
    return uow.session.scalar(counted) or 0


def table(text: str, encoding: str = "utf-8") -> list[Crate]:
    """Return the crates of a csv text, all of which must be good."""
    good, bad, _ = importing.parse(CRATES, "crates.csv", text.encode(encoding))
    assert not bad
    return [row.command for row, _ in good]


def book(rows: Sequence[Sequence[object]], merge: str = "") -> bytes:
    """Return a workbook of these rows."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    target = BytesIO()
    made.save(target)
    return target.getvalue()


APPLES = [Crate("A-1", 12_300, date(2026, 11, 3)), Crate("A-2", 15_000, date(2026, 11, 4))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_csv_is_read_in_any_encoding_and_with_any_separator(
    suite: object, encoding: str, comma: str
) -> None:
    lines = ["行号,列 (kg) *,今天", "A-1,12.3,2026/11/3", "A-2,15,2026年11月4日"]
    assert table("\n".join(lines).replace(",", comma), encoding) == APPLES


def test_headers_stand_in_any_order_and_language_under_any_title(suite: object) -> None:
    assert (
        table("十一月采收表,,\n,,\nToday,row,列（公斤）\n2026-11-03,A-1,12.300\n\n2026-11-04,A-2,15\n")
        == APPLES
    )


def test_a_workbooks_numbers_and_days_are_what_its_reader_sees(suite: object) -> None:
    rows: list[list[object]] = [
        ["Row", "Column", "Today", "At", "Ripe"],
        ["A-1", 0.1 + 0.2, datetime(2026, 11, 3), datetime(2026, 11, 3, 6, 40), True],  # noqa: DTZ001 - as Excel has it
        ["A-2", 15, "2026/11/4", None, "否"],
    ]
    good, bad, _ = importing.parse(CRATES, "crates.xlsx", book(rows))
    assert not bad
    first, second = (row.command for row, _ in good)
    assert first == Crate(
        "A-1", 300, date(2026, 11, 3), datetime(2026, 11, 2, 22, 40, tzinfo=UTC), None, is_ripe=True
    )
    assert second == APPLES[1]


def test_merged_cells_count_for_every_row_they_cover(suite: object) -> None:
    rows: list[list[object]] = [["Row", "Column", "Today"], ["A-1", 12.3, "2026-11-03"], ["A-2", 15, None]]
    good, _, _ = importing.parse(CRATES, "crates.xlsx", book(rows, merge="C2:C3"))
    assert [row.command.on for row, _ in good] == [date(2026, 11, 3)] * 2


def test_what_a_formula_gave_is_read_and_never_computed(suite: object) -> None:
    rows = [["Row", "Column", "Today"], ["A-1", "=1+1", "2026-11-03"]]
    _, bad, _ = importing.parse(CRATES, "crates.xlsx", book(rows))
    assert [row.number for row in bad] == [2], "a file that was never opened in Excel has no value there"


def test_a_bad_row_names_its_number_its_columns_and_reasons(suite: object) -> None:
    text = f"Orchard\n{HEAD},Colour\nA-1,a lot,2026-02-30,red\nA-2,15,2026-11-04,red\n,,,\n,1,2026-11-04,\n"
    good, bad, ignored = importing.parse(CRATES, "crates.csv", text.encode())
    assert [row.number for row, _ in good] == [4]
    assert [(row.number, [label for label, _ in row.reasons]) for row in bad] == [
        (3, ["Column", "Today"]),
        (6, ["Row"]),
    ]
    assert ignored == ["Colour"]
    with i18n.using("en"):
        assert str(bad[0].reasons[0][1]) == "Not a number."
    assert str(bad[0].reasons[0][1]) == "这不是数字。"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no,known,header\n1,2,3",
        b"Row,Row,Column,Today\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old",
        b"PK\x03\x04 torn",
        b"\x00\x01\x02\x03",
        b"\xff\xff\xff\xff\x80",
        book([["nothing"]])[:-30],
    ],
)
def test_what_is_no_spreadsheet_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Invalid):
        importing.parse(CRATES, "crates.xlsx", content)


def test_a_bomb_is_not_unpacked() -> None:
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (reader.MAX_RATIO * 200_000))
    with pytest.raises(TooLarge):
        reader.read("bomb.xlsx", target.getvalue())


def test_more_rows_than_anybody_reviews_are_refused() -> None:
    with pytest.raises(TooLarge):
        reader.read("long.csv", b"Row\n" + b"1\n" * (reader.MAX_ROWS + 1))


def test_an_entity_of_elsewhere_is_never_fetched() -> None:
    plain = book([["Row", "Column", "Today"], ["A-1", 1, "2026-11-03"]])
    target = BytesIO()
    with ZipFile(BytesIO(plain)) as source, ZipFile(target, "w") as evil:
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("sheet1.xml"):
                text = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + text.replace(
                    b"A-1", b"&e;"
                )
            evil.writestr(name, text)
    try:
        lines = reader.read("evil.xlsx", target.getvalue())
    except Invalid:
        return
    assert "root:" not in str(lines)


@given(st.decimals(min_value=0, max_value=10**8, places=3))
def test_a_number_comes_out_of_a_workbook_as_it_was_typed(number: object) -> None:
    assert units.KG.parse(reader.plain(float(str(number)))) == units.KG.parse(str(number))


MILLENNIUM = datetime(2001, 1, 1, tzinfo=UTC)
crates = st.builds(
    Crate,
    code=st.from_regex(r"[A-Z][A-Z0-9-]{1,9}", fullmatch=True),
    grams=st.integers(min_value=1, max_value=10**9),
    on=st.dates(min_value=date(2001, 1, 1), max_value=date(2190, 1, 1)),
    at=st.none()
    | st.integers(min_value=0, max_value=10**8).map(lambda minutes: MILLENNIUM + timedelta(minutes=minutes)),
    grade=st.none() | st.sampled_from(Grade),
    is_ripe=st.booleans(),
    note=st.text(alphabet="甘蓝 a=+-@;,\"'0", max_size=12).map(str.strip),
)


@given(st.lists(crates, min_size=1, max_size=5), st.sampled_from(i18n.LOCALES))
def test_what_is_exported_can_be_imported_again(rows: list[Crate], locale: str) -> None:
    with i18n.using(locale):
        good, bad, ignored = importing.parse(CRATES, "crates.xlsx", writer.xlsx(CRATES, rows))
    assert not bad
    assert not ignored
    assert [row.command for row, _ in good] == rows


@given(st.lists(crates, min_size=1, max_size=5))
def test_a_csv_that_is_exported_says_the_same(rows: list[Crate]) -> None:
    good, bad, _ = importing.parse(CRATES, "crates.csv", writer.csv_text(CRATES, rows))
    assert not bad
    assert [row.command for row, _ in good] == rows


def test_a_csv_runs_no_formula_in_the_readers_excel() -> None:
    evil = Crate("A-1", 1, date(2026, 11, 3), note='=HYPERLINK("http://x")')
    text = writer.csv_text(CRATES, [evil]).decode("utf-8-sig")
    (line,) = list(csv.reader(StringIO(text)))[1:]
    assert line[6].startswith("'=")


def test_a_workbook_keeps_numbers_as_numbers_and_text_as_text() -> None:
    sheet = load_workbook(
        BytesIO(writer.xlsx(CRATES, [Crate("007", 12_300, date(2026, 11, 3), note="=1+1")]))
    ).active
    assert sheet is not None
    first = [cell.value for cell in sheet[2]]
    assert first[0] == "007"
    assert first[1] == 12.3
    assert sheet[2][6].data_type == "s"


def test_a_template_has_the_headers_and_nothing_else(suite: object) -> None:
    with i18n.using("en"):
        sheet = load_workbook(BytesIO(writer.template(CRATES))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][:3] == ["Row *", "Column (kg) *", "Today *"]
    assert sheet.max_row == 1


def test_a_preview_tells_everything_and_changes_nothing(db: Database, uow: UnitOfWork) -> None:
    content = f"{HEAD}\nA-1,1,2026-11-03\nBAD-1,1,2026-11-03\n".encode()
    report = importing.run(db, CRATES, SYSTEM, "crates.csv", content, apply=False)
    assert not report.applied
    assert report.counts == {Outcome.CREATED: 1}
    assert [row.number for row in report.bad] == [3]
    assert written(uow) == 0


def test_all_rows_are_taken_in_or_none(db: Database, uow: UnitOfWork) -> None:
    good, bad = f"{HEAD}\nA-1,1,2026-11-03\n".encode(), b"BAD-1,1,2026-11-03\n"
    assert not importing.run(db, CRATES, SYSTEM, "crates.csv", good + bad, apply=True).applied
    assert written(uow) == 0
    assert importing.run(db, CRATES, SYSTEM, "crates.csv", good, apply=True).applied
    assert written(uow) == 1


def test_the_good_rows_alone_when_that_was_asked_for(db: Database, uow: UnitOfWork) -> None:
    content = f"{HEAD}\nBAD-1,1,2026-11-03\nA-1,1,2026-11-03\nA-2,none,2026-11-03\n".encode()
    report = importing.run(db, CRATES, SYSTEM, "crates.csv", content, apply=True, good_rows_only=True)
    assert report.applied
    assert [row.number for row in report.bad] == [2, 4]
    assert written(uow) == 1


def test_rows_of_one_document_are_taken_in_together(db: Database, uow: UnitOfWork) -> None:
    def put_all(inner: UnitOfWork, together: object) -> Outcome:
        assert isinstance(together, list)
        return [put(inner, crate) for crate in together][-1]

    by_day = Sheet("crates", "Crates", CrateIn, grouped(lambda crate: crate.on, put_all), None, PICK, PICK)
    content = f"{HEAD}\nA-1,1,2026-11-03\nBAD-1,1,2026-11-03\nA-2,1,2026-11-04\n".encode()
    report = importing.run(db, by_day, SYSTEM, "crates.csv", content, apply=True, good_rows_only=True)
    assert [row.number for row in report.bad] == [2, 3]
    assert written(uow) == 1


def test_a_season_can_be_moved_to_today(db: Database) -> None:
    seen: list[Crate] = []

    def look(_uow: UnitOfWork, crate: Crate) -> Outcome:
        seen.append(crate)
        return Outcome.UNCHANGED

    moved = Sheet("crates", "Crates", CrateIn, each(look), None, PICK, PICK)
    content = f"{HEAD},At\nA-1,1,2026-11-03,2026-11-03 06:40\nA-2,1,2026-11-04,\n".encode()
    importing.run(db, moved, SYSTEM, "crates.csv", content, apply=True, shift_days=-10)
    assert [crate.on for crate in seen] == [date(2026, 10, 24), date(2026, 10, 25)]
    assert [crate.at for crate in seen] == [datetime(2026, 10, 23, 22, 40, tzinfo=UTC), None]


def test_who_may_not_write_takes_nothing_in(db: Database) -> None:
    with pytest.raises(Forbidden):
        importing.run(db, CRATES, NOBODY, "crates.csv", HEAD.encode(), apply=False)
