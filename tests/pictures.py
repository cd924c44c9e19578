"""Labels as pictures again, whatever they were made for, by ways of their own: what a scanner would see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from PIL import Image, ImageDraw
from pypdfium2 import PdfDocument

_SVG = "{http://www.w3.org/2000/svg}"
_GRAPHIC = re.compile(r"\^FO(\d+),(\d+)\^GFA,(\d+),(\d+),(\d+),([^^]*)\^FS")
_FORMAT = re.compile(r"\^XA(.*?)\^PQ(\d+)\n\^XZ", re.DOTALL)
_MOVES = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-([\d.]+)z")
_PLACED = re.compile(r"translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)")


def of_pdf(data: bytes, dots: float, page: int = 0) -> Image.Image:
    """Photograph a page at so many dots a millimetre."""
    image: Image.Image = PdfDocument(data)[page].render(scale=dots * 25.4 / 72).to_pil().convert("L")
    return image


def of_svg(text: str, dots: float) -> Image.Image:
    """Draw the codes and lines of a label; its words are left out."""
    root = ET.fromstring(text)
    assert root.attrib["width"].endswith("mm")
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    image = Image.new("L", (round(width * dots), round(height * dots)), 255)
    pen = ImageDraw.Draw(image)
    for path in root.iter(f"{_SVG}path"):
        placed = _PLACED.fullmatch(path.attrib["transform"])
        assert placed is not None
        left, top, scale = map(float, placed.groups())
        for x, y, wide, high, back in _MOVES.findall(path.attrib["d"]):
            assert wide == back
            box = [
                (left + float(x) * scale) * dots,
                (top + float(y) * scale) * dots,
                (left + (float(x) + float(wide)) * scale) * dots - 1,
                (top + (float(y) + float(high)) * scale) * dots - 1,
            ]
            pen.rectangle([round(edge) for edge in box], fill=0)
    return image


def of_zpl(text: str) -> Iterator[tuple[Image.Image, int]]:
    """Print labels as a thermal printer does: each with how many of it; quiet margin around it."""
    for body, count in _FORMAT.findall(text):
        size = re.search(r"\^PW(\d+)\^LL(\d+)", body)
        assert size is not None
        image = Image.new("L", (int(size[1]), int(size[2])), 255)
        for x, y, total, again, row, packed in _GRAPHIC.findall(body):
            assert total == again
            dark = _unpacked(packed, int(row), int(total))
            bits = Image.frombytes("1", (int(row) * 8, int(total) // int(row)), dark)
            image.paste(0, (int(x), int(y)), bits)
        yield image, int(count)


def _unpacked(packed: str, row: int, total: int) -> bytes:
    """Read ZPL's run-length letters: G to Y are 1 to 19 times, g to z 20 to 400 times the next digit."""
    lines: list[str] = []
    line, times = "", 0
    for sign in packed:
        if sign in "GHIJKLMNOPQRSTUVWXY":
            times += ord(sign) - ord("G") + 1
        elif sign in "ghijklmnopqrstuvwxyz":
            times += 20 * (ord(sign) - ord("g") + 1)
        elif sign == ",":
            line = line.ljust(2 * row, "0")
        elif sign == "!":
            line = line.ljust(2 * row, "F")
        elif sign == ":":
            assert not line
            line = lines[-1]
        else:
            line, times = line + sign * max(times, 1), 0
        if len(line) == 2 * row:
            lines.append(line)
            line = ""
        assert len(line) < 2 * row
    data = bytes.fromhex("".join(lines))
    assert len(data) == total
    return data
