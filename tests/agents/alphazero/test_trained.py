"""Do the trained agents that come with gamelab open, fit into the repository, and play?"""

import pytest

from agents.catalog import make_agent
from agents.trained import FOLDER, trained_folder
from arena.match import play
from arena.schedule import Fixture
from envs.bad_input import BadInput
from envs.catalog import make_game

SIZES = sorted(int(folder.name.rpartition("-")[2]) for folder in FOLDER.glob("alphazero-goban-*"))


def test_there_are_some_and_they_are_small():
    assert 9 in SIZES
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.safetensors")) <= 5 * 2**20


@pytest.mark.parametrize("size", SIZES)
def test_with_a_glance_at_each_move_they_beat_who_takes_what_it_can(size):
    game = make_game(f"goban:size={size},opening=2,komi=7.5")
    players = {"alphazero": make_agent("alphazero:simulations=8", game), "greedy": make_agent("greedy", game)}
    fixtures = [Fixture(k, k, seats) for k in range(3) for seats in (tuple(players), tuple(players)[::-1])]
    games = play(game, fixtures, players)
    won = [one.scores[one.fixture.seats.index("alphazero")] > 0 for one in games]
    assert sum(won) >= 5


def test_of_another_game_or_size_there_is_none():
    assert trained_folder("alphazero", "goban:size=19") is None
    assert trained_folder("alphazero", "gridworld:level=cliff") is None
    assert trained_folder("policy_gradient", "goban:size=9") is None
    with pytest.raises(BadInput, match="alphazero has to learn first"):
        make_agent("alphazero", "goban:size=19")
