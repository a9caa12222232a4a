"""Is a turned or mirrored position the same position to its rules, and are there 8 of them?"""

import numpy as np
import pytest

from envs.catalog import GAMES, make_game
from envs.symmetry import Symmetry, board_symmetries
from tests.contract.configurations import random_actions

BOARDS = [
    "tictactoe",
    "tictactoe:size=5,row=4,forfeits=true",
    "goban:size=3",
    "goban:size=5,channels=last",
    "goban:size=4,rules=capture,capture=2,dtype=float32",
    "goban:size=7,suicide=true,superko=situational",
]
boards = pytest.mark.parametrize("spec", BOARDS)


@pytest.fixture(autouse=True)
def tictactoe_is_in_the_catalog(monkeypatch):
    monkeypatch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")


@boards
def test_mirrored_moves_lead_to_the_mirrored_position(spec):
    """Play games and, beside each, the same one turned; nothing that can be seen, done or won may differ."""
    game, rng = make_game(spec), np.random.default_rng(0)
    for symmetry in game.symmetries:
        states, turned = (game.new_states(range(5)) for _ in range(2))
        for _ in range(3 * game.action_space.n):
            (observation, mask), (seen, legal) = game.observe(states), game.observe(turned)
            assert np.array_equal(symmetry.observation(observation), seen)
            assert np.array_equal(symmetry.over_actions(mask), legal)
            actions = random_actions(mask, rng)
            rewards = game.step(states, actions).rewards
            assert np.array_equal(rewards, game.step(turned, symmetry.actions[actions]).rewards)
        assert np.array_equal(states.score, turned.score)


def test_a_quarter_turn_and_a_mirror_image_look_as_they_should():
    board = np.array([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]])
    seen = [symmetry.observation(board)[0, 0].tolist() for symmetry in board_symmetries((1, 3, 3), (1, 2), 9)]
    assert seen[0] == board[0, 0].tolist()
    assert seen[1] == [[3, 6, 9], [2, 5, 8], [1, 4, 7]]
    assert seen[2] == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    assert seen[4] == [[3, 2, 1], [6, 5, 4], [9, 8, 7]]


def signature(*symmetries: Symmetry) -> tuple[bytes, bytes]:
    """Return what these symmetries do one after the other to a row of different cells and of different actions."""
    cells = np.arange(len(symmetries[0].cells))[None]
    actions = np.arange(len(symmetries[0].actions))
    for symmetry in symmetries:
        cells, actions = symmetry.observation(cells), symmetry.over_actions(actions)
    return cells.tobytes(), actions.tobytes()


@boards
def test_they_are_the_group_of_the_square(spec):
    """D4: closed, with inverses, 8 elements, of which 6 are their own inverse, and not commutative."""
    group = make_game(spec).symmetries
    known = {signature(each) for each in group}
    identity = signature(group[0])
    assert len(known) == 8
    assert identity == tuple(np.arange(len(part)).tobytes() for part in (group[0].cells, group[0].actions))
    assert {signature(a, b) for a in group for b in group} == known
    assert sum(signature(each, each) == identity for each in group) == 6
    assert any(signature(a, b) != signature(b, a) for a in group for b in group)
    for each in group:
        assert sum(signature(each, other) == identity for other in group) == 1


@boards
def test_there_and_back(spec):
    game = make_game(spec)
    policy = np.random.default_rng(0).random((3, int(game.action_space.n)))
    for symmetry in game.symmetries:
        assert np.array_equal(symmetry.back(symmetry.over_actions(policy)), policy)
        assert np.array_equal(symmetry.over_actions(symmetry.back(policy)), policy)
        best = symmetry.over_actions(policy).argmax(axis=1)
        assert np.array_equal(best, symmetry.actions[policy.argmax(axis=1)])


@pytest.mark.parametrize(
    "spec", ["gridworld:level=cliff", "gridworld:maze=4x7,obs=grid", "tictactoe:numbered=true"]
)
def test_where_a_game_knows_of_none_there_is_the_identity(spec):
    game = make_game(spec)
    (identity,) = game.symmetries
    observation, mask = game.observe(game.new_states([0]))
    assert np.array_equal(identity.observation(observation), observation)
    assert np.array_equal(identity.over_actions(mask), mask)
