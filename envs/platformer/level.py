"""How is a level written, and what does it say?

A level is a text file: settings, a blank line, and a map with one character a tile (see LEGEND). A mistake is
reported with file, line and column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from envs.bad_input import BadInput, suggest
from envs.level_file import Settings, fault, level_text, names_in, split_level, whole
from envs.platformer.moving import FOE_HEIGHT, FOE_WIDTH
from envs.platformer.physics import HEIGHT
from envs.platformer.world import (
    BRICK,
    CHECKPOINT,
    COIN,
    FLAG,
    LEDGE,
    MAX_BRICKS,
    MAX_CELLS,
    MAX_CHECKPOINTS,
    MAX_COINS,
    MAX_COLS,
    MAX_FOES,
    MAX_LIFTS,
    MAX_ROWS,
    SOLID,
    SPIKE,
    SPRING,
    TILE,
)

LEGEND = {
    ".": "air",
    "#": "ground, or a wall",
    "=": "ledge: can be jumped through from below and stood upon",
    "B": "brick: breaks when a head hits it",
    "o": "coin",
    "^": "spikes",
    "J": "spring",
    "w": "foe that walks, as far as the ground under it goes",
    "h": "foe that flies along the path of `:` beside it",
    "v": "foe that flies up and down the path of `:` above and below it",
    "-": "moving platform, as wide as there are signs, along the path of `:` beside it",
    "|": "moving platform, as wide as there are signs, along the path of `:` above and below it",
    ":": "path",
    "C": "checkpoint",
    "S": "start",
    "F": "flag: the foot of its pole, which goes up to four tiles higher",
}
TILES = {
    "#": SOLID, "=": LEDGE, "B": BRICK | SOLID, "o": COIN, "^": SPIKE, "J": SPRING | SOLID, "C": CHECKPOINT, "F": FLAG,
}  # fmt: skip
SHIPPED = Path(__file__).parent / "levels"
_POLE = 5  # tiles of the flag
_MOST = {"o": MAX_COINS, "B": MAX_BRICKS, "C": MAX_CHECKPOINTS}
_Cell = tuple[int, int]  # row, column


@dataclass(frozen=True)
class Patrol:
    """A foe or a moving platform: where it is at first, and how far its path goes from there, in tiles."""

    mark: str
    row: int
    col: int
    back: int
    ahead: int
    width: int = 1


@dataclass(frozen=True)
class Level:
    """A parsed level: its map as bits of tiles, uint8 [rows, cols], and what moves on it."""

    source: str
    text: str
    tiles: np.ndarray
    start: _Cell
    flag_col: int
    foes: tuple[Patrol, ...]
    lifts: tuple[Patrol, ...]
    title: str = ""
    about: str = ""
    time_limit: int = 0
    foe_speed: int = 100
    lift_speed: int = 80


def shipped_levels() -> list[str]:
    """Return the names of the levels that come with gamelab, from easy to hard."""
    return sorted(names_in(SHIPPED), key=_number)


@cache
def _number(name: str) -> int:
    """Return the number of a shipped level, which its first line gives."""
    with (SHIPPED / f"{name}.txt").open(encoding="utf-8") as file:
        return int(file.readline().removeprefix("number:"))


def load_level(level: str) -> Level:
    """Read a level by its shipped name, by the path of a file, or from its own text (which has several lines)."""
    return parse_level(*level_text(level, SHIPPED))


def parse_level(text: str, source: str = "level") -> Level:
    """Parse a level's text; `source` names it in messages. Raises BadInput `source:line:column: fault`."""
    settings, rows, first = split_level(text, source)
    cols = max(map(len, rows))
    if len(rows) > MAX_ROWS or cols > MAX_COLS or len(rows) * cols > MAX_CELLS:
        raise fault(source, first, 0, f"larger than {MAX_ROWS} rows, {MAX_COLS} columns or {MAX_CELLS} tiles")
    if cols < 4:
        raise fault(source, first, 0, "narrower than 4 columns")
    grid = [row.replace(" ", ".").ljust(cols, ".") for row in rows]
    marks = _find_marks(grid, first, source)
    tiles = np.array([[TILES.get(mark, 0) for mark in row] for row in grid], np.uint8)
    flag_row, flag_col = marks["F"][0]
    for row in range(flag_row - 1, max(-1, flag_row - _POLE), -1):
        if tiles[row, flag_col]:
            break
        tiles[row, flag_col] = FLAG
    foes = [_walker(grid, cell, first, source) for cell in marks.get("w", [])]
    foes += [_flyer(grid, cell) for mark in "hv" for cell in marks.get(mark, [])]
    lifts = [lift for mark in "-|" for lift in _lifts(grid, mark, first, source)]
    for patrols, most, what in ((foes, MAX_FOES, "foes"), (lifts, MAX_LIFTS, "moving platforms")):
        if len(patrols) > most:
            last = patrols[most]
            raise fault(source, first + last.row, last.col, f"more than {most} {what}")
    return Level(
        source=source,
        text=text,
        tiles=tiles,
        start=marks["S"][0],
        flag_col=flag_col,
        foes=tuple(sorted(foes, key=lambda foe: foe.col)),
        lifts=tuple(lifts),
        **_parse_settings(settings, source),
    )


