"""How do many games of an agent against itself go on together, and what is learnt from them?

One call of `turn` takes the network's answers in all games, goes on searching, plays the moves that have been found,
begins new games for those that are over, and writes what the network is to judge next. A game that is over goes to the
window, from where it is learnt.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch

from agents.alphazero.network import Network
from agents.alphazero.tree import (
    NOTHING,
    allow,
    decide,
    expected,
    grow,
    halving,
    new_trees,
    plant,
    take_in,
    utilities,
)
from envs.compiled import compiled
from envs.game import Game
from envs.generator import draw_at, uniform_at
from envs.goban.area import area
from envs.goban.observation import PLANES, write
from envs.goban.points import pass_of, point_of
from envs.goban.rules import begin, play

WHOLE = 65535.0


class Games(NamedTuple):
    """B games under way, of up to P plies.

    state: records [B]. rng: uint64 [B], of the search's chance. seen: uint8 [B, P, planes, side, side], what there was
    to see before each ply, and policy: float32 [B, P, A], what the search found best there. first: int32 [B], the ply
    from which the game is learnt from, after the opening.
    """

    state: np.ndarray
    rng: np.ndarray
    seen: np.ndarray
    policy: np.ndarray
    first: np.ndarray


class Window(NamedTuple):
    """The last W positions of games that are over, in a ring.

    seen: uint8 [W, planes, side, side]. policy: uint16 [W, A], of WHOLE. score: int16 [W], by how many points who was
    to move is ahead in the end, without komi. owner: int8 [W, points], 1 where a point is theirs in the end, -1 where
    it is the other's. game: int16 [W, 2], of each of the last games by how many half points Black was ahead in the
    end, and plies. written: int64 [2], positions and games so far.
    """

    seen: np.ndarray
    policy: np.ndarray
    score: np.ndarray
    owner: np.ndarray
    game: np.ndarray
    written: np.ndarray


def new_window(size: int, planes: int, side: int) -> Window:
    return Window(
        seen=np.zeros((size, planes, side, side), np.uint8),
        policy=np.zeros((size, side * side + 1), np.uint16),
        score=np.zeros(size, np.int16),
        owner=np.zeros((size, side * side), np.int8),
        game=np.zeros((size, 2), np.int16),
        written=np.zeros(2, np.int64),
    )


class SelfPlay:
    """Plays on in B games, and fills a window with the positions of those that are over.

    Args:
        game: Go, by area.
        rng: uint64 [B], a generator a game.
        window: how many positions it keeps.
        simulations, considered, openings, win_weighs: see `AlphaZero.Config`.
    """

    def __init__(
        self,
        game: Game,
        rng: np.ndarray,
        *,
        window: int,
        simulations: int,
        considered: int,
        openings: int,
        win_weighs: float,
    ) -> None:
        states, side = game.new_states(range(len(rng))), int(game.template[0].side)
        moves, plies, games, planes = side * side + 1, states.move.shape[1], len(rng), len(PLANES)
        self.window = new_window(window, planes, side)
        self._trees = new_trees(states.dtype, games, simulations + 1, moves)
        self._games = Games(
            states,
            rng,
            np.zeros((games, plies, planes, side, side), np.uint8),
            np.zeros((games, plies, moves), np.float32),
            np.zeros(games, np.int32),
        )
        self._plan, self._openings, self._win_weighs = halving(considered, simulations), openings, win_weighs
        self._worths = utilities(side, int(game.template[0].komi), win_weighs)
        self._seen = np.zeros((games, planes, side, side), np.uint8)
        set_out(self._games, self._trees, openings)
        self._turn(np.zeros((games, moves), np.float32), np.zeros((games, 2 * moves - 1), np.float32))

    @torch.no_grad()
    def play(self, network: Network, turns: int) -> tuple[int, np.ndarray]:
        """Let the network judge a position of each game so many times.

        Returns how many positions are new in the window, and the latest `game` entries of it, int16 [games, 2].
        """
        before = self.window.written.copy()
        for _ in range(turns):
            opinion = network(torch.from_numpy(self._seen))
            self._turn(opinion.policy.numpy(), opinion.score.numpy())
        positions, games = (self.window.written - before).tolist()
        size, end = len(self.window.game), int(self.window.written[1])
        return positions, self.window.game[np.arange(end - min(games, size), end) % size]

    @property
    def known(self) -> int:
        """How many positions there are in the window."""
        return min(int(self.window.written[0]), len(self.window.seen))

    def _turn(self, logits: np.ndarray, scores: np.ndarray) -> None:
        turn(
            self._games, self._trees, self.window, self._plan, self._openings, self._worths, self._win_weighs,
            logits, scores, self._seen,
        )  # fmt: skip


@compiled
def set_out(games, trees, openings):
    """Begin all games; openings: most random moves that one begins with."""
    for g in range(len(games.state)):
        _begin(games, trees, g, openings)


@compiled
def _begin(games, trees, g, openings):
    """Begin a game, every second one after some random moves, so that all of the board is learnt."""
    state = games.state[g]
    state.rng = games.rng[g]
    draw_at(games.rng, g, 2)
    state.opening = 0
    if draw_at(games.rng, g, 2) == 0 and openings > 0:
        state.opening = 1 + draw_at(games.rng, g, openings)
    begin(state)
    games.first[g] = state.ply
    _look(games, trees, g)


@compiled
def _look(games, trees, g):
    """Search from where the game stands."""
    plant(trees, g, games.state[g])
    for move in range(trees.noise.shape[1]):
        trees.noise[g, move] = -math.log(-math.log(uniform_at(games.rng, g) + 1e-300) + 1e-300)


@compiled
def turn(games, trees, window, plan, openings, worths, win_weighs, logits, scores, seen):
    """Take in the answers, go on in all games, and write what is to be judged next, uint8 [B, planes, side, side].

    plan: of `halving`. openings: most random moves that a game begins with. worths: of `utilities`. logits, scores:
    float32 [B, A] and [B, scores], the network's answers to the last `seen`; scores are changed.
    """
    rewards = np.empty(2)
    mask = np.empty(logits.shape[1], np.int8)
    atari, marked = np.empty((2, len(games.state[0].board)), np.uint8)
    listed = np.empty(len(games.state[0].board), np.int16)
    for g in range(len(games.state)):
        node = trees.leaf[g, 0]
        if node != NOTHING:
            worth, lead = expected(scores[g], worths[trees.state[g, node].to_move], trees.state[g, node])
            take_in(trees, g, 0, logits[g], worth, lead)
        while trees.leaf[g, 0] == NOTHING and not grow(trees, g, 0, plan, False, win_weighs, rewards):
            _move_on(games, trees, window, g, openings, rewards, mask, atari, marked, listed)
        write(trees.state[g, trees.leaf[g, 0]], seen[g], mask, atari, marked, listed)
        allow(trees, g, 0, mask)


@compiled
def _move_on(games, trees, window, g, openings, rewards, mask, atari, marked, listed):
    """Play the move that was found, and look at what comes next."""
    state = games.state[g]
    write(state, games.seen[g, state.ply], mask, atari, marked, listed)
    move = decide(trees, g, False, games.policy[g, state.ply])
    play(state, move, rewards)
    if state.status == 0:
        _look(games, trees, g)
    else:
        _put_away(games, window, g)
        _begin(games, trees, g, openings)


@compiled
def _put_away(games, window, g):
    """Write the positions of a game that is over to the window."""
    state = games.state[g]
    owner = np.empty(len(state.board), np.uint8)
    score = area(state, owner)
    for ply in range(games.first[g], state.ply):
        at = window.written[0] % len(window.seen)
        black_moves = games.seen[g, ply, -1, 0, 0] == 1
        window.seen[at] = games.seen[g, ply]
        for move in range(games.policy.shape[2]):
            window.policy[at, move] = np.uint16(games.policy[g, ply, move] * WHOLE + 0.5)
        window.score[at] = score if black_moves else -score
        for point in range(pass_of(state)):
            whose = owner[point_of(state, point)]
            mine = 1 if whose == 1 else -1 if whose == 2 else 0
            window.owner[at, point] = mine if black_moves else -mine
        window.written[0] += 1
    at = window.written[1] % len(window.game)
    window.game[at, 0] = 2 * score - state.komi
    window.game[at, 1] = state.ply
    window.written[1] += 1
