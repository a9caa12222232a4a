"""Does the search read ladders and ko fights as they are? Against a ladder reader, and against perfect play."""

import numpy as np
import pytest

from agents.alphazero import AlphaZero
from agents.catalog import load_agent
from agents.solver import Solver
from agents.trained import FOLDER
from envs.catalog import make_game
from envs.generator import seeded
from envs.view import View
from tests.envs.goban_referee import OTHER, neighbours, placed, region

SIZE = 9
# White's stone on C7 can run down to the right, from atari to atari, unless one of its own waits there.
LADDER = (
    "........."
    "..XX....."
    ".XO......"
    "........."
    "........."
    "........."
    "........."
    "........."
    "........."
)
BREAKERS = ("E5", "F4", "G3")  # on its way; E5 is met at once


def caught(board: str, point: int, mover: str) -> bool:
    """Return whether the chain on a point is lost where its enemy gives nothing but atari, and moves first or second.

    It runs to its last liberty or takes a chain beside it that is in atari itself.
    """
    mark = board[point]
    chain, _ = region(board, SIZE, point)
    liberties = sorted({near for one in chain for near in neighbours(SIZE, one) if board[near] == "."})
    if mover != mark:
        if len(liberties) != 2:
            return len(liberties) < 2
        for one in liberties:
            after, _, lost = placed(board, SIZE, one, mover)
            if not lost and caught(after, point, mark):
                return True
        return False
    if len(liberties) != 1:
        return False
    beside = {near for one in chain for near in neighbours(SIZE, one) if board[near] == OTHER[mark]}
    weak = [_liberties(board, one) for one in beside]
    ways = set(liberties) | {next(iter(each)) for each in weak if len(each) == 1}
    return all(caught(placed(board, SIZE, one, mark)[0], point, OTHER[mark]) for one in ways)


def _liberties(board: str, point: int) -> set[int]:
    chain, _ = region(board, SIZE, point)
    return {near for one in chain for near in neighbours(SIZE, one) if board[near] == "."}


def point_of(name: str) -> int:
    return (SIZE - int(name[1])) * SIZE + "ABCDEFGHJ".index(name[0])


def with_stone(board: str, name: str, mark: str) -> str:
    at = point_of(name)
    return board[:at] + mark + board[at + 1 :]


def thought(board: str, first: str):
    rows = "/".join(board[i : i + SIZE] for i in range(0, SIZE * SIZE, SIZE))
    game = make_game(f"goban:size={SIZE},komi=0,first={first},setup={rows}")
    states = game.new_states([0])
    observation, mask = game.observe(states)
    agent = load_agent(FOLDER / f"alphazero-goban-{SIZE}", game, {"simulations": 800})
    return game, agent.act(View(observation[:, 0], mask[:, 0], seeded([0]), states))


@pytest.mark.parametrize("breaker", [None, *BREAKERS])
def test_it_sees_whether_a_ladder_catches(breaker):
    board = with_stone(LADDER, breaker, "O") if breaker else LADDER
    board = with_stone(board, "C6", "X")  # atari
    lost = caught(board, point_of("C7"), "O")
    assert lost == (breaker is None)
    game, decision = thought(board, "white")
    move = game.action_names[int(decision.actions[0])]
    print(breaker, move, decision.lead[0, point_of("D7")], np.nanmax(decision.lead[0]), decision.owner[0, point_of("C7")])
    assert (move == "D7") == (not lost)
