"""Who plays the seats that the learner does not?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from envs.bad_input import BadInput, suggest
from envs.game import PLAYING, TERMINATED, Game, Step
from envs.generator import pick_any, seeded
from envs.legal import first_illegal, why_illegal
from envs.view import Decision, View


class Player(Protocol):
    """Who plays with a memory of `memory` numbers a game, as an agent does."""

    @property
    def memory(self) -> int: ...

    def act(self, view: View) -> Decision: ...


Opponent = Callable[[View], Any] | Player  # a callable answers with a Decision, or with the bare actions [B]
Who = tuple[np.ndarray, np.ndarray]  # games [G], and of each the seat
RANDOM, SELF = "random", "self"
_CALLABLE = "Any other is given as a callable on views, or as an agent."
_TRIES = 100


def opponents(
    game: Game, opponent: Opponent | str | None, seat: int | str | None, batch: int
) -> Replies | Rivals | None:
    """Return who plays the other seats of B games, or None where nobody does: in a game for one, and in self-play.

    opponent: `random` (the default), `self`, an agent or a callable. seat: the learner's, or `random` (the default).

    Raises:
        BadInput: an opponent or seat that there is not, or `self` in a race.
    """
    _check(game, opponent, seat)
    if game.seats == 1 or opponent == SELF:
        return None
    asked = _random if opponent is None or isinstance(opponent, str) else opponent
    kind = Rivals if game.acting > 1 else Replies
    return kind(game, asked, None if seat is None or isinstance(seat, str) else int(seat), batch)


def _check(game: Game, opponent: Opponent | str | None, seat: int | str | None) -> None:
    if game.seats == 1 and (opponent, seat) != (None, None):
        raise BadInput(f"{game.spec}: has one seat, so there is no opponent and no seat to choose")
    if isinstance(opponent, str) and opponent not in (RANDOM, SELF):
        raise BadInput(f"unknown opponent {opponent!r}.{suggest(opponent, (RANDOM, SELF))} {_CALLABLE}")
    if not isinstance(opponent, str | None) and not callable(getattr(opponent, "act", opponent)):
        raise BadInput(f"opponent={opponent!r} is none of 'random' and 'self'. {_CALLABLE}")
    if seat not in (None, RANDOM, *range(game.seats)) or isinstance(seat, bool):
        raise BadInput(f"{game.spec}: seat={seat!r} is not 'random' or one of {list(range(game.seats))}")
    if opponent == SELF and game.acting > 1:
        raise BadInput(
            f"{game.spec}: all seats act at once, so opponent='self' is none; see PettingZoo's Parallel face"
        )
    if opponent == SELF and seat is not None:
        raise BadInput(f"{game.spec}: in self-play the learner has every seat, so seat={seat!r} is none")


def _random(view: View) -> np.ndarray:
    return pick_any(view.mask == 1, view.rng)


class _Opponents:
    """One opponent on all seats but the learner's, in B games side by side. It is asked about all of them at once.

    Args:
        opponent: sees each game as a View, with states that are its own to write on.
        seat: the learner's; None: drawn at the beginning of each episode.

    seats: int64 [B], the learner's in each game. places: int64 [B], where in `observation` and `mask` the learner's own
    stand. Chance, that of the opponent and of the seats, comes from generators beside those of the games, one a seat,
    so that what happens in a game follows from its own seed.
    """

    seats: np.ndarray
    places: np.ndarray

    def __init__(self, game: Game, opponent: Opponent, seat: int | None, batch: int) -> None:
        self._game, self._drawn = game, seat is None
        self._ask: Callable[[View], Any] = opponent if callable(opponent) else opponent.act
        self.seats = np.full(batch, seat or 0, np.int64)
        self._rng = np.zeros((batch, game.seats), np.uint64)
        self._memory = np.zeros((batch, game.seats, getattr(opponent, "memory", 0)), np.float32)

    def seed(self, rows: Sequence[int], seeds: Sequence[int]) -> None:
        """Set the generators of those games; they have nothing to do with the games' own from the same seeds."""
        first = seeded(seeds)
        for seat in range(self._game.seats):
            self._rng[rows, seat] = seeded(first + np.uint64(seat))

    def _deal(self, which: np.ndarray) -> None:
        """Draw the learner's seat for a new episode of the games where `which` is set, and empty the memories."""
        if self._drawn:
            rng = self._rng[which, 0]
            self.seats[which] = pick_any(np.ones((len(rng), self._game.seats), np.bool_), rng)
            self._rng[which, 0] = rng
        self._memory[which] = 0

    def _choose(self, states: np.ndarray, who: Who, observation: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Ask the opponent for its actions int64 [G], one for each of these seats of these games."""
        rows, seats = who
        at = (rows, seats if self._game.acting > 1 else 0)
        shown = None if self._game.hides else states[rows].view(np.recarray)
        view = View(observation[at], mask[at], self._rng[who], shown, self._memory[who], seats)
        answer = self._ask(view)
        self._rng[who], self._memory[who] = view.rng, view.memory
        actions = np.asarray(answer.actions if isinstance(answer, Decision) else answer)
        if actions.size != len(rows) or actions.dtype.kind not in "iu":
            told = f"{actions.dtype}{list(actions.shape)}"
            raise ValueError(
                f"the opponent answered {told}, not one whole number for each of {len(rows)} games"
            )
        actions = np.ascontiguousarray(actions, np.int64).reshape(-1)
        wrong = first_illegal(mask[at], actions, np.zeros(len(rows), np.bool_))
        if wrong >= 0:
            state = states.view(np.recarray)[rows[wrong]]
            raise ValueError(f"the opponent's {why_illegal(self._game, state, int(actions[wrong]))}")
        return actions


class Replies(_Opponents):
    """The opponent where seats take turns: it replies to each action of the learner, up to the learner's next turn."""

    def __init__(self, game: Game, opponent: Opponent, seat: int | None, batch: int) -> None:
        super().__init__(game, opponent, seat, batch)
        self.places = np.zeros(batch, np.int64)

    def join(
        self, states: np.ndarray, actions: np.ndarray, observation: np.ndarray, mask: np.ndarray
    ) -> None:
        """Nobody acts at the same time."""

    def begin(self, states: np.ndarray, which: np.ndarray, observation: np.ndarray, mask: np.ndarray) -> None:
        """Play up to the learner's first turn where `which` is set: in games at the first position of an episode."""
        self._deal(which)
        untold = Step(np.zeros((len(states), self._game.seats)), *np.zeros((2, len(states)), np.bool_))
        self._reply(states, which, untold, observation, mask)
        self._begin_again(states, which, untold, observation, mask)

    def _begin_again(
        self, states: np.ndarray, which: np.ndarray, untold: Step, observation: np.ndarray, mask: np.ndarray
    ) -> None:
        """Begin the next episode where the opponent has ended one before the learner's first turn, by resigning."""
        for _ in range(_TRIES):
            which = which & (states["status"] != PLAYING)
            if not which.any():
                return
            self._memory[which] = 0
            self._game.kernels.restart(states, which, observation, mask)
            self._reply(states, which, untold, observation, mask)
        raise ValueError(
            f"{self._game.spec}: the opponent ended {_TRIES} games before the learner's first turn"
        )

    def answer(
        self, states: np.ndarray, begun: np.ndarray, step: Step, observation: np.ndarray, mask: np.ndarray
    ) -> None:
        """Play on until each game is the learner's turn, or over, and then show it from the learner's side.

        begun: bool [B], where instead of a ply an episode has begun. step: what the learner's own ply brought; what the
        replies bring is added, but those before its first turn.
        """
        if begun.any():
            self._deal(begun)
        self._reply(states, np.ones(len(states), np.bool_), step, observation, mask)
        if begun.any():
            self._begin_again(states, begun, step, observation, mask)
            for told in step:
                told[begun] = 0
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
            movers = states["to_move"][rows].astype(np.int64)
            actions = self._choose(states, (rows, movers), observation, mask)[:, None]
            games, seen = states[rows], self._game.buffers(len(rows))
            ply = Step(np.empty((len(rows), self._game.seats)), *np.empty((2, len(rows)), np.bool_))
            self._game.kernels.step(games, actions, np.zeros(len(rows), np.bool_), *ply, *seen)
            states[rows], observation[rows], mask[rows] = games, *seen
            step.rewards[rows] += ply.rewards
            step.terminated[rows], step.truncated[rows] = ply.terminated, ply.truncated

    def _waiting(self, states: np.ndarray) -> np.ndarray:
        return (states["status"] == PLAYING) & (states["to_move"] != self.seats)


class Rivals(_Opponents):
    """The opponent where all seats act at once, in a race: it has the others, and each sees the game as it does.

    A learner that is out has no part in what follows, and its return is complete: its episode terminates there, and
    the game with it, whatever is left to the others. The record then says so, for no reason of its own.
    """

    def __init__(self, game: Game, opponent: Opponent, seat: int | None, batch: int) -> None:
        super().__init__(game, opponent, seat, batch)
        self.places = self.seats
        self._others = np.ones((batch, game.seats), np.bool_)

    def join(
        self, states: np.ndarray, actions: np.ndarray, observation: np.ndarray, mask: np.ndarray
    ) -> None:
        """Write the others' actions beside the learner's: actions int64 [B, seats], and what all of them see now.

        Of who is out any action will do, and nobody is asked.
        """
        playing = (states["status"] == PLAYING)[:, None] & (states["out"] == 0)
        rows, seats = np.nonzero(playing & self._others)
        if len(rows):
            actions[rows, seats] = self._choose(states, (rows, seats), observation, mask)

    def begin(self, states: np.ndarray, which: np.ndarray, observation: np.ndarray, mask: np.ndarray) -> None:
        """Draw the learner's seat where `which` is set: in games at the first position of an episode."""
        self._deal(which)
        self._others = self.seats[:, None] != np.arange(self._game.seats)

    def answer(
        self, states: np.ndarray, begun: np.ndarray, step: Step, observation: np.ndarray, mask: np.ndarray
    ) -> None:
        """End the games of which the learner is out; begun: bool [B], where an episode has begun."""
        if begun.any():
            self.begin(states, begun, observation, mask)
        out = states["out"][np.arange(len(states)), self.seats] == 1
        states["status"][out] = TERMINATED
        step.terminated[out], step.truncated[out] = True, False

    def turn_ends(self, states: np.ndarray, observation: np.ndarray) -> None:
        """Everybody sees the end from its own side."""
