"""Is the turn game of the tests the game that everybody knows: 5478 positions, and a draw?"""

import numpy as np
import pytest

from tests.games.tictactoe.game import TicTacToe

LINES = ["012", "345", "678", "036", "147", "258", "048", "246"]


def winner(board: str) -> str | None:
    return next(
        (board[int(a)] for a, b, c in LINES if board[int(a)] == board[int(b)] == board[int(c)] != "."), None
    )


def children(game: TicTacToe, state: np.recarray) -> dict[int, np.recarray]:
    """Return the position after each legal action."""
    legal = np.flatnonzero(game.observe(state)[1][0, 0])
    after = {}
    for action in legal.tolist():
        after[action] = state.copy()
        game.step(after[action], [[action]])
    return after


@pytest.fixture(scope="module")
def positions() -> dict[str, np.recarray]:
    """Reach every position by legal play, by its text."""
    game = TicTacToe()
    waiting = [game.new_states([0])]
    found = {game.text(waiting[0][0]): waiting[0]}
    while waiting:
        for state in children(game, waiting.pop()).values():
            if (text := game.text(state[0])) not in found:
                found[text] = state
                waiting.append(state)
    return found


def test_it_has_5478_positions(positions):
    assert len(positions) == 5478
    over = [state[0] for state in positions.values() if state[0].status == 1]
    assert [sum(state.score[0] == score for state in over) for score in (1, -1, 0)] == [626, 316, 16]


def test_it_ends_with_a_line_or_a_full_board(positions):
    for text, state in positions.items():
        board = text.replace("\n", "")
        won = winner(board)
        assert (state[0].status == 1) == (won is not None or "." not in board)
        assert state[0].score.tolist() == {"x": [1, -1], "o": [-1, 1], None: [0, 0]}[won]
        assert state[0].to_move == (board.count("x") + board.count("o")) % 2


def test_perfect_play_draws(positions):
    game = TicTacToe()
    values: dict[str, int] = {}

    def value(state: np.recarray) -> int:
        """Return the outcome for the first seat when both play their best."""
        text = game.text(state[0])
        if text not in values:
            outcomes = [value(after) for after in children(game, state).values()]
            best = max if state[0].to_move == 0 else min
            values[text] = best(outcomes) if outcomes else int(state[0].score[0])
        return values[text]

    assert value(game.new_states([0])) == 0


def test_a_seat_may_resign_where_that_is_allowed():
    game = TicTacToe(forfeits=True)
    states = game.new_states([0])
    game.step(states, [[4]])
    game.step(states, [[9]])
    assert states.score[0].tolist() == [1, -1]
    assert game.reasons[states.reason[0]] == "resigned"
