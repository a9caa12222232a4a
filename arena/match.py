"""How are games played out between agents?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from agents.agent import Agent
from arena.schedule import Fixture
from envs.game import Game
from envs.generator import seeded
from envs.view import Decision, View


@dataclass
class Played:
    """One game as it went. actions and decisions: one row a ply, one entry an acting seat.

    forfeit: the seat whose agent broke down or chose an illegal action, which ends the game; -1 for none.
    """

    fixture: Fixture
    actions: list[list[int]] = field(default_factory=list)
    decisions: list[list[Decision | None]] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)
    reason: str = ""
    forfeit: int = -1


def agent_seeds(fixture: Fixture) -> list[int]:
    """Return the seed of each seat's own chance: it follows from level, seat and entrant, and from nothing else."""
    names = [f"{fixture.seed}/{seat}/{name}" for seat, name in enumerate(fixture.seats)]
    return [int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little") for name in names]


def play(game: Game, fixtures: Sequence[Fixture], agents: Mapping[str, Agent]) -> list[Played]:
    """Play the fixtures side by side, each to its end. What happens in one does not depend on the others."""
    return _Table(game, fixtures, agents).play()


class _Table:
    """The games in progress."""

    def __init__(self, game: Game, fixtures: Sequence[Fixture], agents: Mapping[str, Agent]) -> None:
        self.game, self.agents = game, agents
        self.games = [Played(fixture) for fixture in fixtures]
        self.states = game.new_states([fixture.seed for fixture in fixtures])
        self.rng = np.array([seeded(agent_seeds(fixture)) for fixture in fixtures])

    def play(self) -> list[Played]:
        going = np.arange(len(self.games))
        while len(going):
            actions = self._choose(going)
            going = np.array([row for row in going if self.games[row].forfeit < 0], np.int64)
            states = self.states[going].view(np.recarray)
            self.game.step(states, actions[going])
            self.states[going] = states
            going = going[states.status == 0]
        for row, played in enumerate(self.games):
            self._conclude(played, self.states[row])
        return self.games

    def _choose(self, going: np.ndarray) -> np.ndarray:
        """Ask for the actions of all games that go on, one call for each entrant and acting seat."""
        observation, mask = self.game.observe(self.states[going].view(np.recarray))
        actions = np.zeros((len(self.games), self.game.acting), np.int64)
        for row in going:
            self.games[row].decisions.append([None] * self.game.acting)
        for k in range(self.game.acting):
            seats = self.states.to_move[going] if self.game.acting == 1 else np.full(len(going), k)
            names = [self.games[row].fixture.seats[seat] for row, seat in zip(going, seats, strict=True)]
            for name in dict.fromkeys(names):
                at = np.array([i for i, other in enumerate(names) if other == name])
                rows, seat = going[at], seats[at]
                states = None if self.game.hides else self.states[rows].view(np.recarray)
                seen = View(observation[at, k], mask[at, k], self.rng[rows, seat], states)
                self._ask(name, rows, seat, seen, k, actions)
        for row in going:
            self.games[row].actions.append(actions[row].tolist())
        return actions

    def _ask(
        self, name: str, rows: np.ndarray, seats: np.ndarray, seen: View, k: int, actions: np.ndarray
    ) -> None:
        """Let one agent decide in all its games; where it breaks down, game by game, so that only those suffer."""
        try:
            self._take(name, rows, seats, seen, self.agents[name].act(seen), k, actions)
        except Exception as error:
            if len(rows) == 1:
                self._forfeit(rows[0], seats[0], f"{name} broke down: {type(error).__name__}: {error}")
                return
            for i in range(len(rows)):
                one = slice(i, i + 1)
                states = None if seen.states is None else seen.states[one]
                rng = self.rng[rows[one], seats[one]]
                view = View(seen.observation[one], seen.mask[one], rng, states)
                self._ask(name, rows[one], seats[one], view, k, actions)

    def _take(
        self,
        name: str,
        rows: np.ndarray,
        seats: np.ndarray,
        seen: View,
        decision: Decision,
        k: int,
        actions: np.ndarray,
    ) -> None:
        chosen = [int(action) for action in decision.actions]
        if len(chosen) != len(rows):
            raise ValueError(f"{len(chosen)} actions for {len(rows)} games")
        self.rng[rows, seats] = seen.rng
        for i, (row, seat, action) in enumerate(zip(rows, seats, chosen, strict=True)):
            if not 0 <= action < seen.mask.shape[1] or not seen.mask[i, action]:
                self._forfeit(row, seat, f"{name} chose the illegal action {action}")
                continue
            actions[row, k] = action
            self.games[row].decisions[-1][k] = _of_one_game(decision, i)

    def _forfeit(self, row: int, seat: int, fault: str) -> None:
        if self.games[row].forfeit < 0:
            self.games[row].forfeit = int(seat)
            self.games[row].reason = f"forfeit: {fault}".splitlines()[0][:200]

    def _conclude(self, played: Played, state: np.record) -> None:
        if played.forfeit >= 0:
            played.actions.pop()
            played.decisions.pop()
        else:
            played.reason = self.game.reasons[state.reason]
        played.scores = [int(score) for score in state.score]


def _of_one_game(decision: Decision, i: int) -> Decision:
    parts = (decision.value, decision.policy, decision.q)
    return Decision(
        decision.actions[i : i + 1], *(None if part is None else part[i : i + 1] for part in parts)
    )
