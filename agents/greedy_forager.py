"""How does a forager play who sees the nearest apple only? By walking to it the shortest way."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.agent import Agent
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.compiled import argument, compiled
from envs.generator import pick_any
from envs.gridworld.rules import APPLE, CLIFF, END, GOAL, LAVA, PRIZE, landing
from envs.view import Decision, View


class GreedyForager(Agent):
    """Walks the shortest way to the nearest ripe apple, alone or in a race; of equally short ways any.

    It keeps out of lava, cliffs and all that ends the episode, takes the other foragers for obstacles where they stand,
    and reckons with ice, wind and portals, but not with slipping. Where no way leads to an apple it strolls about.
    """

    name = "greedy"
    about = "walks the shortest way to the nearest ripe apple"

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        game = self.task.game
        if game is None or game.name != "gridworld" or not game.template[0].apples:
            raise BadInput(f"{self.name}: {self.task.spec} has no apples to walk to")
        if game.hides:
            raise BadInput(f"{self.name}: {self.task.spec} hides the state, which it needs")
        self._alone = game.seats == 1

    def act(self, view: View) -> Decision:
        if view.states is None:
            raise BadInput(f"{self.name}: needs the states of the games, not only what is observed")
        seats = np.zeros(len(view.mask), np.int64) if self._alone else view.seat
        if seats is None:
            raise BadInput(f"{self.name}: needs to be told which forager it is")
        moves = np.empty(len(view.mask), np.int64)
        head_for_apples(argument(view.states.view(np.recarray)), seats, moves)
        best = ((moves[:, None] >> np.arange(4)) & view.mask).astype(np.bool_)
        best |= ~best.any(axis=1)[:, None] & (view.mask == 1)
        return Decision(pick_any(best, view.rng), policy=best / best.sum(axis=1)[:, None])


@compiled
def head_for_apples(states, seats, moves):
    """Write into moves, int64 [B], what `first_moves` returns for one forager of each game."""
    cells = len(states[0].tile)
    waiting, plies, first = (
        np.empty(cells + 1, np.int64),
        np.empty(cells, np.int64),
        np.empty(cells, np.int64),
    )
    for i in range(len(states)):
        moves[i] = first_moves(states[i], seats[i], waiting, plies, first)


@compiled
def first_moves(state, seat, waiting, plies, first):
    """Return, as bits, the moves that begin a shortest way to a ripe apple; where there is no way, the safe ones.

    Breadth-first search. waiting: cells in the order in which they were reached. plies: how far they are, -1: not yet
    reached. first: the first moves of all shortest ways to them. The start counts as reached once a move ends there:
    an apple that ripens underfoot is eaten by walking into a wall.
    """
    plies[: state.rows * state.cols] = -1
    waiting[0] = state.cell[seat]
    head, tail, nearest = 0, 1, len(plies)
    safe = found = 0
    while head < tail:
        cell = waiting[head]
        ply = plies[cell] + 1 if head > 0 else 1
        if ply > nearest:
            break
        for direction in range(4):
            ahead = landing(state, seat, cell, direction)
            if not is_safe(state, ahead):
                continue
            begun = first[cell] if head > 0 else 1 << direction
            if head == 0:
                safe |= begun
            if plies[ahead] < 0:
                plies[ahead], first[ahead] = ply, 0
                waiting[tail] = ahead
                tail += 1
            if plies[ahead] == ply:
                first[ahead] |= begun
                if is_ripe(state, ahead):
                    nearest = ply
                    found |= begun
        head += 1
    return found if found else safe


@compiled
def is_safe(state, cell):
    """Return whether a forager can stop there and walk on."""
    tile = state.tile[cell]
    return tile != CLIFF and tile != LAVA and tile != GOAL and tile != PRIZE and tile != END


@compiled
def is_ripe(state, cell):
    return state.tile[cell] == APPLE and (state.ripe >> state.link[cell]) & 1 == 1
