"""How does a table grow row by row, so that whatever ends the program spoils none of it?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from envs.bad_input import BadInput
from envs.file import read_text, write_bytes

_CAP = 1 << 28  # bytes
STEPS = "steps"  # the first column, by which the rows are in order


class Table:
    """A CSV file of numbers that is only appended to; opened anew, it goes on after the last row that counts.

    Args:
        path: of the file; need not exist.
        until: rows of more steps are dropped, and so is a line that was not written to its end.
    """

    def __init__(self, path: Path, until: int) -> None:
        self._path = path
        self._columns: list[str] = []
        self.last: dict[str, float] = {}  # the last row
        rows = []
        if path.exists():
            self._columns = _header(path)
            with suppress(BadInput):  # after a power cut anything may stand at the end
                for row in _rows(path, self._columns):
                    if row[0] > until:
                        break
                    rows.append(row)
            self._rewrite(rows)
        if rows:
            self.last = dict(zip(self._columns, rows[-1], strict=True))
        self._file = self._open()

    def add(self, row: Mapping[str, float]) -> None:
        """Append a row, which has `steps`; what it does not say stays empty, and what is new becomes a column."""
        if new := [name for name in row if name not in self._columns]:
            old = list(_rows(self._path, self._columns)) if self._columns else []
            self._columns += new
            os.close(self._file)
            self._rewrite([[*values, *[np.nan] * len(new)] for values in old])
            self._file = self._open()
        self._write(_line([row.get(name, np.nan) for name in self._columns]).encode())
        self.last = dict(row)

    def keep(self) -> None:
        """Make what was added so far outlive a power cut."""
        with self._naming_the_file():
            os.fsync(self._file)

    def close(self) -> None:
        os.close(self._file)

    def _open(self) -> int:
        with self._naming_the_file():
            return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)

    def _rewrite(self, rows: list[list[float]]) -> None:
        header = ",".join(self._columns) + "\n" if self._columns else ""
        write_bytes(self._path, (header + "".join(map(_line, rows))).encode())

    def _write(self, data: bytes) -> None:
        with self._naming_the_file():
            while data:
                data = data[os.write(self._file, data) :]

    @contextmanager
    def _naming_the_file(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BadInput(f"{self._path}: cannot be written: {error.strerror}") from error


def read_table(path: Path) -> dict[str, np.ndarray]:
    """Return the columns of a table, f8[rows] each, NaN where a cell is empty. Raises BadInput for what is none."""
    columns = _header(path)
    rows = list(_rows(path, columns))
    return dict(zip(columns, np.array(rows).reshape(len(rows), len(columns)).T, strict=True))


def _whole_lines(path: Path) -> list[str]:
    """Return its lines; the last one does not count before its end is written."""
    return read_text(path, _CAP).split("\n")[:-1]


def _header(path: Path) -> list[str]:
    lines = _whole_lines(path)
    columns = lines[0].split(",") if lines else []
    if columns and columns[0] != STEPS:
        raise BadInput(f"{path}: not a table of a training run: its first column is not {STEPS!r}")
    return columns


def _rows(path: Path, columns: list[str]) -> Iterator[list[float]]:
    for number, line in enumerate(_whole_lines(path)[1:], 2):
        try:
            row = [float(cell or "nan") for cell in line.split(",")]
        except ValueError:
            raise BadInput(f"{path}: line {number} holds what is not a number") from None
        if len(row) != len(columns):
            raise BadInput(f"{path}: line {number} has {len(row)} cells, not {len(columns)}")
        yield row


def _line(row: list[float]) -> str:
    return ",".join("" if np.isnan(cell) else f"{cell:.10g}" for cell in row) + "\n"
