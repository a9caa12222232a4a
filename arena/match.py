"""How are games played out between agents?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np

from agents.agent import Agent, BrokeDown, Resigned, Void
from arena.schedule import Fixture
from envs.game import Game
from envs.generator import seeded
from envs.view import Decision, View

RESIGNED = "resigned"  # the reason
_OF_EACH_MOVE = ("policy", "q", "lead", "owner")  # what a `Decision` has a number of for each action


@dataclass
class Played:
    """One game as it went. actions and decisions: one row a ply, one entry an acting seat.

    forfeit: the seat whose agent broke down or chose an illegal action, which ends the game; -1 for none.
    resigned: the seat whose agent gave up, likewise.
    """

    fixture: Fixture
    actions: list[list[int]] = field(default_factory=list)
    decisions: list[list[Decision | None]] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)
    reason: str = ""
    forfeit: int = -1
    resigned: int = -1

    @property
    def loser(self) -> int:
        """The seat that lost, whatever the score; -1 where the score says who won."""
        return max(self.forfeit, self.resigned)


def agent_seeds(fixture: Fixture) -> list[int]:
    """Return the seed of each seat's own chance: it follows from level, seat and entrant alone."""
    names = [f"{fixture.seed}/{seat}/{name}" for seat, name in enumerate(fixture.seats)]
    return [int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little") for name in names]


def play(game: Game, fixtures: Sequence[Fixture], agents: Mapping[str, Agent]) -> list[Played]:
    """Play the fixtures side by side, each to its end. What happens in one does not depend on the others.

    Raises Void where this machine failed an agent: then none of them counts.
    """
    return _Table(game, fixtures, agents).play()


@dataclass
class _Turn:
    """One acting seat of the games that go on, which are `rows` of the table.

    seats: who acts in each. observation [G, ...] and mask [G, actions]: what they see. actions: what they
    choose; at first one that is legal, which stands where nobody is asked.
    """

    rows: np.ndarray
    seats: np.ndarray
    observation: np.ndarray
    mask: np.ndarray
    actions: np.ndarray


class _Table:
    """The games in progress."""

    def __init__(self, game: Game, fixtures: Sequence[Fixture], agents: Mapping[str, Agent]) -> None:
        self.game, self.agents = game, agents
        self.games = [Played(fixture) for fixture in fixtures]
        self.states = game.new_states([fixture.seed for fixture in fixtures])
        self.rng = np.array([seeded(agent_seeds(fixture)) for fixture in fixtures])
        self.memory = {
            name: np.zeros((len(fixtures), game.seats, agent.memory), np.float32)
            for name, agent in agents.items()
        }

    def play(self) -> list[Played]:
        going = np.arange(len(self.games))
        while len(going):
            actions = self._choose(going)
            sound = np.array([self.games[row].loser < 0 for row in going])
            going, actions = going[sound], actions[sound]
            states = self.states[going].view(np.recarray)
            self.game.step(states, actions)
            self.states[going] = states
            for row, chosen in zip(going, actions.tolist(), strict=True):
                self.games[row].actions.append(chosen)
            going = going[states.status == 0]
        for played, state in zip(self.games, self.states, strict=True):
            self._conclude(played, state)
        return self.games

    def _choose(self, going: np.ndarray) -> np.ndarray:
        """Return the actions [G, acting] of the games that go on, asking each entrant once an acting seat."""
        states = self.states[going].view(np.recarray)
        observation, mask = self.game.observe(states)
        for row in going:
            self.games[row].decisions.append([None] * self.game.acting)
        chosen = []
        for k in range(self.game.acting):
            seats = states.to_move if self.game.acting == 1 else np.full(len(going), k)
            turn = _Turn(going, seats, observation[:, k], mask[:, k], mask[:, k].argmax(axis=1))
            names = np.array(
                [self.games[row].fixture.seats[s] for row, s in zip(going, seats, strict=True)], object
            )
            playing = states.out[np.arange(len(going)), seats] == 0
            for name in dict.fromkeys(names[playing]):
                self._ask(turn, k, name, np.flatnonzero(playing & (names == name)))
            chosen.append(turn.actions)
        return np.stack(chosen, axis=1)

    def _ask(self, turn: _Turn, k: int, name: str, at: np.ndarray) -> None:
        """Let one agent decide in its games; where it breaks down, game by game, so that only those end."""
        rows, seats = turn.rows[at], turn.seats[at]
        states = None if self.game.hides else self.states[rows].view(np.recarray)
        memory, asked = self.memory[name][rows, seats], seats.astype(np.int64)
        view = View(turn.observation[at], turn.mask[at], self.rng[rows, seats], states, memory, asked)
        try:
            decision = _checked(self.agents[name].act(view), len(at), turn.mask.shape[1])
        except Void:
            raise
        except Exception as error:
            if len(at) == 1:
                self._give_up(rows[0], seats[0], name, error)
                return
            for i in at:
                self._ask(turn, k, name, np.array([i]))
            return
        self.rng[rows, seats], self.memory[name][rows, seats] = view.rng, memory
        for i, (game, row, seat) in enumerate(zip(at, rows, seats, strict=True)):
            action = int(decision.actions[i])
            if not 0 <= action < turn.mask.shape[1] or not turn.mask[game, action]:
                self._forfeit(row, seat, f"{name} chose the illegal action {action}")
                continue
            turn.actions[game] = action
            self.games[row].decisions[-1][k] = decision.part(i, i + 1)

    def _give_up(self, row: int, seat: int, name: str, error: Exception) -> None:
        """End the game of an agent that raised something."""
        match error:
            case Resigned():
                self._resign(row, seat)
            case BrokeDown():
                self._forfeit(row, seat, f"{name} {error}")
            case _:
                self._forfeit(row, seat, f"{name} broke down: {type(error).__name__}: {error}")

    def _resign(self, row: int, seat: int) -> None:
        if self.games[row].loser < 0:
            self.games[row].resigned, self.games[row].reason = int(seat), RESIGNED

    def _forfeit(self, row: int, seat: int, fault: str) -> None:
        if self.games[row].loser < 0:
            self.games[row].forfeit = int(seat)
            line = "".join(mark if mark.isprintable() else " " for mark in f"forfeit: {fault}"[:200])
            self.games[row].reason = " ".join(line.split())

    def _conclude(self, played: Played, state: np.record) -> None:
        if played.loser >= 0:
            played.decisions.pop()
        else:
            played.reason = self.game.reasons[state.reason]
        played.scores = [int(score) for score in state.score]


def _checked(decision: Decision, games: int, choices: int) -> Decision:
    """Return the decision as arrays; raises ValueError for one of another shape or type."""
    actions = np.asarray(decision.actions)
    if actions.shape != (games,) or actions.dtype.kind not in "iu":
        raise ValueError(
            f"actions are {actions.dtype}{list(actions.shape)}, not whole numbers for {games} games"
        )
    return Decision(
        actions,
        value=_part("value", decision.value, (games,)),
        visits=_part("visits", decision.visits, (games, choices), np.int64),
        line=_line(decision.line, games, choices),
        **{name: _part(name, getattr(decision, name), (games, choices)) for name in _OF_EACH_MOVE},
    )


def _part(name: str, part: Any, shape: tuple[int, ...], dtype: type = float) -> np.ndarray | None:
    if part is None:
        return None
    array: np.ndarray = np.asarray(part, dtype)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {list(array.shape)}, not {list(shape)}")
    return array


def _line(line: Any, games: int, choices: int) -> np.ndarray | None:
    if line is None:
        return None
    array = np.asarray(line, np.int64)
    if array.ndim != 2 or len(array) != games or not ((array >= -1) & (array < choices)).all():
        raise ValueError(f"line {list(array.shape)} is not one line of actions for each of {games} games")
    return array
