"""Do random games go on to a sensible end, without eyes being filled?"""

import numpy as np
import pytest

from envs.catalog import make_game
from envs.compiled import argument, compiled
from envs.goban.board_text import diagram, parse_diagram
from envs.goban.playout import is_eye, play_out, play_outs
from envs.goban.points import point_of
from envs.goban.state import stones
from tests.envs.goban_referee import MARKS, area, is_position, neighbours, placed


def marks(state: np.record) -> str:
    return diagram(stones(state)).replace("\n", "")


@pytest.mark.parametrize(
    ("setup", "eye"),
    [
        (".X.../XX.../...../...../.....", True),  # in the corner
        (".X.../XO.../...../...../.....", False),  # a stone of White's on the only diagonal
        ("X.X../XXX../...../...../.....", True),  # on the edge
        ("X.X../XXO../...../...../.....", False),
        ("...../.XXX./.X.X./.XXX./.....", True),  # in the middle
        ("...../.XXX./.X.X./.XXO./.....", True),  # one diagonal may be White's
        ("...../.OXX./.X.X./.XXO./.....", False),  # two may not
        ("...../..XX./.X.X./.XX../.....", True),  # nor is one that is empty against it
        ("...../..O../.X.X./..X../.....", False),  # it is not surrounded
    ],
)
@pytest.mark.parametrize("colour", [1, 2])
def test_eyes(setup, eye, colour):
    """The point is the first empty one whose neighbours are all stones."""
    side = 5
    board = parse_diagram(setup, side)
    point = next(
        p for p in range(25) if board.flat[p] == 0 and all(board.flat[n] for n in neighbours(side, p))
    )
    if colour == 2:
        board = np.array([0, 2, 1], np.uint8)[board]
    state = make_game(f"goban:size=5,setup={diagram(board).replace(chr(10), '/')}").new_states([0])[0]
    assert is_eye(state, point_of(state, point), colour) == eye
    assert not is_eye(state, point_of(state, point), 3 - colour)


@compiled
def play_out_here(states, empty, first_by, leads):
    for i in range(len(states)):
        leads[i] = play_out(states[i], empty, first_by)


def ends(spec: str, count: int) -> tuple[np.recarray, np.ndarray]:
    """Return the boards at the end of so many playouts, and who leads there in half points."""
    states = make_game(spec).new_states(range(count))
    scratch = np.empty((2, len(states.board[0])), np.int64)
    leads = np.empty(count, np.int64)
    play_out_here(argument(states), *scratch, leads)
    return states, leads


def test_playouts_end_where_no_sensible_move_is_left():
    """By the slow referee: no chain without a liberty, the score as counted, and only eyes and suicides are left.

    But for a ko: it may not be taken back at once, and if there is nothing else to play, the playout ends with it.
    """
    states, leads = ends("goban:size=5,komi=2.5", 200)
    kos = 0
    for state, lead in zip(states, leads, strict=True):
        board = marks(state)
        assert is_position(board, 5)
        assert lead / 2 == area(board, 5) - 2.5
        left = [
            sensible(board, int(point), mark)
            for point in np.flatnonzero(stones(state) == 0)
            for mark in MARKS
        ]
        assert sum(left) <= 1, board
        kos += sum(left)
    assert kos < 20


def sensible(board: str, point: int, mark: str) -> bool:
    """Return whether a stone there is neither suicide nor among stones of its own on all sides."""
    _, _, lost = placed(board, 5, point, mark)
    return not lost and not all(board[near] == mark for near in neighbours(5, point))


def test_playouts_leave_the_games_untouched_but_for_their_chance():
    game = make_game("goban:size=5,opening=3")
    states, scratch = game.new_states(range(20)), game.new_states([0])
    before, leads = states.copy(), np.empty(20, np.int64)
    play_outs(states, scratch, leads)
    assert (states.rng != before.rng).all()
    states.rng = before.rng
    assert states.tobytes() == before.tobytes()


def test_moving_first_is_worth_something():
    """Of 2,000 playouts on the empty board Black, who moves first, leads on average, by less than the whole board."""
    _, leads = ends("goban:size=5,komi=0", 2000)
    assert 0 < leads.mean() / 2 < 10
    assert leads.std() > 0


def test_a_capture_ends_a_playout_of_the_capture_game():
    states, leads = ends("goban:size=5,rules=capture,capture=1", 100)
    assert set(leads.tolist()) <= {-2, 0, 2}
    won = states.captured > 0
    assert np.array_equal(np.sign(leads), won[:, 0].astype(int) - won[:, 1])
    assert (won.sum(axis=1) <= 1).all()
