"""Readers of codes that share nothing with what draws them: zbar for bars and QR, libdmtx for DataMatrix.

zxing-cpp draws our matrix codes, so it may not be their only judge. Both libraries are called as they are:
the Python packages around them tell neither zbar's GS1 mark nor libdmtx's FNC1, which is what is at stake.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from ctypes import POINTER, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_uint, c_ulong, c_void_p
from ctypes.util import find_library
from dataclasses import dataclass
from functools import cache

import pytest
from PIL import Image

EAN13, I25, QR, CODE128 = 13, 25, 64, 128
"""zbar's names for what it reads."""
_GREY = int.from_bytes(b"Y800", "little")
_GS1 = 1
_FNC1 = b"\x1d"
_PACK_GREY, _PROP_FNC1, _UNDEFINED = 300, 104, -1
_LONGEST_MS = 4_000


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader found: its symbology identifier (ISO/IEC 15424) and the bytes after it."""

    symbology: str
    data: bytes


class _Message(ctypes.Structure):
    _fields_ = (
        ("array_size", c_size_t),
        ("code_size", c_size_t),
        ("output_size", c_size_t),
        ("output_index", c_int),
        ("pad_count", c_int),
        ("fnc1", c_int),
        ("array", POINTER(c_ubyte)),
        ("code", POINTER(c_ubyte)),
        ("output", POINTER(c_ubyte)),
    )


class _Time(ctypes.Structure):
    _fields_ = (("seconds", c_long), ("microseconds", c_ulong))


def bars(image: Image.Image) -> list[Read]:
    """Return the bars and QR codes that zbar finds."""
    lib, grey = _zbar(), image.convert("L")
    pixels = grey.tobytes()
    scanner, page = lib.zbar_image_scanner_create(), lib.zbar_image_create()
    try:
        lib.zbar_image_scanner_set_config(scanner, I25, 0x20, 14)
        lib.zbar_image_set_format(page, _GREY)
        lib.zbar_image_set_size(page, grey.width, grey.height)
        lib.zbar_image_set_data(page, pixels, len(pixels), None)
        lib.zbar_scan_image(scanner, page)
        return list(_symbols(lib, page))
    finally:
        lib.zbar_image_destroy(page)
        lib.zbar_image_scanner_destroy(scanner)


def matrices(image: Image.Image, most: int = 1) -> list[Read]:
    """Return up to so many DataMatrix codes that libdmtx finds; FNC1 stands as GS, at the head as well.

    A first FNC1 makes it a GS1 DataMatrix, ]d2; without one it is plain, ]d1.
    """
    lib, grey = _dmtx(), image.convert("L")
    pixels = grey.tobytes()
    page = lib.dmtxImageCreate(pixels, grey.width, grey.height, _PACK_GREY)
    decoder = lib.dmtxDecodeCreate(page, 1)
    lib.dmtxDecodeSetProp(decoder, _PROP_FNC1, _FNC1[0])
    end = lib.dmtxTimeAdd(lib.dmtxTimeNow(), _LONGEST_MS)
    found: list[Read] = []
    try:
        while len(found) < most and (region := lib.dmtxRegionFindNext(decoder, ctypes.byref(end))):
            message = lib.dmtxDecodeMatrixRegion(decoder, region, _UNDEFINED)
            if message:
                found.append(_matrix(message.contents))
                lib.dmtxMessageDestroy(ctypes.byref(message))
            lib.dmtxRegionDestroy(ctypes.byref(c_void_p(region)))
        return found
    finally:
        lib.dmtxDecodeDestroy(ctypes.byref(c_void_p(decoder)))
        lib.dmtxImageDestroy(ctypes.byref(c_void_p(page)))


def _symbols(lib: ctypes.CDLL, page: int) -> Iterator[Read]:
    symbol = lib.zbar_image_first_symbol(page)
    while symbol:
        kind = lib.zbar_symbol_get_type(symbol)
        length = lib.zbar_symbol_get_data_length(symbol)
        data = ctypes.string_at(lib.zbar_symbol_get_data(symbol), length)
        is_gs1 = bool(lib.zbar_symbol_get_modifiers(symbol) & _GS1)
        names = {EAN13: "]E0", I25: "]I1", QR: "]Q1", CODE128: "]C0"}
        gs1 = {CODE128: "]C1", QR: "]Q3"}
        yield Read(gs1.get(kind, "?") if is_gs1 else names.get(kind, f"zbar {kind}"), data)
        symbol = lib.zbar_symbol_next(symbol)


def _matrix(message: _Message) -> Read:
    data = bytes(message.output[: message.output_index])
    return Read("]d2", data[1:]) if data[:1] == _FNC1 else Read("]d1", data)


def _library(name: str) -> ctypes.CDLL:
    """Return a library; where set-up could not get it and said so, the test is skipped."""
    found = find_library(name)
    if found is None and (reason := os.environ.get("TEST_SKIP_READERS")):
        pytest.skip(reason)
    return ctypes.CDLL(found or f"lib{name}.so.0")


@cache
def _zbar() -> ctypes.CDLL:
    lib = _library("zbar")
    for name in ("zbar_image_scanner_create", "zbar_image_create"):
        getattr(lib, name).restype = c_void_p
    for name in ("zbar_image_first_symbol", "zbar_symbol_next", "zbar_symbol_get_data"):
        getattr(lib, name).restype, getattr(lib, name).argtypes = c_void_p, (c_void_p,)
    for name in ("zbar_symbol_get_type", "zbar_symbol_get_data_length", "zbar_symbol_get_modifiers"):
        getattr(lib, name).restype, getattr(lib, name).argtypes = c_uint, (c_void_p,)
    lib.zbar_image_scanner_set_config.argtypes = (c_void_p, c_int, c_int, c_int)
    lib.zbar_image_set_format.argtypes = (c_void_p, c_ulong)
    lib.zbar_image_set_size.argtypes = (c_void_p, c_uint, c_uint)
    lib.zbar_image_set_data.argtypes = (c_void_p, c_char_p, c_ulong, c_void_p)
    lib.zbar_scan_image.argtypes = (c_void_p, c_void_p)
    for name in ("zbar_image_destroy", "zbar_image_scanner_destroy"):
        getattr(lib, name).argtypes = (c_void_p,)
    return lib


@cache
def _dmtx() -> ctypes.CDLL:
    lib = _library("dmtx")
    lib.dmtxImageCreate.restype = lib.dmtxDecodeCreate.restype = c_void_p
    lib.dmtxImageCreate.argtypes = (c_char_p, c_int, c_int, c_int)
    lib.dmtxDecodeSetProp.argtypes = (c_void_p, c_int, c_int)
    lib.dmtxDecodeCreate.argtypes = (c_void_p, c_int)
    lib.dmtxTimeNow.restype = lib.dmtxTimeAdd.restype = _Time
    lib.dmtxTimeAdd.argtypes = (_Time, c_long)
    lib.dmtxRegionFindNext.restype, lib.dmtxRegionFindNext.argtypes = c_void_p, (c_void_p, POINTER(_Time))
    lib.dmtxDecodeMatrixRegion.restype = POINTER(_Message)
    lib.dmtxDecodeMatrixRegion.argtypes = (c_void_p, c_void_p, c_int)
    for name in ("dmtxMessageDestroy", "dmtxRegionDestroy", "dmtxDecodeDestroy", "dmtxImageDestroy"):
        getattr(lib, name).argtypes = (c_void_p,)
    return lib
