"""What is perfect play in Go, where a search can see to the end?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.config import check_range
from agents.greedy_go import GreedyGo
from agents.proof import UNKNOWN, at_least, new_hints
from envs.compiled import argument
from envs.view import Decision, View

_DEEPEST = 64  # plies that a proof may take


class Solver(GreedyGo):
    """Solves the position to move in by the exact rules, superko and move limit included, and plays a best move.

    Every board to 3x3 is solved from its first move on, and larger ones late in the game. `value` and `q` are then
    exact: what the seat to move wins, in the game's reward. Where the nodes run out the solver says so: `value` is
    NaN, and it plays as `greedy` does. `q` is NaN for moves it had no nodes left for. With simple ko, where a game
    may go round and round to its move limit, it can seldom tell.
    """

    name = "solver"
    about = "plays Go perfectly where it sees to the end: boards to 3x3, late positions on larger ones"
    side_by_side = 1

    @dataclass(frozen=True)
    class Config:
        """
        nodes: positions to look at for one move before it gives up, about a million a second on 3x3. To value any of
            160 positions after up to four random moves there took 4.3 million at most, the first move 0.1 million.
        """

        nodes: int = 5_000_000

        def __post_init__(self) -> None:
            check_range("nodes", self.nodes, 1, 10**12)

    def act(self, view: View) -> Decision:
        decision = super().act(view)
        assert view.states is not None
        assert decision.policy is not None
        decision.value = np.full(len(view.mask), np.nan)
        decision.q = np.full(view.mask.shape, np.nan)
        for i, mask in enumerate(view.mask):
            position = _Position(view.states[i : i + 1], self.config.nodes)
            solved = position.solve(mask == 1, int(decision.actions[i]))
            if solved is not None:
                decision.actions[i], decision.value[i], decision.q[i] = solved
                decision.policy[i] = np.eye(len(mask))[decision.actions[i]]
        return decision


class _Position:
    """One position to solve, with so many nodes to do it.

    results: in half points for the seat to move, ascending: all that can come out, or -1, 0 and 1 where only who
    wins counts. The worst of them is certain.
    """

    def __init__(self, states: np.ndarray, nodes: int) -> None:
        state = states.view(np.recarray)[0]
        self.seat = int(state.to_move)
        self.actions = len(state.setup) ** 2 + 1
        self.results = _results(state)
        self.rewards = self.results / 2 if state.margin else self.results
        plies = min(int(state.move_limit - state.ply), _DEEPEST)
        self.stack = argument(np.repeat(states, plies + 1).view(np.recarray))
        self.hints = new_hints(self.actions)
        self.budget = self.nodes = nodes

    def solve(self, choices: np.ndarray, favourite: int) -> tuple[int, float, np.ndarray] | None:
        """Return a best choice, the favourite if that is one, with its reward and those of all; None: unknown."""
        best, action = self._result(choices, len(self.results) - 1, self.nodes)
        if best is None:
            return None
        q = np.full(self.actions, np.nan)
        q[favourite if action is None else action] = self.rewards[best]
        # A share each, so that no hopeless move keeps the others waiting.
        share = max(2 * (self.budget - self.nodes), 20_000)
        for other in dict.fromkeys([favourite, *np.flatnonzero(choices).tolist()]):
            if np.isnan(q[other]):
                found, _ = self._result(np.arange(self.actions) == other, best, min(share, self.nodes))
                q[other] = np.nan if found is None else self.rewards[found]
        if action is None or q[favourite] == self.rewards[best]:
            action = favourite
        return action, float(self.rewards[best]), q

    def _result(self, choices: np.ndarray, most: int, nodes: int) -> tuple[int | None, int | None]:
        """Return which result comes of these choices, and the choice that it comes of, None where any will do.

        The result is no better than `most`; None where so many nodes do not tell.
        """
        least, action = 0, None
        budget = np.array([nodes])
        while least < most:
            middle = (least + most + 1) // 2
            answer, move = at_least(self.stack, choices, self.seat, self.results[middle], self.hints, budget)
            if answer == UNKNOWN:
                break
            if answer:
                least, action = middle, int(move)
            else:
                most = middle - 1
        self.nodes -= nodes - int(budget[0])
        return (least if least == most else None), action


def _results(state: np.record) -> np.ndarray:
    if not state.margin:
        return np.arange(-1, 2)
    if state.capture:
        return np.array([-2, 0, 2])
    points = len(state.setup) ** 2
    komi = int(state.komi if state.to_move == 1 else -state.komi)
    return np.unique([0, *(2 * np.arange(-points, points + 1) + komi)])  # 0: at the move limit
