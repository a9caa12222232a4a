"""What does the Go board offer to faces, agents, viewer and replays?"""

from __future__ import annotations

from functools import cached_property, partial
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from envs.bad_input import BadInput
from envs.game import Game, Kernels
from envs.goban import chains, rules, words
from envs.goban import observation as seen
from envs.goban.board_text import board_text, diagram, parse_diagram, vertex
from envs.goban.points import BLACK, EMPTY, point_of
from envs.goban.state import longest_game, state_dtype, stones
from envs.goban.superko import POSITIONAL, SIMPLE, SITUATIONAL
from envs.settings import choice, whole
from envs.symmetry import Symmetry, board_symmetries
from envs.view import Decision

if TYPE_CHECKING:
    import pygame

_FIRST = Kernels(seen.restart_first, seen.step_first, seen.observe_first)
_LAST = Kernels(seen.restart_last, seen.step_last, seen.observe_last)
_SUPERKO = {"simple": SIMPLE, "positional": POSITIONAL, "situational": SITUATIONAL}
_COLOURS = ("black", "white")
_whole, _choice = partial(whole, "goban"), partial(choice, "goban")


class Goban(Game):
    """Play Go: surround the larger area, or with rules=capture be the first to capture.

    Args:
        size: points a side, 2 to 19.
        komi: points for White, whole or half.
        superko: which boards may not come again: `positional`, any earlier one; `situational`, any after which the
            same player was to move; `simple`, the one before the opponent's move.
        suicide: whether a move may take its own chain off the board.
        rules: `area`, or `capture`: the first to capture wins.
        capture: how many stones to capture to win; with rules=capture.
        move_limit: plies until truncation; None: 2.5 for each point, and at least 64.
        opening: how many random moves, none of them a pass, begin every game.
        setup: the board at the beginning, rows from the top joined by `/`: `.` empty, `X` Black, `O` White.
        first: who moves first, `black` or `white`.
        reward: at the end, `win`: 1, 0 or -1; or `margin`: the points by which the seat has won.
        dtype: of the observation, uint8 or float32.
        channels: `first`, planes [planes, rows, cols], or `last`, [rows, cols, planes]. The planes are 0 or 1 and
            named by `plane_names`, from the side of the seat to move.

    Actions: a stone on point `row * size + column`, row 0 on top, or `size * size`, a pass. Two passes end the game,
    and the board is counted as it stands: stones, and empty points that reach one colour only. An illegal move loses.
    A truncated game is counted too, and pays no reward.

    Raises:
        BadInput: an unknown setting, or settings that do not go together.
    """

    name = "goban"
    about = "Go on 2x2 to 19x19: surround area, or be the first to capture"
    rules_version = 1
    score_unit = 2
    seats, acting, hides = 2, 1, False
    reasons = rules.REASONS
    plane_names = seen.PLANES
    overlays = ("policy", "visits", "legal", "q", "owner")
    seat_names = ("Black", "White")
    seat_colours = ((22, 22, 26), (246, 243, 235))

    def __init__(
        self,
        size: int = 9,
        komi: float = 7.5,
        superko: str = "positional",
        suicide: bool = False,
        rules: str = "area",
        capture: int = 1,
        move_limit: int | None = None,
        opening: int = 0,
        setup: str | None = None,
        first: str = "black",
        reward: str = "win",
        dtype: str = "uint8",
        channels: str = "first",
    ) -> None:
        points = _whole("size", size, 2, 19) ** 2
        self.template = np.zeros(1, state_dtype(size)).view(np.recarray)
        state = self.template[0]
        state.side = size
        state.komi = half_points = _half_points(komi)
        state.superko = _SUPERKO[_choice("superko", superko, tuple(_SUPERKO))]
        state.suicide = _choice("suicide", suicide, (False, True))
        state.move_limit = longest_game(size)
        if move_limit is not None:
            state.move_limit = _whole("move_limit", move_limit, 1, longest_game(size))
        state.opening = _whole("opening", opening, 0, min(points // 2, state.move_limit - 1))
        state.first = _COLOURS.index(_choice("first", first, _COLOURS))
        state.margin = _choice("reward", reward, ("win", "margin")) == "margin"
        if _choice("rules", rules, ("area", "capture")) == "capture":
            state.capture = _whole("capture", capture, 1, points)
        elif capture != 1:
            raise BadInput("goban: capture goes with rules=capture")
        if setup is not None:
            setup = self._set_up(str(setup), size)
        settings = {
            "superko": superko, "suicide": suicide, "rules": rules, "capture": capture, "move_limit": move_limit,
            "opening": opening, "setup": setup, "first": first, "reward": reward, "dtype": dtype,
            "channels": channels,
        }  # fmt: skip
        self.kwargs = {"size": int(size), "komi": half_points / 2 if half_points % 2 else half_points // 2}
        self.kwargs |= {key: value for key, value in settings.items() if value != _DEFAULTS[key]}
        self._set_spaces(size, dtype, channels)

    def _set_up(self, text: str, side: int) -> str:
        """Put the stones of a diagram on the board and return it in one line."""
        board = parse_diagram(text, side)
        self.template.setup[0] = board
        begun = self.template.copy()
        begun.opening[:] = 0
        rules.begin(begun[0])
        if not np.array_equal(stones(begun)[0], board):
            raise BadInput("goban: setup has a chain without a liberty")
        return "/".join(diagram(board).splitlines())

    def _set_spaces(self, side: int, dtype: str, channels: str) -> None:
        _choice("dtype", dtype, ("uint8", "float32"))
        self.channels_last = _choice("channels", channels, ("first", "last")) == "last"
        shape = (side, side, len(seen.PLANES)) if self.channels_last else (len(seen.PLANES), side, side)
        self.kernels = _LAST if self.channels_last else _FIRST
        self.observation_space = spaces.Box(0, 1, shape, np.dtype(dtype).type)
        self.action_space = spaces.Discrete(side * side + 1)
        self.action_names = tuple(vertex(move, side) for move in range(side * side + 1))
        self.keys_to_action = {"p": side * side}

    @cached_property
    def symmetries(self) -> tuple[Symmetry, ...]:
        """The 8 turns and mirror images of the board."""
        axes = (0, 1) if self.channels_last else (1, 2)
        return board_symmetries(self.observation_space.shape or (), axes, int(self.action_space.n))

    @classmethod
    def variants(cls) -> list[tuple[str, str]]:
        return [
            ("size=5,komi=24.5", "solved: Black has all 25 points from the centre"),
            ("size=7,komi=9", "believed to be a draw"),
            ("size=9,opening=2", "every game begins with two random moves, for tournaments"),
            ("size=13", "a step to the real board"),
            ("size=19", "the real board"),
            ("size=7,rules=capture", "the first capture wins, as children learn it"),
        ]

    def fault(self, state: np.record, action: int) -> str:
        name = self.action_names[action]
        if state.status != 0:
            return "the game is over"
        if action == state.side**2 or rules.legal(state, action):
            return ""
        point, colour = point_of(state, action), state.to_move + 1
        if state.board[point] != EMPTY:
            return f"{name} is taken by a {'black' if state.board[point] == BLACK else 'white'} stone"
        if not state.suicide and chains.is_suicide(state, point, colour):
            return f"{name} would be suicide: no liberty, and nothing captured"
        back = "the board before the last move" if state.superko == SIMPLE else "an earlier board"
        return f"{name} is ko: it would bring back {back}"

    def planes(self, observation: np.ndarray) -> np.ndarray:
        return np.moveaxis(observation, -1, 0) if self.channels_last else observation

    def worth(self, state: np.record, value: float) -> str:
        return words.worth(state, value)

    def verdict(self, state: np.record) -> str:
        return words.verdict(state)

    def holdings(self, state: np.record, seat: int) -> str:
        return words.holdings(state, seat)

    def events(self, states: np.recarray) -> dict[int, str]:
        return words.events(states)

    def places(self, state: np.record, seat: int = 0) -> np.recarray:
        here = np.array([state], self.template.dtype).view(np.recarray)
        here.status[:] = 0
        return here

    def picture_size(self, state: np.record) -> tuple[int, int]:
        from envs.goban import drawing

        return drawing.picture_size(state)

    def draw(self, surface: pygame.Surface, state: np.record) -> None:
        from envs.goban import drawing

        drawing.draw(surface, state)

    def draw_overlay(
        self,
        surface: pygame.Surface,
        state: np.record,
        name: str,
        places: np.recarray,
        decision: Decision | None,
    ) -> None:
        from envs.goban import drawing

        drawing.draw_overlay(surface, state, name, places, decision)

    def action_at(self, state: np.record, size: tuple[int, int], place: tuple[int, int]) -> int | None:
        from envs.goban import drawing

        return drawing.action_at(state, size, place)

    def draw_choice(self, surface: pygame.Surface, state: np.record, action: int) -> None:
        from envs.goban import drawing

        drawing.draw_choice(surface, state, action)

    def text(self, state: np.record) -> str:
        return board_text(stones(state))


_DEFAULTS: dict[str, Any] = {key: parameter.default for key, parameter in signature(Goban).parameters.items()}


def _half_points(komi: Any) -> int:
    if isinstance(komi, bool) or not isinstance(komi, (int, float)) or not abs(komi) <= 361 or 2 * komi % 1:
        raise BadInput(f"goban: komi={komi!r} is not a whole or half number from -361 to 361")
    return int(2 * komi)
