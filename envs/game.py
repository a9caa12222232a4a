"""What is a game, to everything that plays, trains on, draws or records it?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from gymnasium import spaces

from envs.bad_input import BadInput
from envs.generator import seeded
from envs.spec import format_spec
from envs.symmetry import Symmetry
from envs.view import Decision

if TYPE_CHECKING:
    import pygame

PLAYING, TERMINATED, TRUNCATED = 0, 1, 2


def record_dtype(seats: int, fields: list[tuple]) -> np.dtype:
    """Return the dtype of a state record: the fields that every game has, then these of its own.

    Packed: NumPy copies fields and leaves the gaps that alignment makes as they fall, and then the bytes of a
    state would not be the state. Compiled code is as fast either way.

    rng: the game's own generator. ply: actions (of all seats at once in a race) so far. to_move: the seat
    whose turn it is. status: PLAYING, TERMINATED or TRUNCATED. reason: why it ended, an index into
    `Game.reasons`. score: whole numbers, higher is better, in units of 1 / `Game.score_unit`. out: 1 for a seat
    that has no part in the game any more while others play on.
    """
    header = [
        ("rng", "u8"),
        ("ply", "i4"),
        ("to_move", "i1"),
        ("status", "i1"),
        ("reason", "u1"),
        ("score", "i8", (seats,)),
        ("out", "u1", (seats,)),
    ]
    return np.dtype([*header, *fields])


class Kernels(NamedTuple):
    """The three compiled loops over records that a game gives to the faces; all write into arrays of the caller.

    restart(states, which[B], observation, mask): begin a new episode, from each game's own generator, where
        `which` is set, and write observation and mask of those games only.
    step(states, actions[B, acting], restart[B], rewards[B, seats], terminated[B], truncated[B], observation,
        mask): where `restart` is set begin a new episode and ignore the action; else play it. A game that has
        ended stays as it is with reward 0. Observation and mask are those of the position reached.
    observe(states, observation, mask): write observation[B, acting, ...] and mask[B, acting, actions].
    """

    restart: Callable[..., None]
    step: Callable[..., None]
    observe: Callable[..., None]


class Step(NamedTuple):
    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray


class Game(ABC):
    """One configured game. It holds no state of play: that stands in NumPy records, one a game.

    A subclass takes its configuration as keyword arguments of JSON scalars and sets every attribute below.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    rules_version: ClassVar[int]
    score_unit: ClassVar[int] = 1

    kwargs: dict[str, Any]  # canonical configuration: enough to build the same game anywhere
    seats: int
    acting: int  # seats that act each ply: 1 where seats take turns, all of them in a race
    hides: bool  # the observation hides part of the state, so planners get none
    template: np.recarray  # one configured record, neither seeded nor begun
    kernels: Kernels
    observation_space: spaces.Space  # of one seat
    action_space: spaces.Discrete
    action_names: tuple[str, ...]
    reasons: tuple[str, ...]
    successes: tuple[
        str, ...
    ] = ()  # those of `reasons` with which whoever plays alone has done what was asked
    keys_to_action: dict[str, int]  # names as in pygame.key.key_code
    plane_names: tuple[str, ...] = ()  # of an observation as `planes` gives it, [planes, rows, cols]
    overlays: ClassVar[tuple[str, ...]] = ()  # of: policy, value, visits, legal, q, owner, hitboxes, window
    maps: ClassVar[bool] = False  # the overlays show all `places`, and not only what is thought of one state
    seat_names: ClassVar[tuple[str, ...]] = ()  # what players call the seats, such as Black and White
    seat_colours: ClassVar[tuple[tuple[int, int, int], ...]] = ()  # red, green, blue; or the lab's own
    pace: int = 0  # plies a second where it is played in real time; 0: it waits for each choice
    moments: int = 1  # pictures a ply that can be shown of it, evenly spaced in time
    buttons: tuple[str, ...] = ()  # of which action k holds those whose bits are set in k; the Gymnasium
    # faces then take MultiBinary actions, one entry a button
    button_keys: ClassVar[dict[str, tuple[str, ...]]] = {}  # button -> keys that press it, in real time

    @property
    def spec(self) -> str:
        """The game's one spelling, `name:key=value,key=value`."""
        return format_spec(self.name, self.kwargs)

    @property
    def masks(self) -> bool:
        """Whether there are positions in which some action is not legal: here, where seats take turns."""
        return self.seats > 1 and self.acting == 1

    def __reduce__(self) -> tuple[Callable[..., Game], tuple[str, dict[str, Any]]]:
        """Pickle as the configuration: the other process then finds the kernels compiled on its disk."""
        from envs.catalog import build

        return build, (self.name, self.kwargs)

    def blank_states(self, batch: int) -> np.recarray:
        """Return configured records [batch], neither seeded nor begun."""
        return np.repeat(self.template, batch).view(np.recarray)

    def new_states(self, seeds: Sequence[int] | np.ndarray) -> np.recarray:
        """Return one record per seed, at the first position of an episode."""
        states = self.blank_states(len(seeds))
        states.rng[:] = seeded(seeds)
        self.kernels.restart(states, np.ones(len(states), np.bool_), *self.buffers(len(states)))
        return states

    def buffers(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        """Return uninitialised arrays for observation [batch, acting, ...] and mask [batch, acting, actions]."""
        space = self.observation_space
        observation = np.empty((batch, self.acting, *(space.shape or ())), space.dtype)
        return observation, np.empty((batch, self.acting, int(self.action_space.n)), np.int8)

    def step(self, states: np.recarray, actions: np.ndarray) -> Step:
        """Play actions [B, acting] in place, starting no new episode.

        A game that has ended stays as it is with reward 0. Raises ValueError for an action that is none of
        the game's; whether it is legal now, the mask says.
        """
        batch = len(states)
        result = Step(np.empty((batch, self.seats)), np.empty(batch, np.bool_), np.empty(batch, np.bool_))
        again = np.zeros(batch, np.bool_)
        actions = np.ascontiguousarray(actions, np.int64).reshape(batch, self.acting)
        if (actions.view(np.uint64) >= self.action_space.n).any():
            raise ValueError(f"an action is not in {self.action_space}")
        self.kernels.step(states, actions, again, *result, *self.buffers(batch))
        return result

    def observe(self, states: np.recarray) -> tuple[np.ndarray, np.ndarray]:
        """Return fresh observation [B, acting, ...] and mask int8 [B, acting, actions]."""
        observation, mask = self.buffers(len(states))
        self.kernels.observe(states, observation, mask)
        return observation, mask

    def model(self) -> dict[int, dict[int, list[tuple[float, int, float, bool]]]] | None:
        """Return the exact model in the layout of Gymnasium's toy_text `P`, or None where there is none."""
        return None

    def start_distribution(self) -> np.ndarray | None:
        """Return the probability of each index at the start of an episode, or None where there is no model."""
        return None

    @cached_property
    def symmetries(self) -> tuple[Symmetry, ...]:
        """The ways to turn or mirror a position that its rules do not notice, the identity first."""
        size = int(np.prod(self.observation_space.shape or ()))
        return (Symmetry(np.arange(size), np.arange(int(self.action_space.n))),)

    @classmethod
    def for_persons(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the configuration for persons who play alone, where they gave these settings and no more."""
        return kwargs

    @classmethod
    def variants(cls) -> list[tuple[str, str]]:
        """Return the settings worth knowing and one line about each, as `[("level=cliff", "..."), ...]`."""
        return []

    def fault(self, state: np.record, action: int) -> str:
        """Return why the seat to move may not choose that action, as a short phrase; nothing where it may."""
        mask = self.observe(np.array([state], self.template.dtype).view(np.recarray))[1]
        return "" if mask[0, 0, action] else f"{self.action_names[action]} is not legal here"

    def pressed(self, buttons: Collection[str]) -> int:
        """Return the action of `button_keys` held down together, for a game that is played in real time."""
        raise NotImplementedError(f"{self.name} has no buttons")

    def moment(self, state: np.record, actions: Sequence[int] | np.ndarray, k: int) -> np.record:
        """Return how it looks k of `moments` into the ply that begins at the state; 0 < k < moments."""
        raise NotImplementedError(f"{self.name} shows nothing between two plies")

    def failed(self, state: np.record) -> bool:
        """Return whether who played the episode that has ended there would want to try the very same again."""
        return False

    def onward(self, state: np.record) -> Game | None:
        """Return the game with which a person goes on who has got through this one; None: it is played again."""
        return None

    def held_out(self) -> Game | None:
        """Return the game on levels that who learns on this one never sees; None: a new seed is a new level anyway."""
        return None

    def ends(self, state: np.record) -> list[tuple[int, int, str]]:
        """Return (x, y, what) for each seat: where its run ended on `draw_map`, and how; nothing where none is."""
        return []

    def action_at(self, state: np.record, size: tuple[int, int], place: tuple[int, int]) -> int | None:
        """Return the action that a click there means, on a drawing of that size in pixels; None: none."""
        return None

    def draw_choice(self, surface: pygame.Surface, state: np.record, action: int) -> None:
        """Draw over the drawing of the state what that action would do: a ghost stone, say."""
        return None

    def planes(self, observation: np.ndarray) -> np.ndarray:
        """Return the observation of one seat as it can be looked at: planes come as [planes, rows, cols]."""
        return observation

    def verdict(self, state: np.record) -> str:
        """Return how the game ended, as players say it; nothing while it goes on."""
        if state.status == PLAYING:
            return ""
        if self.seats == 1:
            return self.reasons[state.reason]
        best = np.flatnonzero(state.score == state.score.max())
        return f"{self.seat_name(int(best[0]))} wins" if len(best) == 1 else "a draw"

    def worth(self, state: np.record, value: float) -> str:
        """Return the expected return of a seat as players say it."""
        return f"{value:+.4g}"

    def seat_name(self, seat: int) -> str:
        return self.seat_names[seat] if self.seat_names else f"seat {seat + 1}"

    def points(self, state: np.record, seat: int) -> str:
        """Return the seat's score; nothing where that only says who has won, and nobody has yet."""
        shown = self.acting == self.seats or state.status != PLAYING
        return f"{state.score[seat] / self.score_unit:.10g}" if shown else ""

    def holdings(self, state: np.record, seat: int) -> str:
        """Return in a few words what a seat has besides its score: what it captured, say."""
        return ""

    def events(self, states: np.recarray) -> dict[int, str]:
        """Return what happened at which of the states [T] of one episode, besides the end.

        Here, where all seats score at each ply: the gains out of the ordinary.
        """
        return gains(self, states) if self.acting == self.seats else {}

    @abstractmethod
    def places(self, state: np.record, seat: int = 0) -> np.recarray:
        """Return the states [P] that differ from this one in where that seat stands; for value maps."""

    @abstractmethod
    def picture_size(self, state: np.record) -> tuple[int, int]:
        """Return the natural size of the drawing, (width, height) in pixels."""

    @abstractmethod
    def draw(self, surface: pygame.Surface, state: np.record) -> None:
        """Draw the state over the whole surface, whatever its size."""

    @abstractmethod
    def draw_overlay(
        self,
        surface: pygame.Surface,
        state: np.record,
        name: str,
        places: np.recarray,
        decision: Decision | None,
    ) -> None:
        """Draw one of `overlays` over the drawing of the state.

        Where the game `maps`, `policy`, `value` and `q` show the decision's fields for the states [P] in `places`,
        and `visits` how often the states in `places`, those of the episode so far, were the same place. Elsewhere
        `places` is the state alone, and the decision what is thought of it, or None.
        """

    def draw_ghosts(self, surface: pygame.Surface, state: np.record, ghosts: Sequence[np.record]) -> None:
        """Draw the players of other games that began like this one over the drawing of the state."""
        raise BadInput(f"{self.name} has no picture of ghosts")

    def map_size(self, state: np.record) -> tuple[int, int]:
        """Return the natural size of `draw_map`, (width, height) in pixels."""
        raise BadInput(f"{self.name} has no picture of where games ended")

    def draw_map(
        self, surface: pygame.Surface, state: np.record, ends: Sequence[tuple[int, int, str]]
    ) -> None:
        """Draw over the whole surface all of the level of the state, and where games on it ended.

        ends: (x, y, what) of each, with x, y in the game's own lengths and what one of `reasons`.
        """
        raise BadInput(f"{self.name} has no picture of where games ended")

    @abstractmethod
    def text(self, state: np.record) -> str:
        """Return the state as lines of text."""


def gains(game: Game, states: np.recarray) -> dict[int, str]:
    """Return frame -> every seat's gain or loss out of the ordinary in the ply that led to it.

    Ordinary is the commonest gain of a ply, such as -1 a step; of equally common ones the smallest.
    """
    gained = np.diff(states.score.reshape(len(states), -1).astype(np.int64), axis=0)
    sizes, counts = np.unique(gained, return_counts=True)
    usual = sizes[np.lexsort((np.abs(sizes), -counts))[:1]]
    told: dict[int, list[str]] = {}
    for ply, seat in np.argwhere(~np.isin(gained, usual)):
        told.setdefault(int(ply) + 1, []).append(f"{gained[ply, seat] / game.score_unit:+g}")
    return {frame: ", ".join(words) for frame, words in told.items()}
