"""Who wins at Go, `mcts` or OpenSpiel's MCTSBot, if both think equally long?

Run by `make bench`. Pairs of games on 9x9 from the same random opening, colours swapped. Each has the same budget of
milliseconds a move: `mcts` looks at the clock; the bot gets as many simulations as fill that time at the speed of its
last move, and the time that both really took is printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.stats import binomtest

from agents.mcts import MCTS
from envs.catalog import make_game
from envs.generator import seeded
from envs.goban.game import Goban
from envs.view import View
from tests.bench.goban import openspiel_bot

Player = Callable[[np.recarray], int]


def ours(game: Goban, milliseconds: int, seed: int) -> Player:
    agent, rng = MCTS(game, milliseconds=milliseconds), seeded([seed])

    def choose(states: np.recarray) -> int:
        observation, mask = game.observe(states)
        return int(agent.act(View(observation[:, 0], mask[:, 0], rng, states)).actions[0])

    return choose


def theirs(milliseconds: int, seed: int) -> Player:
    simulations = 100

    def choose(states: np.recarray) -> int:
        nonlocal simulations
        board, bot = openspiel_bot(simulations, seed)
        state = board.new_initial_state()
        for move in states[0].move[: states[0].ply]:
            state.apply_action(flipped(int(move)))
        began = time.perf_counter()
        move = flipped(int(bot.step(state)))
        fits = simulations * milliseconds / 1000 / (time.perf_counter() - began)
        simulations = round(min(max(1, fits), 2 * simulations))
        return move

    return choose


def flipped(move: int) -> int:
    """Turn our move into OpenSpiel's, whose first row is the lowest, or back."""
    return move if move == 81 else (8 - move // 9) * 9 + move % 9


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--milliseconds", type=int, default=50)
    options = parser.parse_args()
    game = make_game("goban:size=9,opening=2,move_limit=162")  # as OpenSpiel has it
    assert isinstance(game, Goban)
    ours(game, 1, 0)(game.new_states([0]))  # so that nothing is compiled while the clock runs
    won, games, spent, moves = 0, 2 * options.pairs, [0.0, 0.0], [0, 0]
    for number in range(games):
        players = [ours(game, options.milliseconds, number), theirs(options.milliseconds, number)]
        seat = number % 2  # ours
        states = game.new_states([number // 2])
        while states.status[0] == 0:
            who = int(states.to_move[0] != seat)
            began = time.perf_counter()
            move = players[who](states)
            spent[who] += time.perf_counter() - began
            moves[who] += 1
            if not game.observe(states)[1][
                0, 0, move
            ]:  # OpenSpiel lets a superko be played, which ends its game
                break
            game.step(states, np.array([[move]]))
        won += int(states.score[0, seat] > 0)
    interval = binomtest(won, games).proportion_ci(method="wilson")
    ours_ms, theirs_ms = (1000 * seconds / count for seconds, count in zip(spent, moves, strict=True))
    print(
        f"mcts won {won} of {games} games against OpenSpiel's MCTSBot, 95 % interval {interval.low:.0%} to "
        f"{interval.high:.0%}; {ours_ms:.0f} and {theirs_ms:.0f} ms a move"
    )
    return int(won <= games / 2)


if __name__ == "__main__":
    sys.exit(main())
