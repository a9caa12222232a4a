"""Who plays the seats that the learner does not?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from envs.bad_input import BadInput, suggest
from envs.game import PLAYING, Game, Step
from envs.generator import pick_any, seeded
from envs.legal import first_illegal, why_illegal
from envs.view import Decision, View


class Player(Protocol):
    """Who plays with a memory of `memory` numbers a game, as an agent does."""

    memory: int

    def act(self, view: View) -> Decision: ...


Opponent = Callable[[View], Any] | Player  # a callable answers with a Decision, or with the bare actions [B]
RANDOM, SELF = "random", "self"
_CALLABLE = "Any other is given as a callable on views, or as an agent."
_TRIES = 100


def opponents(
    game: Game, opponent: Opponent | str | None, seat: int | str | None, batch: int
) -> Opponents | None:
    """Return who plays the other seats of B games, or None where nobody does: in a game for one, and in self-play.

    opponent: `random` (the default), `self`, or a callable. seat: the learner's, or `random` (the default).

    Raises:
        BadInput: a race, or an opponent or seat that there is not.
    """
    _check(game, opponent, seat)
    if game.seats == 1 or opponent == SELF:
        return None
    asked = _random if opponent is None or isinstance(opponent, str) else opponent
    return Opponents(game, asked, None if seat is None or isinstance(seat, str) else int(seat), batch)


def _check(game: Game, opponent: Opponent | str | None, seat: int | str | None) -> None:
    if game.acting > 1:
        raise BadInput(f"{game.spec}: {game.seats} seats act at once, see PettingZoo's Parallel face")
    if game.seats == 1 and (opponent, seat) != (None, None):
        raise BadInput(f"{game.spec}: has one seat, so there is no opponent and no seat to choose")
    if isinstance(opponent, str) and opponent not in (RANDOM, SELF):
        raise BadInput(f"unknown opponent {opponent!r}.{suggest(opponent, (RANDOM, SELF))} {_CALLABLE}")
    if not isinstance(opponent, str | None) and not callable(getattr(opponent, "act", opponent)):
        raise BadInput(f"opponent={opponent!r} is none of 'random' and 'self'. {_CALLABLE}")
    if seat not in (None, RANDOM, *range(game.seats)) or isinstance(seat, bool):
        raise BadInput(f"{game.spec}: seat={seat!r} is not 'random' or one of {list(range(game.seats))}")
    if opponent == SELF and seat is not None:
        raise BadInput(f"{game.spec}: in self-play the learner has every seat, so seat={seat!r} is none")


def _random(view: View) -> np.ndarray:
    return pick_any(view.mask == 1, view.rng)


class Opponents:
    """One opponent on all seats but the learner's, in B games side by side. It moves in all of them at once.

    Args:
        opponent: sees each game as a View, with states that are its own to write on.
        seat: the learner's; None: drawn at the beginning of each episode.

    seats: int64 [B], the learner's in each game. Chance, that of the opponent and of the seats, comes from generators
    beside those of the games, one each, so that what happens in a game follows from its own seed.
    """

    def __init__(self, game: Game, opponent: Opponent, seat: int | None, batch: int) -> None:
        self._game, self._drawn = game, seat is None
        self._ask: Callable[[View], Any] = opponent if callable(opponent) else opponent.act
        self.seats = np.full(batch, seat or 0, np.int64)
        self._rng = np.zeros(batch, np.uint64)
        self._memory = np.zeros((batch, getattr(opponent, "memory", 0)), np.float32)

    def seed(self, rows: Sequence[int], seeds: Sequence[int]) -> None:
        """Set the generators of those games; they have nothing to do with the games' own from the same seeds."""
        self._rng[rows] = seeded(seeded(seeds))

    def begin(self, states: np.ndarray, which: np.ndarray, observation: np.ndarray, mask: np.ndarray) -> None:
        """Play up to the learner's first turn where `which` is set: in games at the first position of an episode.

        Where the opponent ends the game before that, by resigning, the next one begins.
        """
        if self._drawn:
            rng = self._rng[which]
            self.seats[which] = pick_any(np.ones((len(rng), self._game.seats), np.bool_), rng)
            self._rng[which] = rng
        self._memory[which] = 0
        untold = Step(np.zeros((len(states), self._game.seats)), *np.zeros((2, len(states)), np.bool_))
        for _ in range(_TRIES):
            self._reply(states, which, untold, observation, mask)
            which = which & (states["status"] != PLAYING)
            if not which.any():
                return
            self._memory[which] = 0
            self._game.kernels.restart(states, which, observation, mask)
        raise ValueError(
            f"{self._game.spec}: the opponent ended {_TRIES} games before the learner's first turn"
        )

    def answer(self, states: np.ndarray, step: Step, observation: np.ndarray, mask: np.ndarray) -> None:
        """Play on until each game is the learner's turn, or over, and then show it from the learner's side.

        step: what the learner's own ply brought; what the replies bring is added.
        """
        self._reply(states, np.ones(len(states), np.bool_), step, observation, mask)
        self.turn_ends(states, observation)

    def turn_ends(self, states: np.ndarray, observation: np.ndarray) -> None:
        """Show the games that are over from the learner's side, whoever would have moved next.

        So that a learner may bootstrap from the last observation of a game that was cut short.
        """
        rows = np.flatnonzero((states["status"] != PLAYING) & (states["to_move"] != self.seats))
        if len(rows):
            over = states[rows].view(np.recarray)
            over.to_move = self.seats[rows]
            observation[rows] = self._game.observe(over)[0]

    def _reply(
        self, states: np.ndarray, which: np.ndarray, step: Step, observation: np.ndarray, mask: np.ndarray
    ) -> None:
        """Play the opponent's plies in those games, in place, and add up what they bring."""
        while len(rows := np.flatnonzero(which & self._waiting(states))):
            actions = self._choose(states, rows, observation, mask)
            games, seen = states[rows], self._game.buffers(len(rows))
            ply = Step(np.empty((len(rows), self._game.seats)), *np.empty((2, len(rows)), np.bool_))
            self._game.kernels.step(games, actions, np.zeros(len(rows), np.bool_), *ply, *seen)
            states[rows], observation[rows], mask[rows] = games, *seen
            step.rewards[rows] += ply.rewards
            step.terminated[rows], step.truncated[rows] = ply.terminated, ply.truncated

    def _waiting(self, states: np.ndarray) -> np.ndarray:
        return (states["status"] == PLAYING) & (states["to_move"] != self.seats)

    def _choose(
        self, states: np.ndarray, rows: np.ndarray, observation: np.ndarray, mask: np.ndarray
    ) -> np.ndarray:
        """Ask the opponent for its actions int64 [G, 1] in those games."""
        shown = None if self._game.hides else states[rows].view(np.recarray)
        asked = states["to_move"][rows].astype(np.int64)
        view = View(observation[rows, 0], mask[rows, 0], self._rng[rows], shown, self._memory[rows], asked)
        answer = self._ask(view)
        self._rng[rows], self._memory[rows] = view.rng, view.memory
        actions = np.asarray(answer.actions if isinstance(answer, Decision) else answer)
        if actions.size != len(rows) or actions.dtype.kind not in "iu":
            told = f"{actions.dtype}{list(actions.shape)}"
            raise ValueError(
                f"the opponent answered {told}, not one whole number for each of {len(rows)} games"
            )
        actions = np.ascontiguousarray(actions, np.int64).reshape(-1)
        at = first_illegal(mask[rows, 0], actions, np.zeros(len(rows), np.bool_))
        if at >= 0:
            state = states.view(np.recarray)[rows[at]]
            raise ValueError(f"the opponent's {why_illegal(self._game, state, int(actions[at]))}")
        return actions[:, None]
