"""How is a level written, and what does it say?

A level is a text file: settings, a blank line, and a map with one character a cell (see LEGEND). A mistake is
reported with file, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from envs.bad_input import BadInput, suggest
from envs.level_file import Settings, fault, level_text, names_in, split_level, whole

LEGEND = {
    "#": "wall",
    ".": "floor",
    "S": "start; where there are several, one is drawn",
    "G": "goal: ends the episode",
    "g": "prize: a lesser goal, ends the episode too",
    "x": "cliff: back to the start",
    "~": "lava, or a hole: ends the episode",
    "*": "ice: slides on until something stops it",
    "o": "apple",
    "1-9": "portals, in pairs",
    "a-d": "keys",
    "A-D": "doors, opened by the key of the same letter",
    "e": "one of two ends that look alike: one of them, drawn for every episode, is the goal, the other as lava",
    "i": "signpost: shows which end is the goal",
}
_TILES = {"#": 1, ".": 0, "S": 2, "G": 3, "g": 4, "x": 5, "~": 6, "*": 7, "o": 8, "e": 12, "i": 13}
_WALL, _APPLE, _PORTAL, _KEY, _DOOR, _END = 1, 8, 9, 10, 11, 12
_REWARDS = {
    "goal": 1000,
    "prize": 100,
    "cliff": -1000,
    "lava": -1000,
    "key": None,
    "apple": 1000,
    "starve": -1000,
}
MAX_SIDE, MAX_CELLS, MAX_APPLES = 255, 32767, 30
SHIPPED = Path(__file__).parent / "levels"


@dataclass(frozen=True)
class Level:
    """A parsed level. `tiles` and `links` have one entry a cell, row by row; rewards are thousandths."""

    source: str
    text: str
    rows: int
    cols: int
    tiles: list[int]
    links: list[int]
    keys: int
    title: str = ""
    about: str = ""
    slip: Fraction = Fraction(0)
    hunger: int = 0
    ripe: int = 0
    time_limit: int = 0
    wind: list[int] = field(default_factory=list)
    rewards: dict[str, int] = field(default_factory=dict)

    @property
    def starts(self) -> int:
        return self.tiles.count(_TILES["S"])

    @property
    def goals(self) -> int:
        return sum(tile in (_TILES["G"], _TILES["g"], _END) for tile in self.tiles)

    @property
    def task(self) -> str:
        """With which of the rules' `REASONS` an episode ends in which one forager did all that can be asked of it.

        A prize is only the lesser of two goals. Where apples grow again the task is to live on them; nothing is asked
        where nobody starves.
        """
        if self.goals:
            return "goal" if self.has_ends or _TILES["G"] in self.tiles else "prize"
        if self.ripe:
            return "time limit" if self.hunger else ""
        return "all apples eaten" if self.apples else ""

    @property
    def apples(self) -> list[int]:
        return [cell for cell, tile in enumerate(self.tiles) if tile == _APPLE]

    @property
    def has_ends(self) -> bool:
        return _END in self.tiles

    @property
    def open_cells(self) -> list[int]:
        return [cell for cell, tile in enumerate(self.tiles) if tile != _WALL]

    @property
    def states(self) -> int:
        """How many states the index observation numbers."""
        return (len(self.open_cells) << self.keys) * (self.hunger + 1) << len(self.apples) + self.has_ends


def shipped_levels() -> list[str]:
    """Return the names of the levels that come with gamelab."""
    return names_in(SHIPPED)


def load_level(level: str) -> Level:
    """Read a level by its shipped name, by the path of a file, or from its own text (which has several lines)."""
    return parse_level(*level_text(level, SHIPPED))


def parse_level(text: str, source: str = "level") -> Level:
    """Parse a level's text; `source` names it in messages. Raises BadInput `source:line:column: fault`."""
    settings, rows, at = split_level(text, source)
    tiles, links, keys = _parse_map(rows, at, source)
    level: dict[str, Any] = {"source": source, "text": text, "rows": len(rows), "cols": len(rows[0])}
    return Level(
        **level, tiles=tiles, links=links, keys=keys, **_parse_settings(settings, source, tiles, len(rows[0]))
    )


def _parse_map(rows: list[str], first: int, source: str) -> tuple[list[int], list[int], int]:
    cols = len(rows[0])
    if len(rows) > MAX_SIDE or cols > MAX_SIDE or len(rows) * cols > MAX_CELLS:
        raise fault(source, first, 0, f"larger than {MAX_SIDE} x {MAX_SIDE} or {MAX_CELLS} cells")
    marks: dict[str, list[tuple[int, int]]] = {}
    for y, row in enumerate(rows):
        if len(row) != cols:
            raise fault(
                source, first + y, min(len(row), cols), f"this row has {len(row)} cells, the first {cols}"
            )
        for x, mark in enumerate(row):
            if mark not in _TILES and mark not in "123456789abcdABCD":
                raise fault(source, first + y, x, f"unknown tile {mark!r}. Known: {' '.join(LEGEND)}")
            marks.setdefault(mark, []).append((y, x))
    _check_marks(marks, first, source)
    tiles = [_tile(mark) for row in rows for mark in row]
    links = [-1] * len(tiles)
    letters = sorted(mark for mark in marks if mark in "abcd")
    for mark, cells in marks.items():
        numbers = [y * cols + x for y, x in cells]
        if mark.isdigit():
            links[numbers[0]], links[numbers[1]] = numbers[1], numbers[0]
        elif mark.lower() in letters:
            for cell in numbers:
                links[cell] = letters.index(mark.lower())
        elif mark in "oe":
            for number, cell in enumerate(numbers):
                links[cell] = number
    return tiles, links, len(letters)


