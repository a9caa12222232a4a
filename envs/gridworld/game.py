"""What does the gridworld offer to faces, agents, viewer and replays?"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from envs.bad_input import BadInput
from envs.game import Game, Kernels
from envs.generator import seeded
from envs.gridworld import observation as seen
from envs.gridworld.level import (
    MAX_CELLS,
    MAX_SIDE,
    Level,
    load_level,
    parse_level,
    shipped_levels,
    slip_fraction,
)
from envs.gridworld.maze import carve
from envs.gridworld.rules import REASONS
from envs.gridworld.state import template
from envs.settings import choice, whole
from envs.view import Decision

if TYPE_CHECKING:
    import pygame

_INDEX = Kernels(seen.restart_index, seen.step_index, seen.observe_index)
_PLANES = Kernels(seen.restart_planes, seen.step_planes, seen.observe_planes)
_whole, _choice = partial(whole, "gridworld"), partial(choice, "gridworld")
MAX_STATES = 2**31
MAX_MODEL = 250_000  # states; Python lists of their transitions take about a gigabyte
MAX_FORAGERS = 8
_HIDING = {"signpost": ",obs=partial,view=3"}  # levels that are something else to whoever sees all of them


class Gridworld(Game):
    """Walk a grid to the goal, or stay alive on apples.

    Args:
        level: a shipped level, the path of a level file, or a level's own text.
        obs: `index`, the number of the state, Discrete(n), for one forager; `grid`, planes uint8 {0, 1} [14, rows,
            cols] named by `PLANES`; `partial`, the same planes in a window [14, view, view] with the forager in the
            middle, beyond which nothing is known. Levels with ends have three planes more, `SIGN_PLANES`.
        slip: probability that a move turns aside, half to either side, e.g. 0.1 or 2/3; None: as the level says.
        view: side of the `partial` window, odd.
        foragers: how many walk at once; more than one is a race, for `envs.gridworld.parallel_env`.
        time_limit: plies until truncation; None: as the level says, or 4 a cell and at least 100.
        maze: rooms, as 10 or 10x12, for a random maze instead of a level.
        maze_seed: None: a new maze every episode; else always the same one.

    Actions: 0 north, 1 east, 2 south, 3 west; all are legal always, and walking into a wall is staying.

    Rewards are what the level says for what happened: a step, the goal, a prize, the cliff, lava, a key, an apple,
    starving.

    Raises:
        BadInput: an unknown level or setting, or settings that do not go together.
    """

    name = "gridworld"
    about = "walk to the goal past cliffs, ice, wind, keys and portals, or live on apples"
    rules_version = 1
    score_unit = 1000
    reasons = REASONS
    overlays = ("policy", "value", "visits", "q")
    maps = True
    action_names = ("north", "east", "south", "west")
    keys_to_action = {"up": 0, "right": 1, "down": 2, "left": 3, "w": 0, "d": 1, "s": 2, "a": 3}  # noqa: RUF012

    def __init__(
        self,
        level: str = "four_rooms",
        obs: str = "index",
        slip: float | str | None = None,
        view: int = 7,
        foragers: int = 1,
        time_limit: int | None = None,
        maze: int | str | None = None,
        maze_seed: int | None = None,
    ) -> None:
        _choice("obs", obs, ("index", "grid", "partial"))
        self.seats = self.acting = _whole("foragers", foragers, 1, MAX_FORAGERS)
        self.hides = obs == "partial"
        self.redraws = maze is not None and maze_seed is None
        self.level = _level(level, maze, maze_seed)
        self.successes = (self.level.task,) if self.level.task else ()
        if maze is None:
            self.kwargs = {"level": _portable(str(level), self.level)}
        else:
            self.kwargs = {"maze": int(maze) if str(maze).isdigit() else maze}
        if view != 7 and not self.hides:
            raise BadInput("gridworld: view goes with obs=partial")
        radius = self._window(view) if self.hides else 0
        self.template = template(self.level, self.seats, radius, self.redraws)
        state = self.template[0]
        if slip is not None:
            fraction = _slip(slip)
            state.slip_part, state.slip_whole = fraction.numerator, fraction.denominator
        if time_limit is not None:
            state.time_limit = _whole("time_limit", time_limit, 1, 1_000_000)
        self._remember(
            obs=obs, slip=slip, view=view, foragers=foragers, time_limit=time_limit, maze_seed=maze_seed
        )
        if self.level.starts < self.seats:
            raise BadInput(
                f"{self.level.source}: {self.seats} foragers need as many starts; it has {self.level.starts}"
            )
        self._set_spaces(obs)

    def _remember(self, **settings: Any) -> None:
        default = {"obs": "index", "view": 7, "foragers": 1}
        for key, value in settings.items():
            if value is not None and value != default.get(key):
                self.kwargs[key] = (
                    str(_slip(value)) if key == "slip" else value if key == "obs" else int(value)
                )

    def _window(self, view: int) -> int:
        if _whole("view", view, 3, 63) % 2 == 0:
            raise BadInput(
                f"gridworld: view={view} is even; the forager stands in the middle of an odd window"
            )
        return view // 2

    def _set_spaces(self, obs: str) -> None:
        self.action_space = spaces.Discrete(4)
        self.plane_names = seen.PLANES + (seen.SIGN_PLANES if self.level.has_ends else ())
        self.kernels = _INDEX if obs == "index" else _PLANES
        if obs == "index":
            self.observation_space = spaces.Discrete(self._states())
        else:
            side = 2 * int(self.template[0].radius) + 1
            rows, cols = (side, side) if self.hides else (self.level.rows, self.level.cols)
            self.observation_space = spaces.Box(0, 1, (len(self.plane_names), rows, cols), np.uint8)

    def _states(self) -> int:
        if self.seats > 1:
            raise BadInput("gridworld: obs=index is for one forager; a race needs obs=grid or obs=partial")
        if self.redraws:
            raise BadInput(
                "gridworld: obs=index of a maze drawn anew says nothing; give maze_seed, or obs=grid"
            )
        if self.level.states > MAX_STATES:
            raise BadInput(
                f"{self.level.source}: {self.level.states} states are too many to number; use obs=grid"
            )
        return self.level.states

    @cached_property
    def _model(self) -> tuple[dict, np.ndarray] | None:
        space = self.observation_space
        if not isinstance(space, spaces.Discrete) or space.n > MAX_MODEL:
            return None
        from envs.gridworld.model import start_distribution, tabulate

        return tabulate(self.template, self.level), start_distribution(self.template, self.level)

    def model(self) -> dict[int, dict[int, list[tuple[float, int, float, bool]]]] | None:
        return self._model[0] if self._model else None

    def start_distribution(self) -> np.ndarray | None:
        return self._model[1] if self._model else None

    @classmethod
    def variants(cls) -> list[tuple[str, str]]:
        return [
            (f"level={name}{_HIDING.get(name, '')}", load_level(name).about) for name in shipped_levels()
        ] + [
            ("maze=10x10,obs=grid", "a new maze of ten by ten rooms every episode"),
            ("maze=10x10,maze_seed=1", "always the same maze"),
        ]

    def places(self, state: np.record, seat: int = 0) -> np.recarray:
        cells = [c for c in range(state.rows * state.cols) if state.tile[c] != 1]
        states = np.repeat(np.array([state], self.template.dtype), len(cells)).view(np.recarray)
        states.cell[:, seat] = cells
        states.status[:] = 0
        return states

    def picture_size(self, state: np.record) -> tuple[int, int]:
        side = max(8, min(64, 720 // int(state.rows), 1024 // int(state.cols)))
        return int(state.cols) * side, int(state.rows) * side

    def draw(self, surface: pygame.Surface, state: np.record) -> None:
        from envs.gridworld.drawing import draw

        draw(surface, state)

    def draw_overlay(
        self,
        surface: pygame.Surface,
        state: np.record,
        name: str,
        places: np.recarray,
        decision: Decision | None,
    ) -> None:
        from envs.gridworld import drawing

        drawing.draw_overlay(surface, state, name, places, decision)

    def text(self, state: np.record) -> str:
        from envs.gridworld.text import map_text

        return map_text(state)


def _level(level: str, maze: int | str | None, maze_seed: int | None) -> Level:
    if maze is None:
        if maze_seed is not None:
            raise BadInput("gridworld: maze_seed goes with maze=ROOMS")
        return load_level(str(level))
    rows, cols = _maze_size(maze)
    blank = _maze_level(np.ones(rows * cols, np.bool_), cols)
    if maze_seed is None:
        return blank
    record = template(blank, 1, 0, True)
    record.rng[:] = seeded([_whole("maze_seed", maze_seed, 0, 2**63 - 1)])
    carve(record[0])
    return _maze_level(record[0].tile[: rows * cols] == 1, cols)


def _maze_size(maze: int | str) -> tuple[int, int]:
    parts = str(maze).split("x")
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        raise BadInput(f"gridworld: maze={maze!r} is not a number of rooms such as 10 or 10x12")
    height, width = int(parts[0]), int(parts[-1])
    rows, cols = 2 * height + 1, 2 * width + 1
    if height * width < 2 or max(rows, cols) > MAX_SIDE or rows * cols > MAX_CELLS:
        raise BadInput(f"gridworld: maze={maze} is out of range: 1x2 to 90x90 rooms")
    return rows, cols


def _maze_level(walls: np.ndarray, cols: int) -> Level:
    """Return the level with these walls, its start in the first room and its goal in the last."""
    marks = np.where(walls, "#", ".")
    marks[cols + 1], marks[-cols - 2] = "S", "G"
    rows = ["".join(row) for row in marks.reshape(-1, cols)]
    return parse_level("\n".join(["title: Maze", "reward step: -0.01", "", *rows]), "maze")


def _portable(name: str, level: Level) -> str:
    return name if name in shipped_levels() else level.text


def _slip(slip: float | str) -> Fraction:
    try:
        return slip_fraction(slip)
    except BadInput as error:
        raise BadInput(f"gridworld: slip: {error}") from None
