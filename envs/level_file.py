"""How is a level file found, split into settings and map, and how are its faults told?

A level is a text file: settings `key: value`, a blank line, and a map with one character a cell.
"""

from __future__ import annotations

import os
from pathlib import Path

from envs.bad_input import BadInput, suggest
from envs.file import read_text

MAX_BYTES = 256 * 1024
Settings = dict[str, tuple[int, str]]  # key -> line, counted from 0, and value


def names_in(folder: Path) -> list[str]:
    """Return the names of the levels in a folder."""
    return sorted(path.stem for path in folder.glob("*.txt"))


def level_text(level: str, folder: Path) -> tuple[str, str]:
    """Return a level's text and what to call it.

    level: its name in the folder, a path, or its own text, which has several lines.

    Raises:
        BadInput: no such level or file, or one that cannot be read.
    """
    if "\n" in level:
        return level, "level"
    if level in names_in(folder):
        return (folder / f"{level}.txt").read_text(encoding="utf-8"), level
    if not os.path.isfile(level):
        raise BadInput(f"no level or file {level[:200]!r}.{suggest(level[:200], names_in(folder))}")
    return read_text(Path(level), MAX_BYTES), level


def split_level(text: str, source: str) -> tuple[Settings, list[str], int]:
    """Return settings, the rows of the map, and the line of the first one.

    Raises:
        BadInput: `source:line:column: fault`.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    settings: Settings = {}
    at = 0
    while at < len(lines) and lines[at]:
        key, colon, value = lines[at].partition(":")
        if not colon:
            raise fault(source, at, 0, "a setting is `key: value`; a blank line ends the settings")
        if key.strip() in settings:
            raise fault(source, at, 0, f"{key.strip()!r} is given twice")
        settings[key.strip()] = (at, value.strip())
        at += 1
    while at < len(lines) and not lines[at]:
        at += 1
    end = len(lines)
    while end > at and not lines[end - 1]:
        end -= 1
    if at == end:
        raise fault(source, at - 1, 0, "no map after the settings")
    return settings, lines[at:end], at


def fault(source: str, line: int, column: int, what: str) -> BadInput:
    """Return the error to raise; line and column count from 0."""
    return BadInput(f"{source}:{line + 1}:{column + 1}: {what if len(what) < 400 else what[:400] + '…'}")


def whole(text: str, low: int, high: int) -> int:
    """Read the value of a setting."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        raise BadInput(f"{text!r} is not a whole number from {low} to {high}")
    return int(text)