def _find_marks(grid: list[str], first: int, source: str) -> dict[str, list[_Cell]]:
    """Return where each mark stands, and see that there are neither too few nor too many."""
    marks: dict[str, list[_Cell]] = {}
    for y, row in enumerate(grid):
        for x, mark in enumerate(row):
            if mark not in LEGEND:
                raise fault(source, first + y, x, f"unknown tile {mark!r}. Known: {' '.join(LEGEND)}")
            marks.setdefault(mark, []).append((y, x))
    for mark, what in (("S", "start"), ("F", "flag")):
        if mark not in marks:
            raise fault(source, first, 0, f"no {what}: the map needs an {mark}")
        if len(marks[mark]) > 1:
            y, x = marks[mark][1]
            raise fault(source, first + y, x, f"a second {what}; there can be one {mark}")
    for mark, most in _MOST.items():
        if len(marks.get(mark, [])) > most:
            y, x = marks[mark][most]
            raise fault(source, first + y, x, f"more than {most} of {mark!r}")
    return marks


def _stands(grid: list[str], row: int, col: int) -> bool:
    """Return whether a foe that walks can be in that tile: nothing in it, and ground below that does not break."""
    inside = 0 <= col < len(grid[0]) and row + 1 < len(grid)
    return inside and grid[row][col] not in "#BJ^" and grid[row + 1][col] in "#="


def _walker(grid: list[str], cell: _Cell, first: int, source: str) -> Patrol:
    row, col = cell
    if not _stands(grid, row, col):
        raise fault(source, first + row, col, "a foe that walks needs ground or a ledge under it")
    back = ahead = 0
    while _stands(grid, row, col - back - 1):
        back += 1
    while _stands(grid, row, col + ahead + 1):
        ahead += 1
    return Patrol("w", row, col, back, ahead)


def _path(grid: list[str], row: int, col: int, down: int, right: int) -> int:
    """Return how many signs of a path follow that tile in one direction."""
    length = 0
    row, col = row + down, col + right
    while 0 <= row < len(grid) and 0 <= col < len(grid[0]) and grid[row][col] == ":":
        length, row, col = length + 1, row + down, col + right
    return length


def _flyer(grid: list[str], cell: _Cell) -> Patrol:
    row, col = cell
    mark = grid[row][col]
    down, right = (1, 0) if mark == "v" else (0, 1)
    return Patrol(mark, row, col, _path(grid, row, col, -down, -right), _path(grid, row, col, down, right))


def _lifts(grid: list[str], mark: str, first: int, source: str) -> list[Patrol]:
    found = []
    for row, line in enumerate(grid):
        col = line.find(mark)
        while col >= 0:
            width = len(line) - col - len(line[col:].lstrip(mark))
            if mark == "-":
                back, ahead = _path(grid, row, col, 0, -1), _path(grid, row, col + width - 1, 0, 1)
            else:
                back, ahead = _path(grid, row, col, -1, 0), _path(grid, row, col, 1, 0)
            if back + ahead == 0:
                where = "beside it" if mark == "-" else "above or below its first tile"
                raise fault(source, first + row, col, f"a moving platform needs a path of ':' {where}")
            found.append(Patrol(mark, row, col, back, ahead, width))
            col = line.find(mark, col + width)
    return found


def _parse_settings(settings: Settings, source: str) -> dict:
    readers: dict[str, Callable[[str], object]] = {
        "number": lambda text: whole(text, 0, 999),
        "title": str,
        "about": str,
        "time limit": lambda text: whole(text, 1, 3600),
        "foe speed": lambda text: whole(text, 0, 1000),
        "lift speed": lambda text: whole(text, 1, 1000),
    }
    read: dict[str, object] = {}
    for key, (line, text) in settings.items():
        if key not in readers:
            raise fault(source, line, 0, f"unknown setting {key!r}.{suggest(key, readers)}")
        try:
            read[key.replace(" ", "_")] = readers[key](text)
        except BadInput as error:
            raise fault(source, line, len(key) + 1, f"{key}: {error}") from error
    read.pop("number", None)  # only for the order of the shipped ones
    return read


def write_level(level: Level, state: np.record) -> None:
    """Write the level into a record."""
    rows, cols = level.tiles.shape
    state.rows, state.cols, state.flag_col = rows, cols, level.flag_col
    state.tile[: rows * cols] = level.tiles.ravel()
    row, col = level.start
    state.start_x, state.start_y = col * TILE, (row + 1) * TILE - HEIGHT
    state.time_given = 60 * level.time_limit
    for bit, cells, count in (
        (COIN, state.coin_cell, "coin_count"),
        (BRICK, state.brick_cell, "brick_count"),
        (CHECKPOINT, state.checkpoint_cell, "checkpoint_count"),
    ):
        found = np.flatnonzero(level.tiles & bit)
        cells[: len(found)] = found
        setattr(state, count, len(found))
    state.foe_count, state.lift_count = len(level.foes), len(level.lifts)
    for k, foe in enumerate(level.foes):
        state.foe_flies[k] = foe.mark != "w"
        _write_patrol(state, "foe", k, foe, level.foe_speed)
        state.foe_x[k] += (TILE - FOE_WIDTH) // 2
        state.foe_y[k] += TILE - FOE_HEIGHT
    for k, lift in enumerate(level.lifts):
        state.lift_width[k] = lift.width * TILE
        _write_patrol(state, "lift", k, lift, level.lift_speed)


def _write_patrol(state: np.record, what: str, k: int, patrol: Patrol, speed: int) -> None:
    along = patrol.back + patrol.ahead
    upright = patrol.mark in "v|"
    values = {
        "x": (patrol.col - (0 if upright else patrol.back)) * TILE,
        "y": (patrol.row - (patrol.back if upright else 0)) * TILE,
        "right": 0 if upright else along * TILE,
        "down": along * TILE if upright else 0,
        "speed": speed,
        "phase": patrol.back * TILE,
    }
    for key, value in values.items():
        getattr(state, f"{what}_{key}")[k] = value
