"""What does the platformer offer to faces, agents, viewer and replays?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from envs.bad_input import BadInput
from envs.game import PLAYING, Game, Kernels
from envs.platformer import observation as seen
from envs.platformer.art.sprites import SEATS
from envs.platformer.buttons import ALL, BUTTONS, SEVEN, nearest
from envs.platformer.features import NAMES
from envs.platformer.level import Level, load_level, shipped_levels, write_level
from envs.platformer.physics import HEIGHT, WIDTH
from envs.platformer.pixels import COLOUR_SIZE, GREY_SIZE
from envs.platformer.rules import REASONS
from envs.platformer.sets import MAX_NUMBER, SETS, difficulty_of
from envs.platformer.state import state_dtype
from envs.platformer.tiles import PLANES, VIEW_COLS, VIEW_ROWS
from envs.platformer.world import (
    BROKE_BRICK,
    CHECKED,
    DIED,
    FINISHED,
    LEDGE,
    MAX_HAPPENINGS,
    MAX_RUNNERS,
    REWARDS,
    SOLID,
    SPRUNG,
    STOMPED,
    TILE,
    TOOK_COIN,
)
from envs.settings import choice, whole
from envs.view import Decision

if TYPE_CHECKING:
    import pygame

_whole, _choice = partial(whole, "platformer"), partial(choice, "platformer")
_FRAMES = Kernels(seen.restart_frames, seen.step_frames, seen.observe_frames)
_FEATURES = Kernels(seen.restart_features, seen.step_features, seen.observe_features)
_FRAMES_SEEN = {  # shape, and names of what can be looked at alone
    "tiles": ((len(PLANES), VIEW_ROWS, VIEW_COLS), PLANES),
    "pixels": ((COLOUR_SIZE, COLOUR_SIZE, 3), ("red", "green", "blue")),
    "grey": ((GREY_SIZE, GREY_SIZE, 1), ("grey",)),
}
TICKS_A_SECOND = 60
_DENSE = {"progress": 0.1, "coin": 0.1, "flag": 10.0, "death": -1.0, "time": -0.01}
_SPARSE = {"progress": 0.0, "coin": 0.0, "flag": 1.0, "death": 0.0, "time": 0.0}
_TOLD = {
    TOOK_COIN: "coin",
    STOMPED: "foe",
    BROKE_BRICK: "brick",
    SPRUNG: "spring",
    CHECKED: "checkpoint",
    DIED: "death",
    FINISHED: "flag",
}


class Platformer(Game):
    """Run and jump to the flag, past gaps, spikes and foes.

    Args:
        level: a shipped level, the path of a level file, or a level's own text. Default: `first_steps`.
        levels: a set, of which each episode draws a level: `train` (500), `test` (1,000) or `endless`; or the number of
            one drawn level. Instead of `level`.
        difficulty: of drawn levels: `easy`, `hard`, or a number from 0 to 1.
        count: only the first so many levels of the set.
        obs: `tiles`, planes uint8 [14, 13, 16] named by `tiles.PLANES` around the runner; `pixels`, uint8 [64, 64, 3];
            `grey`, uint8 [84, 84, 1]; `features`, float32 [52] named by `features.NAMES`.
        actions: `seven`, named ones; or `buttons`, any of left, right, jump and run held together, which the Gymnasium
            faces take as MultiBinary(4) and all else as their number, bit by bit.
        frame_skip: ticks for which an action is held; a second has 60.
        runners: how many run at once; more than one is a race, for `envs.platformer.parallel_env`.
        lives: with more than one, whoever dies goes on from the last checkpoint.
        time_limit: plies until truncation; None: as the level says, or 24 ticks a column and at least 1,200.
        reward: `dense`, or `flag`: 1 for the flag and nothing else. What is given below replaces either's weight.
        progress: for each tile to the right that it had not come to before; by default 0.1.
        coin: for each coin; by default 0.1.
        flag: for the flag; by default 10.
        death: for each life lost; by default -1.
        time: for each four ticks, which are a ply unless `frame_skip` says otherwise; by default -0.01.

    The flag and the last death terminate; the time limit truncates.

    Raises:
        BadInput: an unknown level or setting, or settings that do not go together.
    """

    name = "platformer"
    about = (
        "run and jump to the flag, past gaps, spikes and foes, on levels made by hand or drawn from a seed"
    )
    rules_version = 2  # 2: a death costs 1, not 5
    score_unit = 1000
    reasons = REASONS
    successes = ("flag",)
    seat_colours = SEATS[:MAX_RUNNERS]
    overlays = ("policy", "hitboxes", "window")
    keys_to_action = {}  # noqa: RUF012
    button_keys = {  # noqa: RUF012
        "left": ("left", "a"),
        "right": ("right", "d"),
        "jump": ("space", "up", "w", "k"),
        "run": ("left shift", "right shift", "j"),
    }

    def __init__(
        self,
        level: str | None = None,
        levels: str | int | None = None,
        difficulty: str | float | None = None,
        count: int | None = None,
        obs: str = "tiles",
        actions: str = "seven",
        frame_skip: int = 4,
        runners: int = 1,
        lives: int = 1,
        time_limit: int | None = None,
        reward: str = "dense",
        progress: float | None = None,
        coin: float | None = None,
        flag: float | None = None,
        death: float | None = None,
        time: float | None = None,
    ) -> None:
        _choice("obs", obs, (*_FRAMES_SEEN, "features"))
        _choice("actions", actions, ("seven", "buttons"))
        _choice("reward", reward, ("dense", "flag"))
        self.seats = self.acting = _whole("runners", runners, 1, MAX_RUNNERS)
        self.hides = False  # the level is no secret, even if a runner sees only what is near
        self.template = np.zeros(1, state_dtype(self.seats)).view(np.recarray)
        self.kwargs = {}
        self._set_level(level, levels, difficulty, count)
        state = self.template[0]
        state.frame_skip = self.moments = _whole("frame_skip", frame_skip, 1, 16)
        self.pace = TICKS_A_SECOND // self.moments
        state.lives_given = _whole("lives", lives, 1, 99)
        state.time_limit = 0 if time_limit is None else _whole("time_limit", time_limit, 1, 100_000)
        weights = {"progress": progress, "coin": coin, "flag": flag, "death": death, "time": time}
        given = {key: _weight(key, value) for key, value in weights.items() if value is not None}
        state.reward[:] = [
            round(1000 * {**(_SPARSE if reward == "flag" else _DENSE), **given}[key]) for key in REWARDS
        ]
        self._set_actions(actions)
        self._set_observation(obs)
        default = {
            "obs": "tiles",
            "actions": "seven",
            "frame_skip": 4,
            "runners": 1,
            "lives": 1,
            "reward": "dense",
        }
        settings = {
            **{
                "obs": obs,
                "actions": actions,
                "frame_skip": self.moments,
                "runners": self.seats,
                "lives": int(lives),
            },
            **{"time_limit": time_limit and int(time_limit), "reward": reward, **given},
        }
        self.kwargs |= {
            key: value for key, value in settings.items() if value is not None and value != default.get(key)
        }

    def _set_level(
        self,
        level: str | None,
        levels: str | int | None,
        difficulty: str | float | None,
        count: int | None,
    ) -> None:
        self.level: Level | None = None
        if levels is None:
            for key, value in (("difficulty", difficulty), ("count", count)):
                if value is not None:
                    raise BadInput(
                        f"platformer: {key} is of drawn levels; it goes with levels={'|'.join(SETS)}"
                    )
            self.level = load_level("first_steps" if level is None else str(level))
            write_level(self.level, self.template[0])
            name = "first_steps" if level is None else str(level)
            self.kwargs["level"] = name if name in shipped_levels() else self.level.text
            return
        if level is not None:
            raise BadInput("platformer: give level or levels, not both")
        state = self.template[0]
        self.kwargs["levels"] = levels
        if isinstance(levels, str):
            first, many = SETS[_choice("levels", levels, tuple(SETS))]
            state.first_level, state.levels = (
                first,
                many if count is None else _whole("count", count, 1, many),
            )
        else:
            state.first_level, state.levels = _whole("levels", levels, 0, MAX_NUMBER), 1
            if count is not None:
                raise BadInput("platformer: count goes with a set of levels, not with one")
        state.difficulty = difficulty_of("easy" if difficulty is None else difficulty)
        if difficulty is not None and difficulty != "easy":
            self.kwargs["difficulty"] = difficulty
        if count is not None:
            self.kwargs["count"] = int(count)

    def _set_actions(self, actions: str) -> None:
        self.buttons = BUTTONS if actions == "buttons" else ()
        held = ALL if actions == "buttons" else SEVEN
        self.action_names, self.action_space = tuple(held), spaces.Discrete(len(held))
        self.template.buttons[0, : len(held)] = list(held.values())

    def _set_observation(self, obs: str) -> None:
        self.observation_space: spaces.Space
        if obs == "features":
            self.kernels = _FEATURES
            self.observation_space = spaces.Box(-1.0, 1.0, (len(NAMES),), np.float32)
        else:
            self.kernels = _FRAMES
            shape, self.plane_names = _FRAMES_SEEN[obs]
            self.observation_space = spaces.Box(0, 255, shape, np.uint8)

    @classmethod
    def for_persons(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Let every button be pressed, 60 times a second, with three lives, where the settings say nothing else."""
        return {"actions": "buttons", "frame_skip": 1, "lives": 3} | kwargs

    @classmethod
    def variants(cls) -> list[tuple[str, str]]:
        return [(f"level={name}", load_level(name).about) for name in shipped_levels()] + [
            ("levels=train", "500 easy levels drawn from seeds, to learn on"),
            ("levels=test", "1,000 others, to see whether it has learnt to play"),
            ("levels=test,difficulty=hard", "the same, hard"),
            ("levels=endless,difficulty=0.5", "a new level every episode"),
        ]

    def pressed(self, buttons: Collection[str]) -> int:
        """Return the action of these buttons held together; of the seven, the one that keeps most of them."""
        return nearest(buttons, self.template.buttons[0, : int(self.action_space.n)].tolist())

    def moment(self, state: np.record, actions: Sequence[int] | np.ndarray, k: int) -> np.record:
        states = np.array([state], self.template.dtype).view(np.recarray)
        states.frame_skip = k
        self.step(states, np.asarray(actions)[None])
        return states[0]

    def planes(self, observation: np.ndarray) -> np.ndarray:
        return np.moveaxis(observation, 2, 0) if observation.shape[-1:] in ((1,), (3,)) else observation

    def events(self, states: np.recarray) -> dict[int, str]:
        found = {}
        for ply in np.flatnonzero(np.diff(states.happenings)):
            after = states[ply + 1]
            new = range(max(states.happenings[ply], after.happenings - MAX_HAPPENINGS), after.happenings)
            told = [_TOLD.get(int(after.happened[k % MAX_HAPPENINGS]), "") for k in new]
            if words := dict.fromkeys(filter(None, told)):
                found[int(ply) + 1] = ", ".join(words)
        return found

    def failed(self, state: np.record) -> bool:
        return bool(state.status != PLAYING) and self.reasons[state.reason] != "flag"

    def onward(self, state: np.record) -> Platformer | None:
        """Return the next of the shipped levels, once the flag of one is reached."""
        levels = shipped_levels()
        if self.reasons[state.reason] != "flag" or self.kwargs.get("level") not in levels[:-1]:
            return None
        following = levels[levels.index(self.kwargs["level"]) + 1]
        return Platformer(**self.kwargs | {"level": following})

    def held_out(self) -> Platformer | None:
        """Return the same with the `test` levels, for an agent that learns on all or some of the `train` levels."""
        if self.kwargs.get("levels") != "train":
            return None
        kept = {key: value for key, value in self.kwargs.items() if key != "count"}
        return Platformer(**kept | {"levels": "test"})

    def ends(self, state: np.record) -> list[tuple[int, int, str]]:
        """Return the middle of each runner, in sub-pixels, and `flag`, `death` or `time limit`."""
        finished = set(state.happened_seat[state.happened == FINISHED].tolist())
        return [
            (
                int(x) + WIDTH // 2,
                int(y) + HEIGHT // 2,
                "death" if state.out[seat] else "flag" if seat in finished else "time limit",
            )
            for seat, (x, y) in enumerate(zip(state.x, state.y, strict=True))
        ]

    def holdings(self, state: np.record, seat: int) -> str:
        coins, lives = int(state.purse[seat]), int(state.lives[seat])
        told = f"{coins} coin{'s' * (coins != 1)}"
        return f"{told}, {lives} {'life' if lives == 1 else 'lives'}" if state.lives_given > 1 else told

    def places(self, state: np.record, seat: int = 0) -> np.recarray:
        """Return it standing on the highest ground of each column."""
        rows, cols = int(state.rows), int(state.cols)
        tiles = state.tile[: rows * cols].reshape(rows, cols)
        stands = (tiles & (SOLID | LEDGE)) != 0
        columns = np.flatnonzero(stands.any(axis=0))
        states = np.repeat(np.array([state], self.template.dtype), len(columns)).view(np.recarray)
        states.x[:, seat] = columns * TILE
        states.y[:, seat] = stands.argmax(axis=0)[columns] * TILE - HEIGHT
        states.status[:] = PLAYING
        return states

    def picture_size(self, state: np.record) -> tuple[int, int]:
        return 832, 512

    def draw(self, surface: pygame.Surface, state: np.record) -> None:
        from envs.platformer.drawing import draw

        draw(surface, state)

    def draw_overlay(
        self,
        surface: pygame.Surface,
        state: np.record,
        name: str,
        places: np.recarray,
        decision: Decision | None,
    ) -> None:
        from envs.platformer import drawing

        drawing.draw_overlay(surface, state, name, decision)

    def draw_ghosts(self, surface: pygame.Surface, state: np.record, ghosts: Sequence[np.record]) -> None:
        from envs.platformer import drawing

        drawing.draw_ghosts(surface, state, ghosts)

    def map_size(self, state: np.record) -> tuple[int, int]:
        from envs.platformer import drawing

        return drawing.map_size(state)

    def draw_map(
        self, surface: pygame.Surface, state: np.record, ends: Sequence[tuple[int, int, str]]
    ) -> None:
        from envs.platformer import drawing

        drawing.draw_map(surface, state, ends)

    def text(self, state: np.record) -> str:
        from envs.platformer.text import map_text

        return map_text(state)


def _weight(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= 1000:
        raise BadInput(f"platformer: {key}={value!r} is not a number from -1000 to 1000")
    if Fraction(str(value)) * 1000 % 1:
        raise BadInput(f"platformer: {key}={value} has more than three decimals")
    return float(value)
