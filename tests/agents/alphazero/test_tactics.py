"""Does the search read ladders and ko fights to their end? Against a ladder reader, and against perfect play."""

import numpy as np
import pytest

from agents.alphazero import AlphaZero
from agents.catalog import load_agent
from agents.solver import Solver
from agents.trained import FOLDER
from envs.catalog import make_game
from envs.generator import seeded
from envs.view import View
from tests.envs.goban_referee import is_position, neighbours, placed, region


def seen(game, states):
    observation, mask = game.observe(states)
    return View(observation[:, 0], mask[:, 0], seeded(range(len(states))), states)


# Ladders on 5x5: White's chain is in atari, and runs down to the right from atari to atari

SIDE = 5
RUNNING = ".XX.. XOOX. .XO.. ..X.. .....".replace(" ", "")
CHAIN = RUNNING.index("O")


def with_white(board: str, name: str) -> str:
    at = (SIDE - int(name[1])) * SIDE + "ABCDE".index(name[0])
    return board[:at] + "O" + board[at + 1 :]


WITH_HELP = {with_white(RUNNING, column + row) for column in "ABCDE" for row in "12345"}
LADDERS = sorted(
    board for board in WITH_HELP if board.count("X") == RUNNING.count("X") and is_position(board, SIDE)
)


def liberties(board: str, point: int) -> list[int]:
    chain, _ = region(board, SIDE, point)
    return sorted({near for one in chain for near in neighbours(SIDE, one) if board[near] == "."})


def caught(board: str, mover: str, before: frozenset[str] = frozenset()) -> bool:
    """Return whether White's chain is lost where Black gives nothing but atari.

    It runs to its last liberty, or takes a chain beside it that is in atari itself.
    """
    before |= {board}
    free = liberties(board, CHAIN)
    if mover == "X":
        if len(free) != 2:
            return len(free) < 2
        return any(
            after is not None and caught(after, "O", before) for after in played(board, free, "X", before)
        )
    if len(free) != 1:
        return False
    chain, _ = region(board, SIDE, CHAIN)
    beside = {near for one in chain for near in neighbours(SIDE, one) if board[near] == "X"}
    ways = {free[0], *(last[0] for near in beside if len(last := liberties(board, near)) == 1)}
    return all(after is None or caught(after, "X", before) for after in played(board, ways, "O", before))


def played(board, points, mark, before):
    """Yield the board after each of the moves, or None where suicide or ko forbids it."""
    for point in points:
        after, _, lost = placed(board, SIDE, point, mark)
        yield None if lost or after in before else after


def test_the_reader_knows_ladders_and_what_breaks_them():
    assert caught(RUNNING, "O")  # D3 D2, E3 E4, E2 E1, and there is no more
    assert caught(with_white(RUNNING, "E1"), "O")
    assert not caught(with_white(RUNNING, "E3"), "O")
    assert not caught(with_white(RUNNING, "B2"), "O")


@pytest.mark.parametrize("board", LADDERS)
def test_it_sees_whether_a_ladder_catches(board):
    """Caught, White has little left of the board; free, it has cut Black's stones to pieces."""
    rows = "/".join(board[at : at + SIDE] for at in range(0, SIDE * SIDE, SIDE))
    game = make_game(f"goban:size={SIDE},komi=0,first=white,setup={rows}")
    agent = load_agent(FOLDER / f"alphazero-goban-{SIDE}", game, {"simulations": 1600})
    decision = agent.act(seen(game, game.new_states([0])))
    lead = decision.lead[0, decision.actions[0]]
    assert (lead < -10) == caught(board, "O")


# Ko fights on 3x3, where perfect play is known


@pytest.fixture(scope="module")
def learnt():
    """An agent that has learnt 3x3 in a few seconds."""
    settings = {"games": 64, "channels": 16, "blocks": 2, "batch_size": 128, "window": 8000, "settle": 300}
    return AlphaZero("goban:size=3,komi=0.5", seed=0, **settings).learn(18_000)


def test_on_3x3_it_finds_that_the_centre_is_best(learnt):
    """There Black takes the whole board (tests/agents/test_solver.py), so that it can win whatever the komi below 9."""
    game = make_game("goban:size=3,komi=0.5")
    decision = learnt.thinker(200, False, 0).answer(states := game.new_states([0]), seen(game, states))
    assert game.action_names[decision.actions[0]] == "B2"
    assert decision.lead[0, decision.actions[0]] > 1  # komi and all


def test_in_ko_fights_it_finds_the_moves_that_win(learnt):
    """In positions of random games where a ko forbids a move, and not all others are as good as the best."""
    game = make_game("goban:size=3,komi=0.5")
    positions, rng = {}, np.random.default_rng(0)
    states = game.new_states(range(400))
    for _ in range(14):
        mask = seen(game, states).mask
        for i in np.flatnonzero(mask.any(axis=1)):
            if any("ko" in game.fault(states[i], int(point)) for point in np.flatnonzero(mask[i] == 0)):
                positions[states[i : i + 1].tobytes()] = states[i : i + 1].copy()
        points = [np.flatnonzero(legal[:-1]) for legal in mask]
        game.step(states, np.array([rng.choice(some) if len(some) else 9 for some in points]))
    found = []
    for position in list(positions.values())[:80]:
        view = seen(game, position)
        perfect = Solver(game, nodes=2_000_000).act(view)
        worth = perfect.q[0][view.mask[0] == 1]
        if (worth < perfect.value[0]).any():  # and not where it does not know
            decision = learnt.thinker(400, False, 0).answer(position, view)
            found.append(perfect.q[0, decision.actions[0]] == perfect.value[0])
    assert len(found) >= 8
    assert all(found)
