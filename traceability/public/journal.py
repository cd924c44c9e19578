"""Looks on file before they are on record: what a process had not counted when it died, another counts.

A journal belongs to one living process, which holds a lock on it. It is written without waiting for the disk:
it outlives the process, and the last of it may go with the power. What is counted of it is known elsewhere.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from traceability.rules.code import ScanKind
from traceability.services.scan import Look, Visit

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30

    def _hold(file: int) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

    def _remove(file: int, path: Path) -> None:
        os.close(file)
        path.unlink(missing_ok=True)
else:
    import fcntl

    def _hold(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _remove(file: int, path: Path) -> None:
        path.unlink(missing_ok=True)
        os.close(file)


_ENDING = ".looks"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Journal:
    """The file of the looks of this process."""

    def __init__(self, folder: Path) -> None:
        """Begin an empty file; OSError when the folder cannot be written."""
        folder.mkdir(parents=True, exist_ok=True)
        self.name = uuid4().hex
        self.size = 0
        self._path = folder / f"{self.name}{_ENDING}"
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        _hold(self._file)
        if not os.fstat(self._file).st_nlink:
            raise OSError("the journal was taken for one left behind")

    def append(self, visit: Visit) -> None:
        """Write one look down; OSError when there is no room for it."""
        line = _line(visit.look, visit.first_at)
        if os.write(self._file, line) != len(line):
            raise OSError("the journal is full")
        self.size += len(line)

    def discard(self) -> None:
        """Remove the file: all of it is counted."""
        _remove(self._file, self._path)


@dataclass(slots=True)
class LeftBehind:
    """A journal whose process is no more, held by whoever counts the rest of it."""

    name: str
    _path: Path
    _file: int
    _is_open: bool = True

    def visits(self, counted: int) -> tuple[list[Visit], int]:
        """Return the looks after so many bytes, and how many bytes there are; a torn line is left out.

        A file may be shorter than it was when the power went.
        """
        size = max(os.lseek(self._file, 0, os.SEEK_END), counted)
        os.lseek(self._file, counted, os.SEEK_SET)
        found = [_read(line) for line in os.read(self._file, size - counted).split(b"\n")[:-1]]
        return [visit for visit in found if visit is not None], size

    def discard(self) -> None:
        """Remove the file: all of it is counted."""
        self._is_open = False
        _remove(self._file, self._path)

    def let_go(self) -> None:
        """Leave the file to others, if it is still there."""
        if self._is_open:
            os.close(self._file)


def left_behind(folder: Path) -> Iterator[LeftBehind]:
    """Give each journal of a process that is no more; nobody else is given it meanwhile."""
    for path in sorted(folder.glob(f"*{_ENDING}")):
        found = _taken(path)
        if found is not None:
            try:
                yield found
            finally:
                found.let_go()


def _taken(path: Path) -> LeftBehind | None:
    try:
        file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    found = LeftBehind(path.stem, path, file)
    if _may_hold(file):
        return found
    found.let_go()
    return None


def _may_hold(file: int) -> bool:
    """Hold a file if its process is no more; False where it lives, or where somebody else was faster."""
    try:
        _hold(file)
    except OSError:
        return False
    return os.fstat(file).st_nlink > 0


def _line(look: Look, at: datetime) -> bytes:
    code = "" if look.code_id is None else look.code_id
    moment = (at - _EPOCH) // _MICROSECOND
    return f"{look.batch_id}\t{code}\t{look.kind}\t{look.visitor}\t{moment}\n".encode()


def _read(line: bytes) -> Visit | None:
    """Return what a line says; None for one that is no line of ours."""
    try:
        batch, code, kind, visitor, moment = line.decode().split("\t")
        at = _EPOCH + int(moment) * _MICROSECOND
        return Visit(Look(int(batch), int(code) if code else None, ScanKind(kind), visitor), at, at)
    except ValueError:
        return None
