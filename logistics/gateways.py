"""Logger files as their makers write them: one adapter for each layout, chosen by what the file says.

What an adapter cannot tell for sure – device, unit, time – is refused, never guessed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from logistics.rules.states import Channel
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.reader import Line, read
from supplychain.kernel.units import CELSIUS, NotANumber, Scale, TooPrecise, divide_half_up

MAX_READINGS = 60_000
_FAHRENHEIT = Scale("℉", 2)
_OFFSET = re.compile(r"(?:UTC|GMT)\s*([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
_WRITTEN = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]+(\d{1,2})(:.*)")
FARTHEST_ZONE = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Value:
    """One reading of a file: 1/100 ℃ or 1/100 %."""

    at: datetime
    channel: Channel
    value: int
    line: int
    """Where it stands in the file."""


@dataclass(frozen=True, slots=True)
class LoggerFile:
    """What a logger file says: the logger, empty when the file does not name it, and its readings."""

    serial: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    time: int
    temperature: int
    humidity: int | None
    is_fahrenheit: bool


def read_logger_file(filename: str, content: bytes) -> LoggerFile:
    """Read a logger's export, csv or xlsx; Invalid names the line that cannot be understood."""
    lines = read(filename, content)
    header, columns = _header(lines)
    said = [cell for line in lines[:header] for cell in line.cells if cell]
    offset = _offset(said)
    values: list[Value] = []
    for line in lines[header + 1 :]:
        if any(line.cells):
            values.extend(_values(line, columns, offset))
    if not values:
        raise Invalid(N_("There is no reading in this file."))
    if len(values) > 2 * MAX_READINGS:
        raise Invalid(N_("More than %(most)s readings in one file."), most=MAX_READINGS)
    return LoggerFile(_serial(said), tuple(values))


def _header(lines: Sequence[Line]) -> tuple[int, _Columns]:
    for index, line in enumerate(lines[:40]):
        names = [cell.lower().replace(" ", "") for cell in line.cells]
        time = _find(
            names,
            lambda name: name.startswith(("时间", "日期时间", "time", "date/time", "datetime", "timestamp")),
        )
        temperature = _find(names, lambda name: name.startswith(("温度", "temp", "temperature")))
        if time is None or temperature is None or time == temperature:
            continue
        unit = names[temperature]
        if not any(sign in unit for sign in ("℃", "°c", "(c)", "℉", "°f", "(f)")):
            raise Invalid(N_("The temperature column does not say ℃ or ℉."))
        humidity = _find(names, lambda name: name.startswith(("湿度", "humidity", "rh")))
        return index, _Columns(time, temperature, humidity, any(sign in unit for sign in ("℉", "°f", "(f)")))
    raise Invalid(N_("This is no logger file: there is no line with time and temperature."))


def _find(names: Sequence[str], fits: Callable[[str], bool]) -> int | None:
    return next((index for index, name in enumerate(names) if fits(name)), None)


def _offset(said: Sequence[str]) -> timezone | None:
    for cell in said:
        found = _OFFSET.search(cell)
        if found is not None:
            ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
            if ahead > FARTHEST_ZONE:
                raise Invalid(N_("“%(text)s” is no time zone."), text=cell[:40])
            return timezone(ahead if found[1] == "+" else -ahead)
    return None


def _serial(said: Sequence[str]) -> str:
    for name, value in itertools.pairwise(said):
        if name.strip().rstrip(":：").lower() in {
            "设备序列号",
            "序列号",
            "serial number",
            "serial no.",
            "s/n",
        }:
            return value.strip()
    return ""


def _values(line: Line, columns: _Columns, offset: timezone | None) -> list[Value]:
    at = _time(line, line.cells[columns.time] if columns.time < len(line.cells) else "", offset)
    found = []
    text = line.cells[columns.temperature] if columns.temperature < len(line.cells) else ""
    if text:
        found.append(Value(at, Channel.TEMPERATURE, _temperature(line, text, columns), line.number))
    if columns.humidity is not None and columns.humidity < len(line.cells) and line.cells[columns.humidity]:
        humidity = _number(line, line.cells[columns.humidity], CELSIUS)
        found.append(Value(at, Channel.HUMIDITY, humidity, line.number))
    return found


def _time(line: Line, text: str, offset: timezone | None) -> datetime:
    try:
        found = datetime.fromisoformat(_padded(text.strip()))
        return (found if found.tzinfo else found.replace(tzinfo=offset or SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(
            N_("Line %(line)s: “%(text)s” is no date and time."), line=line.number, text=text[:40]
        ) from None


def _padded(text: str) -> str:
    """Return an instant as ISO 8601 writes it: loggers write 2026/9/2 8:05 as well."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return text
    year, month, day, hour, rest = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}{rest}"


def _temperature(line: Line, text: str, columns: _Columns) -> int:
    if not columns.is_fahrenheit:
        return _number(line, text, CELSIUS)
    return divide_half_up((_number(line, text, _FAHRENHEIT) - 3200) * 5, 9)


def _number(line: Line, text: str, scale: Scale) -> int:
    try:
        return scale.parse(text.strip().rstrip("%℃℉°CF"))
    except (NotANumber, TooPrecise):
        raise Invalid(
            N_("Line %(line)s: “%(text)s” is no number."), line=line.number, text=text[:40]
        ) from None
