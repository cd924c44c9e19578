"""GS1 symbols as drawings: EAN-13, ITF-14, Code 128, GS1-128, GS1 DataMatrix; QR and DataMatrix with a link.

What the texts mean lives in `gs1`, the drawing itself in the kernel. The libraries beneath draw or silently
mend a wrong check digit, so every text is proved here once more before it becomes a symbol.
Sizes and quiet zones: GS1 General Specifications, sections 5.2 (EAN), 5.3 (ITF-14), 5.4 (GS1-128), 5.6, 5.7.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import zxingcpp
from barcode.codex import Code128, Gs1_128
from barcode.ean import EAN13
from barcode.itf import ITF

from supplychain.base.gs1 import element, keys, link
from supplychain.base.gs1.keys import Gs1Error
from supplychain.kernel import clock
from supplychain.kernel.documents import symbol
from supplychain.kernel.documents.symbol import Quiet
from supplychain.kernel.documents.symbol import Symbol as Symbol  # noqa: PLC0414 - one import for addons

_ITEM_STRING = re.compile(r"((?:(?!\(21\)).)+)\(21\)([^()\\]+)", re.DOTALL)
_ITEM_LINK = re.compile(r"([^?#]+)/21/([A-Za-z0-9._~-]+)")
"""Codes of items: all before the serial, which a run has in common, and the serial."""
LONGEST_GS1_128 = 48
"""Characters of data in one GS1-128 symbol, without the FNC1 at its head (General Specifications 5.4.4.3)."""


@lru_cache(maxsize=512)
def ean13(gtin: str) -> Symbol:
    """Return the bars of a GTIN-13, or of a GTIN-14 that is one with a leading zero; Gs1Error when wrong."""
    full = keys.gtin14(gtin)
    if full[0] != "0":
        raise Gs1Error("length", gtin, "01")
    return symbol.bars(EAN13(full[1:]).build()[0], full[1:], Quiet(11, 7))


@lru_cache(maxsize=512)
def itf14(gtin: str) -> Symbol:
    """Return the bars of a GTIN as fourteen digits, wide to narrow 2.5 : 1; Gs1Error when it is wrong.

    One narrow bar is two modules, so quiet zones of ten bars are twenty and bearers of two bars are four.
    """
    full = keys.gtin14(gtin)
    return symbol.bars(ITF(full, narrow=2, wide=5).build()[0], full, Quiet(20, 20), bearer=4)


@lru_cache(maxsize=512)
def code128(text: str) -> Symbol:
    """Return the bars of a plain number of the house, such as a document's; Gs1Error when not ASCII."""
    if not text or not text.isascii() or not text.isprintable():
        raise Gs1Error("format", text)
    return symbol.bars(Code128(text).build()[0], text, Quiet(10, 10))


@lru_cache(maxsize=512)
def gs1_128(bracketed: str) -> Symbol:
    """Return the bars of an element string `(01)…(10)…`; Gs1Error names the AI that is wrong.

    Put values of predefined length first: each that is not needs one more separator.
    """
    pairs = element.parse(bracketed, clock.today()).pairs
    data = element.raw(pairs)
    if len(data) > LONGEST_GS1_128:
        raise Gs1Error("length", bracketed)
    modules = Gs1_128(data.replace(element.FNC1, Gs1_128.FNC1_CHAR)).build()[0]
    return symbol.bars(modules, bracketed, Quiet(10, 10))


@lru_cache(maxsize=512)
def gs1_datamatrix(bracketed: str) -> Symbol:
    """Return the square matrix of an element string `(01)…(10)…`; Gs1Error names the AI that is wrong."""
    text = _checked(bracketed)
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True)
    return symbol.matrix(code, bracketed, Quiet(1, 1, 1))


@lru_cache(maxsize=512)
def digital_link(uri: str, mask: int | None = None) -> Symbol:
    """Return the QR code of a GS1 Digital Link; Gs1Error says what is wrong with it.

    For many links at once `mask` is that of the first, so that it is sought but once.
    """
    _check_link(uri)
    return symbol.qr(uri, mask)


@lru_cache(maxsize=512)
def digital_link_datamatrix(uri: str) -> Symbol:
    """Return the square matrix of a GS1 Digital Link, smaller than its QR code; Gs1Error says what is wrong.

    A link is plain text here: the symbol has no FNC1 and reads as ]d1.
    """
    _check_link(uri)
    code = zxingcpp.create_barcode(uri, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    return symbol.matrix(code, uri, Quiet(1, 1, 1))


def qr(uri: str) -> Symbol:
    """Return the QR code of any web address, such as a document's live page."""
    return symbol.qr(uri)


def _checked(text: str) -> str:
    """Return an element string in brackets; Gs1Error when it is wrong. Of a run serials alone are read."""
    today = clock.today()
    item = _ITEM_STRING.fullmatch(text)
    if item is not None and text.startswith("(") and _is_right_string(item[1], today):
        element.check_value("21", item[2], today)
        return text
    pairs = element.parse(text, today).pairs
    return text if text.startswith("(") else element.bracketed(pairs)


def _check_link(uri: str) -> None:
    """Raise Gs1Error for a link that is wrong. Of a run serials alone are read."""
    today = clock.today()
    item = _ITEM_LINK.fullmatch(uri)
    if item is not None and _is_right_link(item[1], today):
        element.check_value("21", item[2], today)
    else:
        link.parse(uri, today)


@lru_cache(maxsize=256)
def _is_right_string(head: str, today: date) -> bool:
    """Tell whether an element string is right up to a serial; what is wrong is told by reading all."""
    try:
        element.parse(f"{head}(21)0", today)
    except Gs1Error:
        return False
    return True


@lru_cache(maxsize=256)
def _is_right_link(head: str, today: date) -> bool:
    try:
        link.parse(f"{head}/21/0", today)
    except Gs1Error:
        return False
    return True
