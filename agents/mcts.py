"""How does a Monte Carlo tree search play Go?"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.agent import Agent
from agents.config import check_range
from agents.mcts_tree import Tree, greatest_lead, new_tree, search, subtree
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.compiled import argument
from envs.generator import draws
from envs.view import Decision, View

if TYPE_CHECKING:
    from agents.alphazero.thinking import Thinker

_MOST_NODES = 2**22  # 140 MB
_MOST_KEPT = 2**24  # nodes of the trees of games in progress
_AT_ONCE = 32  # simulations between two looks at the clock
_LINE = 12  # plies of the principal variation


@dataclass
class _Search:
    """The tree of one position of one game."""

    state: np.recarray  # [1]
    tree: Tree


class MCTS(Agent):
    """UCT with random playouts and rapid value estimation, for Go. The tree goes on from move to move.

    A game is recognised by its generator, which nobody else advances: the tree of the last move is kept under the
    number that comes next.
    """

    name = "mcts"
    about = "searches a tree of Go by random playouts, with no knowledge but the rules"

    @dataclass(frozen=True)
    class Config:
        """
        simulations: a move, each with one playout.
        milliseconds: think so long instead; 0: by simulations. What is found then depends on the machine.
        exploration: the constant of UCT, for outcomes from -1 to 1.
        rapid: after how many visits of a move its own mean weighs as much as the rapid estimate; 0: plain UCT.
        network: a saved alphazero whose network judges positions in place of playouts, `alphazero` for the one that
            comes with gamelab; then the search is AlphaZero's, by its upper bounds.
        """

        simulations: int = 400
        milliseconds: int = 0
        exploration: float = 0.1
        rapid: float = 1000.0
        network: str = ""

        def __post_init__(self) -> None:
            check_range("simulations", self.simulations, 1, 10**8)
            check_range("milliseconds", self.milliseconds, 0, 10**7)
            check_range("exploration", self.exploration, 0, 100)
            check_range("rapid", self.rapid, 0, 10**9)

    side_by_side = 1

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        if self.task.game is None or self.task.game.name != "goban":
            raise BadInput(f"mcts: {self.task.spec} is not Go; it searches goban only")
        self._searches: OrderedDict[int, _Search] = OrderedDict()  # by what their game's generator holds next
        self._thinker = self._thinker_of(self.config.network) if self.config.network else None

    def act(self, view: View) -> Decision:
        if view.states is None:
            raise BadInput("mcts: needs the states of the games, not only what is observed")
        if self._thinker is not None:
            return self._thinker.answer(view.states, view)
        rows = range(len(view.rng))
        answers = [self._answer(view.states[i : i + 1], view.mask[i], view.rng[i : i + 1]) for i in rows]
        self._forget(len(answers))
        return Decision.joined(answers)

    def ready(self) -> None:
        """Compile the search now, not while somebody waits for a move."""
        game = self.task.game
        assert game is not None
        states = game.new_states([0])
        observation, mask = game.observe(states)
        self.act(View(observation[:, 0], mask[:, 0], self.chance(1), states))
        self._searches.clear()

    def _thinker_of(self, spec: str) -> Thinker:
        from agents.alphazero import AlphaZero
        from agents.catalog import make_agent

        agent = make_agent(spec, self.task)
        if not isinstance(agent, AlphaZero):
            raise BadInput(f"mcts: network={spec} is no alphazero, whose network could judge")
        return agent.thinker(self.config.simulations, True, self.config.milliseconds)

    def _answer(self, states: np.ndarray, mask: np.ndarray, rng: np.ndarray) -> Decision:
        found = self._resume(int(rng[0]), states.copy().view(np.recarray))
        self._think(found, draws(rng))
        self._searches[int(rng[0])] = found
        return self._conclude(found, mask)

    def _forget(self, batch: int) -> None:
        """Let the oldest trees go where all together are too large; never those of the last batch."""
        nodes = sum(int(found.tree.used[0]) for found in self._searches.values())
        while nodes > _MOST_KEPT and len(self._searches) > batch:
            _, oldest = self._searches.popitem(last=False)
            nodes -= int(oldest.tree.used[0])

    def _resume(self, number: int, state: np.recarray) -> _Search:
        """Go on with the tree of the game's last move, if the position is in it; else begin a new one."""
        before = self._searches.pop(number, None)
        node = _reached(before, state) if before else None
        kept = before.tree.used[0] if before and node is not None else 1
        tree = new_tree(self._room(int(kept)))
        if before and node is not None:
            subtree(before.tree, node, tree)
        return _Search(state, tree)

    def _room(self, kept: int) -> int:
        """Return how many nodes a tree may come to have: a simulation gives one of them children."""
        grown = self.config.simulations * int(self.task.action_space.n)
        return _MOST_NODES if self.config.milliseconds else min(kept + grown, _MOST_NODES)

    def _think(self, found: _Search, rng: np.ndarray) -> None:
        config, root = self.config, argument(found.state)
        if not config.milliseconds:
            search(found.tree, root, config.simulations, config.exploration, config.rapid, rng)
            return
        end = time.perf_counter() + config.milliseconds / 1000
        while time.perf_counter() < end:
            search(found.tree, root, _AT_ONCE, config.exploration, config.rapid, rng)

    def _conclude(self, found: _Search, mask: np.ndarray) -> Decision:
        """Choose the move with the most visits of those in the mask [actions], and tell what was found about all."""
        state, tree = found.state[0], found.tree
        children = slice(tree.first[0], tree.first[0] + tree.children[0])
        moves, counts, totals = tree.move[children], tree.visits[children], tree.total[children]
        visits = np.zeros(int(self.task.action_space.n), np.int64)
        visits[moves] = counts
        scale = greatest_lead(state) / 2 if state.margin else 1.0
        q = np.full(len(visits), np.nan)
        q[moves[counts > 0]] = scale * totals[counts > 0] / counts[counts > 0]
        policy = visits * (mask == 1) if visits[mask == 1].any() else mask
        best = policy.argmax()
        return Decision(
            np.array([best], np.int64),
            value=q[[best]],
            policy=policy[None] / policy.sum(),
            q=q[None],
            visits=visits[None],
            line=_principal_variation(tree)[None],
        )


def _reached(before: _Search, state: np.recarray) -> int | None:
    """Return the node of that position in the tree of an earlier one of the same game; None: it is not there."""
    start, now = before.state[0], state[0]
    if (
        start.rng != now.rng
        or start.ply > now.ply
        or (start.move[: start.ply] != now.move[: start.ply]).any()
    ):
        return None
    node, tree = 0, before.tree
    for move in now.move[start.ply : now.ply]:
        children = range(tree.first[node], tree.first[node] + tree.children[node])
        node = next((child for child in children if tree.move[child] == move), 0)
        if node == 0:
            return None
    return node


def _principal_variation(tree: Tree) -> np.ndarray:
    """Return the moves visited most, from the root on, int64 [_LINE], -1 after the last."""
    line = np.full(_LINE, -1)
    node = 0
    for ply in range(_LINE):
        first = tree.first[node]
        visits = tree.visits[first : first + tree.children[node]]
        if visits.sum() == 0:
            break
        node = first + visits.argmax()
        line[ply] = tree.move[node]
    return line
