"""Which games are under contract? Those of the catalog, and a turn game of the tests: a folder, no face."""

from collections.abc import Iterator

import gymnasium
import pettingzoo
import pytest

from envs.catalog import GAMES, gymnasium_id, register_games


@pytest.fixture(scope="module", autouse=True)
def tictactoe_is_in_the_catalog() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")
        register_games()
        yield
    for registry in (gymnasium.registry, pettingzoo.aec_registry):
        registry.pop(gymnasium_id("tictactoe"))
