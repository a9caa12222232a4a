"""How do many games of an agent against itself go on together, and what is learnt from them?

One call of `turn` takes the network's answers in all games, goes on searching, plays the moves that have been found,
begins new games for those that are over, and writes what the network is to judge next. A game that is over goes to the
window, from where it is learnt.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from agents.alphazero.network import Network, Recorded, judged
from agents.alphazero.tree import (
    NOTHING,
    Trees,
    allow,
    decide,
    expected,
    grow,
    halving,
    new_trees,
    plant,
    softmax,
    take_in,
)
from envs.compiled import compiled, unlocked, wrapping
from envs.game import Game
from envs.generator import draw_at, uniform_at
from envs.goban.area import area
from envs.goban.observation import PLANES, write
from envs.goban.points import pass_of, point_of
from envs.goban.rules import begin, play

WHOLE = 65535.0
OF_A_GAME = ("lead", "plies", "name", "opening", "hopeless")  # the columns of `Window.game`
_HOPELESS = -0.96  # to win with 2 % and to lose with 98


class Games(NamedTuple):
    """B games under way, of up to P plies.

    state: records [B]. rng: uint64 [B], of the search's chance. seen: uint8 [B, P, planes, side, side], what there was
    to see before each ply, and policy: float32 [B, P, A], what the search found best there. first: int32 [B], the ply
    from which the game is learnt from, after the opening. hopeless: int32 [B], the ply before which a seat to move was
    first judged to win with less than 2 %, or NOTHING.
    """

    state: np.ndarray
    rng: np.ndarray
    seen: np.ndarray
    policy: np.ndarray
    first: np.ndarray
    hopeless: np.ndarray


class Window(NamedTuple):
    """The last W positions of games that are over, in a ring for each of T threads, one behind the other.

    seen: uint8 [W, planes, side, side]. policy: uint16 [W, A], of WHOLE. score: int16 [W], by how many points who was
    to move is ahead in the end, without komi. owner: int8 [W, points], 1 where a point is theirs in the end, -1 where
    it is the other's. game: int64 [W, OF_A_GAME], of each of the last games by how many half points Black was ahead in
    the end, plies, a number that its moves have for a name, how many of them were random, and `Games.hopeless`.
    written: int64 [T, 2], positions and games so far.
    """

    seen: np.ndarray
    policy: np.ndarray
    score: np.ndarray
    owner: np.ndarray
    game: np.ndarray
    written: np.ndarray


def new_window(size: int, planes: int, side: int, threads: int) -> Window:
    return Window(
        seen=np.zeros((size, planes, side, side), np.uint8),
        policy=np.zeros((size, side * side + 1), np.uint16),
        score=np.zeros(size, np.int16),
        owner=np.zeros((size, side * side), np.int8),
        game=np.zeros((size, len(OF_A_GAME)), np.int64),
        written=np.zeros((threads, 2), np.int64),
    )


class SelfPlay:
    """Plays on in B games, and fills a window with the positions of those that are over.

    Args:
        game: Go, by area.
        network: that plays; its weights may change between two calls of `play`.
        rng: uint64 [B], a generator a game.
        threads: each has its share of the games and of the window.
        window: how many positions it keeps.
        simulations, considered, openings, win_weighs: see `AlphaZero.Config`.
    """

    def __init__(
        self,
        game: Game,
        network: Network,
        rng: np.ndarray,
        *,
        threads: int = 1,
        window: int,
        simulations: int,
        considered: int,
        openings: int,
        win_weighs: float,
    ) -> None:
        side = int(game.template[0].side)
        self.window = new_window(window // threads * threads, len(PLANES), side, threads)
        rings = [np.split(each, threads) for each in self.window[:-1]]
        plan = halving(considered, simulations)
        self.parts = [
            Part(game, network, own, Window._make([*ring, written]), plan, openings, win_weighs)
            for own, *ring, written in zip(
                np.array_split(rng, threads), *rings, self.window.written, strict=True
            )
        ]
        self._threads = ThreadPoolExecutor(threads)

    def play(self, turns: int) -> tuple[int, np.ndarray]:
        """Let the network judge a position of each game so many times.

        Returns how many positions are new in the window, and the latest `game` entries of it, int64 [games, OF_A_GAME].
        """
        before = self.window.written.sum(axis=0)
        over = list(self._threads.map(lambda part: part.play(turns), self.parts))
        return int((self.window.written.sum(axis=0) - before)[0]), np.concatenate(over)

    @property
    def judging(self) -> float:
        """Seconds that the network has taken for the games of a thread so far, on average."""
        return sum(part.judging for part in self.parts) / len(self.parts)

    @property
    def known(self) -> np.ndarray:
        """How many positions there are in the window of each thread, int64 [T]."""
        return np.minimum(self.window.written[:, 0], len(self.window.seen) // len(self.parts))

    def drawn(self, count: int, chance: np.random.Generator) -> np.ndarray:
        """Return where in the window so many positions stand, drawn at random, int64 [count]."""
        part = chance.integers(len(self.parts), size=count)
        return part * (len(self.window.seen) // len(self.parts)) + chance.integers(self.known[part])


class Part:
    """The games of a thread, and its part of the window. judging: seconds that the network has taken for them."""

    def __init__(
        self,
        game: Game,
        network: Network,
        rng: np.ndarray,
        window: Window,
        plan: np.ndarray,
        openings: int,
        win_weighs: float,
    ) -> None:
        states, side = game.new_states(range(len(rng))), int(game.template[0].side)
        moves, plies, games, planes = side * side + 1, states.move.shape[1], len(rng), len(PLANES)
        self.trees = new_trees(states.dtype, games, plan.shape[1] + 1, moves)
        self.games = Games(
            states,
            rng.copy(),
            np.zeros((games, plies, planes, side, side), np.uint8),
            np.zeros((games, plies, moves), np.float32),
            np.zeros(games, np.int32),
            np.zeros(games, np.int32),
        )
        self._window, self._komi = window, int(game.template[0].komi)
        self._plan, self._openings, self._win_weighs = plan, openings, win_weighs
        self._seen = np.zeros((games, planes, side, side), np.uint8)
        on_gpu = next(network.parameters()).is_cuda
        self._judge = Recorded(network, self._seen.shape) if on_gpu else partial(judged, network)
        self.judging = 0.0
        set_out(self.games, self.trees, openings, self._komi)
        self._turn(np.zeros((games, moves), np.float32), np.zeros((games, 2 * moves - 1), np.float32))

    def take_up(self, games: Games, trees: Trees) -> None:
        """Go on with these games from now on."""
        self.games, self.trees = games, trees
        look_again(trees, self._seen)

    @torch.no_grad()
    def play(self, turns: int) -> np.ndarray:
        """As `SelfPlay.play`; returns the latest games."""
        before = self._window.written[1]
        for _ in range(turns):
            began = time.perf_counter()
            logits, scores = self._judge(self._seen)[:2]
            self.judging += time.perf_counter() - began
            self._turn(logits, scores)
        size, end = len(self._window.game), int(self._window.written[1])
        return self._window.game[np.arange(end - min(end - before, size), end) % size]

    def _turn(self, logits: np.ndarray, scores: np.ndarray) -> None:
        turn(
            self.games, self.trees, self._window, self._plan, self._openings, self._komi, self._win_weighs,
            logits, scores, self._seen,
        )  # fmt: skip


@compiled
def look_again(trees, seen):
    """Write what is to be judged, as `turn` did when it last ended."""
    mask = np.empty(trees.noise.shape[1], np.int8)
    atari, marked = np.empty((2, len(trees.state[0, 0].board)), np.uint8)
    listed = np.empty(len(trees.state[0, 0].board), np.int16)
    for g in range(len(trees.used)):
        if trees.leaf[g, 0] != NOTHING:
            write(trees.state[g, trees.leaf[g, 0]], seen[g], mask, atari, marked, listed)


@compiled
def set_out(games, trees, openings, komi):
    """Begin all games. openings: most random moves that one begins with. komi: of the others, in half points."""
    for g in range(len(games.state)):
        _begin(games, trees, g, openings, komi)


@compiled
def _begin(games, trees, g, openings, komi):
    """Begin a game, every second one after some random moves, so that all of the board is learnt."""
    state = games.state[g]
    state.rng = games.rng[g]
    draw_at(games.rng, g, 2)
    state.komi, state.opening = komi, 0
    if draw_at(games.rng, g, 2) == 0 and openings > 0:
        state.opening = 1 + draw_at(games.rng, g, openings)
    begin(state)
    games.first[g], games.hopeless[g] = state.ply, NOTHING
    _look(games, trees, g)


@compiled
def _look(games, trees, g):
    """Search from where the game stands."""
    plant(trees, g, games.state[g])
    for move in range(trees.noise.shape[1]):
        trees.noise[g, move] = -math.log(-math.log(uniform_at(games.rng, g) + 1e-300) + 1e-300)


@unlocked
def turn(games, trees, window, plan, openings, komi, win_weighs, logits, scores, seen):
    """Take in the answers, go on in all games, and write what is to be judged next, uint8 [B, planes, side, side].

    plan: of `halving`. openings, komi: of `set_out`. logits, scores: float32 [B, A] and [B, scores], the network's
    answers to the last `seen`; scores are changed.
    """
    rewards = np.empty(2)
    mask = np.empty(logits.shape[1], np.int8)
    atari, marked = np.empty((2, len(games.state[0].board)), np.uint8)
    listed = np.empty(len(games.state[0].board), np.int16)
    for g in range(len(games.state)):
        node = trees.leaf[g, 0]
        if node != NOTHING:
            softmax(scores[g])
            if node == 0 and 0 < games.first[g] == games.state[g].ply:
                _make_even(games, trees, g, scores[g])
            if node == 0 and games.hopeless[g] == NOTHING and _is_hopeless(games.state[g], scores[g]):
                games.hopeless[g] = games.state[g].ply
            worth, lead = expected(scores[g], trees.state[g, node], win_weighs)
            take_in(trees, g, 0, logits[g], worth, lead)
        while trees.leaf[g, 0] == NOTHING and not grow(trees, g, 0, plan, False, win_weighs, rewards):
            _move_on(games, trees, window, g, openings, komi, rewards, mask, atari, marked, listed)
        write(trees.state[g, trees.leaf[g, 0]], seen[g], mask, atari, marked, listed)
        allow(trees, g, 0, mask)


@compiled
def _make_even(games, trees, g, chances):
    """Give a game after its opening the komi with a half point by which both seats are judged to be nearest to even.

    Otherwise most are won or lost from there whatever is played, and of who wins nothing is learnt (Wu, "Accelerating
    self-play learning in Go", 2019). chances: of each final score, as of `expected`.
    """
    state, half_points = games.state[g], 0.0
    for k in range(len(chances)):
        half_points += chances[k] * (k - pass_of(state)) * 2
    by_black = half_points if state.to_move == 0 else -half_points
    points = min(max(math.floor(by_black / 2), -pass_of(state)), pass_of(state) - 1)
    state.komi = trees.state[g, 0].komi = 2 * points + 1


@compiled
def _is_hopeless(state, chances):
    """Return whether the seat to move would resign.

    None does: whose each point is in the end, and by how many it is won, is learnt from how games end. What it would
    save, and how often it would be wrong, is told.
    """
    return expected(chances, state, 1.0)[0] < _HOPELESS


@compiled
def _move_on(games, trees, window, g, openings, komi, rewards, mask, atari, marked, listed):
    """Play the move that was found, and look at what comes next."""
    state = games.state[g]
    write(state, games.seen[g, state.ply], mask, atari, marked, listed)
    move = decide(trees, g, False, games.policy[g, state.ply])
    play(state, move, rewards)
    if state.status == 0:
        _look(games, trees, g)
    else:
        _put_away(games, window, g)
        _begin(games, trees, g, openings, komi)


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
    window.game[at, 2] = _name(state.move, state.ply)
    window.game[at, 3] = games.first[g]
    window.game[at, 4] = games.hopeless[g]
    window.written[1] += 1


@wrapping
def _name(moves, plies):
    """Return a number for so many moves, which others hardly have (Fowler-Noll-Vo, FNV-1a)."""
    name = np.uint64(0xCBF29CE484222325)
    for ply in range(plies):
        name = (name ^ np.uint64(moves[ply])) * np.uint64(0x100000001B3)
    return np.int64(name)
