"""A label as dots: modules of codes are whole dots, letters come from the same fonts as on paper."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from supplychain.base.labelling.drawing import Drawing, Fill, Frame, Sign, Words
from supplychain.base.labelling.lines import POINT_MM
from supplychain.kernel.documents import lettering

_DARK, _LIGHT = 0, 255


def png(drawing: Drawing, dots: int) -> bytes:
    """Return the picture of a label at so many dots a millimetre; the file says how large it is."""
    out = BytesIO()
    inch = (dots * 25.4, dots * 25.4)
    image(drawing, dots, grey=True).save(out, "PNG", dpi=inch, optimize=False)
    return out.getvalue()


def image(drawing: Drawing, dots: int, *, grey: bool = False) -> Image.Image:
    """Return a label as an image; without `grey` each dot is dark or light, as thermal heads print."""
    size = (max(round(drawing.width * dots), 1), max(round(drawing.height * dots), 1))
    made = Image.new("L", size, _LIGHT)
    pen = ImageDraw.Draw(made)
    pen.fontmode = "L" if grey else "1"
    for mark in drawing.marks:
        match mark:
            case Words():
                _write(pen, mark, dots)
            case Sign():
                _sign(made, mark, dots)
            case Fill():
                _fill(pen, mark.x * dots, mark.y * dots, mark.width * dots, mark.height * dots)
            case Frame():
                _frame(pen, mark, dots)
    return made


def _write(pen: ImageDraw.ImageDraw, mark: Words, dots: int) -> None:
    """Write letter by letter where they were measured: a bitmap font's own steps are whole dots."""
    x, y = mark.x * dots, round(mark.y * dots)
    scale = POINT_MM * dots
    for font, part in lettering.runs(mark.text, mark.font):
        shape = _font(font, mark.size * scale)
        for letter in part:
            pen.text((round(x), y), letter, fill=_DARK, font=shape, anchor="ls")
            x += lettering.width(letter, font, mark.size) * scale


def _sign(made: Image.Image, mark: Sign, dots: int) -> None:
    side = max(round(mark.module * dots), 1)
    code = mark.symbol
    high = code.rows * side if code.is_matrix else max(round(mark.height * dots), 1)
    modules = Image.frombytes("L", (code.columns, code.rows), code.cells)
    left, top = round(mark.x * dots), round(mark.y * dots)
    inner = modules.resize((code.columns * side, high), Image.Resampling.NEAREST)
    made.paste(
        inner, (left + code.quiet.left * side, top + (code.quiet.above * side if code.is_matrix else 0))
    )
    if code.bearer:
        pen = ImageDraw.Draw(made)
        for y in (top, top + high - code.bearer * side):
            _fill(pen, left, y, code.modules_wide * side, code.bearer * side)


def _fill(pen: ImageDraw.ImageDraw, x: float, y: float, width: float, height: float) -> None:
    left, top = round(x), round(y)
    right, bottom = max(round(x + width), left + 1), max(round(y + height), top + 1)
    pen.rectangle((left, top, right - 1, bottom - 1), fill=_DARK)


def _frame(pen: ImageDraw.ImageDraw, mark: Frame, dots: int) -> None:
    box = (
        round(mark.x * dots),
        round(mark.y * dots),
        round((mark.x + mark.width) * dots) - 1,
        round((mark.y + mark.height) * dots) - 1,
    )
    pen.rounded_rectangle(box, mark.corner * dots, outline=_DARK, width=max(round(mark.stroke * dots), 1))


@lru_cache(maxsize=64)
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(_file(name)), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=2)
def _file(name: str) -> bytes:
    return lettering.file_of(name)
