"""A file of a form is taken for what its bytes say, whatever it is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.kernel.errors import Invalid
from supplychain.kernel.schema.base import Shape, load
from supplychain.kernel.schema.upload import MOST_BYTES, NoGoodFile, Sent, Upload, looked_at

PNG = b"\x89PNG\r\n\x1a\n"


class FileIn(Shape):
    """A form with one file."""

    file = Upload("File", required=True)


@pytest.mark.parametrize(
    ("name", "content", "kept", "kind"),
    [
        ("报告.pdf", b"%PDF-1.4", "报告.pdf", "application/pdf"),
        ("scan.JPEG", b"\xff\xd8\xff\xe0", "scan.JPEG", "image/jpeg"),
        ("C:\\work\\a.png", PNG, "a.png", "image/png"),
        ("../../etc/passwd", PNG, "passwd.png", "image/png"),
        ("page.html", b"%PDF-1.4", "page.html.pdf", "application/pdf"),
        ("\x00\n", PNG, "file.png", "image/png"),
    ],
)
def test_a_file_is_kept_under_a_harmless_name_and_its_true_kind(
    name: str, content: bytes, kept: str, kind: str
) -> None:
    found = looked_at(Sent(name, content))
    assert (found.filename, found.media_type, found.content) == (kept, kind, content)


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"PK\x03\x04", b" %PDF-", b"%PDF-" + b"x" * MOST_BYTES])
def test_other_files_are_refused_at_their_field(content: bytes) -> None:
    with pytest.raises(NoGoodFile):
        looked_at(Sent("a.pdf", content))
    with pytest.raises(Invalid) as refused:
        load(FileIn(), {"file": Sent("a.pdf", content)}, text=True)
    assert list(refused.value.fields) == ["file"]


def test_a_text_is_no_file() -> None:
    with pytest.raises(Invalid):
        load(FileIn(), {"file": "a.pdf"}, text=True)


@given(st.text(max_size=300))
def test_no_name_brings_a_path_or_a_control_character_along(name: str) -> None:
    kept = looked_at(Sent(name, PNG)).filename
    assert kept.isprintable()
    assert len(kept) <= 200
    assert not set(kept) & set('/\\"<>')
