"""Does the row on solved Go count what it says it counts?"""

import numpy as np
import pytest

from envs.goban.state import stones
from envs.view import Decision
from tests.bench.learn import solved_go
from tests.bench.learn.rows import chosen

ROW = chosen(["go_5x5"])[0]


class Oracle:
    """Knows what the first stone is worth to White."""

    def __init__(self, right):
        self.right = right

    def act(self, view):
        [black] = np.argwhere(stones(view.states)[0] == 1)
        near = int(np.abs(black - 2).sum())  # from the centre
        lead = {0: -25.0, 1: -3.0}.get(near, 5.0) * (1 if self.right else -1)
        return Decision(np.array([0]), lead=np.full((1, 26), lead))

    def close(self):
        pass


@pytest.mark.parametrize("right", [True, False])
def test_judgements_are_compared_with_theory(monkeypatch, right):
    monkeypatch.setattr(solved_go, "_learnt", lambda *_: Oracle(right))
    assert ROW._judged_right(None) == right


def test_after_a_first_move_white_is_to_move_and_there_is_no_komi():
    for move in (0, 7, 24):
        [state] = solved_go._after(move).new_states([0])
        assert np.flatnonzero(stones(np.array([state]).view(np.recarray))[0]).tolist() == [move]
        assert (state.to_move, state.komi) == (1, 0)