def _tile(mark: str) -> int:
    if mark in _TILES:
        return _TILES[mark]
    return _PORTAL if mark.isdigit() else _KEY if mark.islower() else _DOOR


def _check_marks(marks: dict[str, list[tuple[int, int]]], first: int, source: str) -> None:
    if "S" not in marks:
        raise fault(source, first, 0, "no start: the map needs an S")
    if not marks.keys() & {"G", "g", "o", "e"}:
        raise fault(source, first, 0, "nothing to reach: the map needs a G, a g, an o or two e")
    for mark, cells in marks.items():
        y, x = cells[-1]
        if mark.isdigit() and len(cells) != 2:
            raise fault(
                source, first + y, x, f"portal {mark} stands {len(cells)} times; portals come in pairs"
            )
        if mark in "abcd" and len(cells) > 1:
            raise fault(source, first + y, x, f"key {mark} stands {len(cells)} times")
        if mark in "ABCD" and mark.lower() not in marks:
            raise fault(source, first + y, x, f"door {mark} has no key {mark.lower()}")
        if mark == "e" and len(cells) != 2:
            raise fault(source, first + y, x, f"end e stands {len(cells)} times; ends come in pairs")
        if mark == "e" and "i" not in marks:
            raise fault(source, first + y, x, "end e has no signpost i to show whether it is the goal")
        if mark == "i" and "e" not in marks:
            raise fault(source, first + y, x, "signpost i has no ends e to show")
        if mark == "o" and len(cells) > MAX_APPLES:
            raise fault(source, first + y, x, f"more than {MAX_APPLES} apples")


def _parse_settings(settings: Settings, source: str, tiles: list[int], cols: int) -> dict:
    readers: dict[str, Callable[[str], object]] = {
        "title": str,
        "about": str,
        "slip": slip_fraction,
        "hunger": lambda text: whole(text, 0, 30_000),
        "ripe": lambda text: whole(text, 0, max(tiles.count(_APPLE) - 1, 0)),
        "time limit": lambda text: whole(text, 1, 1_000_000),
        "wind": lambda text: _wind(text, cols),
        **{f"reward {event}": _thousandths for event in ("step", *_REWARDS)},
    }
    read: dict[str, object] = {}
    for key, (line, text) in settings.items():
        if key not in readers:
            raise fault(source, line, 0, f"unknown setting {key!r}.{suggest(key, readers)}")
        try:
            read[key.replace(" ", "_")] = readers[key](text)
        except ValueError as error:
            raise fault(source, line, len(key) + 1, f"{key}: {error}") from error
    step = read.pop("reward_step", 0)
    given = {event: read.pop(f"reward_{event}", default) for event, default in _REWARDS.items()}
    rewards = {"step": step, **{event: step if value is None else value for event, value in given.items()}}
    defaults = {"time_limit": max(100, 4 * len(tiles)), "wind": [0] * cols}
    return {**defaults, **read, "rewards": rewards}


def slip_fraction(text: str | float | Fraction) -> Fraction:
    """Read a probability such as 0.1 or 2/3 as an exact fraction."""
    number = str(text)
    try:  # by way of a float where there is an exponent: the exact 1e-9999999 is a number of that many digits
        slip = Fraction(float(number) if "e" in number.lower() else number).limit_denominator(1_000_000)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise BadInput(f"{text!r} is not a probability such as 0.1 or 2/3") from None
    if not 0 <= slip <= 1:
        raise BadInput(f"{text!r} is not between 0 and 1")
    return slip


def _thousandths(text: str) -> int:
    try:
        value = Fraction(text) * 1000 if len(text) < 20 and "e" not in text.lower() else None
    except (ValueError, ZeroDivisionError):
        value = None
    if value is None or value.denominator != 1 or abs(value) > 1_000_000:
        raise BadInput(f"{text!r} is not a number from -1000 to 1000 with at most three decimals")
    return int(value)


def _wind(text: str, cols: int) -> list[int]:
    parts = text.split()
    if len(parts) != cols or not all(re.fullmatch("-?[0-9]", part) for part in parts):
        raise BadInput(f"needs {cols} whole numbers from -9 to 9, one a column; north is positive")
    return [int(part) for part in parts]
