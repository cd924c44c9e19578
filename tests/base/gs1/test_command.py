"""`supplychain gs1` answers every line, right or wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from supplychain.cli import main

GTIN = "09506000134352"
GOOD = {
    "ok": True,
    "ais": [["01", GTIN], ["10", "L/(1"], ["17", "261231"]],
    "dl": f"https://id.gs1.org/01/{GTIN}/10/L%2F%281?17=261231",
    "element": f"(01){GTIN}(10)L/\\(1(17)261231",
}


def ask(*lines: bytes) -> list[Any]:
    done = CliRunner().invoke(main, ["gs1"], input=b"".join(line + b"\n" for line in lines))
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def question(kind: object, value: object) -> bytes:
    return json.dumps({"kind": kind, "value": value}).encode()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bracketed", f"(01){GTIN}(10)L/\\(1(17)261231"),
        ("raw", f"^01{GTIN}10L/(1^17261231"),
        ("dl", f"https://shop.example/x/01/{GTIN}/10/L%2F(1?17=261231&utm=1"),
    ],
)
def test_a_code_of_each_kind_is_answered_the_same(kind: str, value: str) -> None:
    assert ask(question(kind, value)) == [GOOD]


def test_a_code_without_a_primary_key_has_no_link() -> None:
    answer = {"ok": True, "ais": [["400", "PO-1"]], "dl": None, "element": "(400)PO-1"}
    assert ask(question("bracketed", "(400)PO-1")) == [answer]


def test_whatever_is_wrong_each_line_gets_one_answer() -> None:
    lines = (
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b"1" * 5000,
        question("bracketed", "(01)09506000134353"),
        question("bracketed", 1),
        question(["raw"], "x"),
        question("qr", "x"),
        question("raw", f"01{GTIN}"),
        question("dl", f"/01/{GTIN}"),
        question("dl", "https://[x/\ud800"),
        question("bracketed", f"(01){GTIN}"),
    )
    answers = ask(*lines)
    assert [answer["ok"] for answer in answers] == [False] * (len(lines) - 1) + [True]
    assert all(set(answer) == {"ok", "error"} and answer["error"] for answer in answers[:-1])
    assert answers[7]["error"] == "(01) The check digit is wrong."


def test_the_commands_of_addons_are_listed() -> None:
    assert "gs1" in CliRunner().invoke(main, ["--help"]).output
