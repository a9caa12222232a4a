"""How does one play Go who sees one move ahead? By taking what can be taken, and saving what can be saved."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.agent import Agent
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.compiled import argument, compiled
from envs.generator import pick_any
from envs.goban.chains import in_atari, is_suicide, place
from envs.goban.playout import is_eye
from envs.goban.points import around, pass_of, point_of
from envs.goban.superko import first_of_its_chain
from envs.view import Decision, View

_CAPTURES, _SAVES, _PLAIN, _PASS, _SPOILS, _MASKED = 1000, 500, 1, 0, -1, -2


class GreedyGo(Agent):
    """Captures the most stones it can; else saves the most stones in atari that it can; else plays at random.

    At random it fills no eye of its own and plays no suicide, and it passes when nothing else is left.
    """

    name = "greedy"
    about = "captures what it can, saves what it can, else plays at random: the first rung in Go"

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        if self.task.game is None or self.task.game.name != "goban":
            raise BadInput(f"{self.name}: {self.task.spec} is not Go; it plays goban only")

    def act(self, view: View) -> Decision:
        if view.states is None:
            raise BadInput(f"{self.name}: needs the states of the games, not only what is observed")
        appeal = np.empty(view.mask.shape, np.int64)
        states = view.states.view(np.recarray)
        rate(argument(states), view.mask, argument(states[:1].copy().view(np.recarray)), appeal)
        best = appeal == appeal.max(axis=1)[:, None]
        return Decision(pick_any(best, view.rng), policy=best / best.sum(axis=1)[:, None])


@compiled
def rate(states, mask, scratch, appeal):
    """Write how much each action of each game appeals, int64 [B, actions]. scratch: one record."""
    for i in range(len(states)):
        for move in range(pass_of(states[i])):
            appeal[i, move] = appeal_of(states[i], move, scratch) if mask[i, move] else _MASKED
        appeal[i, pass_of(states[i])] = _PASS if mask[i, pass_of(states[i])] else _MASKED


@compiled
def appeal_of(state, move, scratch):
    """Return how much a stone there appeals: by the stones captured, else by those it takes out of atari."""
    point, colour = point_of(state, move), state.to_move + 1
    if state.board[point] != 0 or is_eye(state, point, colour) or is_suicide(state, point, colour):
        return _SPOILS
    scratch[0] = state
    after = scratch[0]
    place(after, point, colour)
    captured = after.captured[colour - 1] - state.captured[colour - 1]
    if captured > 0:
        return _CAPTURES + captured
    threatened = stones_in_atari(state, point, colour)
    if threatened > 0 and not in_atari(after, after.chain[point]):
        return _SAVES + threatened
    return _PLAIN


@compiled
def stones_in_atari(state, point, colour):
    """Return how many stones the chains of that colour beside the point have that are in atari."""
    count = 0
    near = around(state, point)
    for k in range(4):
        name = state.chain[near[k]]
        if state.board[near[k]] == colour and first_of_its_chain(state, near, k) and in_atari(state, name):
            count += chain_size(state, near[k])
    return count


@compiled
def chain_size(state, stone):
    size = 1
    other = state.next[stone]
    while other != stone:
        size += 1
        other = state.next[other]
    return size
