"""Does a game say whether some of its actions are not always legal?"""

import numpy as np
import pytest

from tests.contract.configurations import ALL, random_actions, short_game
from tests.games.tictactoe.game import TicTacToe


def game_of(spec):
    if not spec.startswith("tictactoe"):
        return short_game(spec)
    return TicTacToe() if ":" not in spec else TicTacToe(size=5, row=4, opening=3, forfeits=True)


@pytest.mark.parametrize("spec", ALL)
def test_a_game_masks_nothing_or_says_that_it_does(spec):
    game, rng = game_of(spec), np.random.default_rng(0)
    states = game.new_states(range(30))
    masked = False
    for _ in range(12):
        mask = game.observe(states)[1]
        masked |= bool((mask[states.status == 0] == 0).any())
        game.step(states, random_actions(mask, rng))
    assert masked == game.masks
