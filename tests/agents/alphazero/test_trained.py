"""Do the trained agents that come with gamelab open, fit into the repository, and play?"""

import numpy as np
import pytest

from agents.alphazero import AlphaZero
from agents.catalog import load_agent, make_agent
from agents.trained import FOLDER, trained_folder
from arena.match import play
from arena.schedule import Fixture
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.generator import seeded
from envs.view import View
from tests.bench import keep_trained

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


# Positions on 5x5 whose counts tests/agents/test_solver.py has done by hand, and the network was made for 9x9.


def thought(spec, puct):
    game = make_game(spec)
    states = game.new_states([0])
    observation, mask = game.observe(states)
    agent = load_agent(FOLDER / "alphazero-goban-9", game, {"simulations": 400, "puct": puct})
    decision = agent.act(View(observation[:, 0], mask[:, 0], seeded([0]), states))
    move = int(decision.actions[0])
    return game.action_names[move], decision.lead[0, move], decision.owner[0]


@pytest.mark.parametrize("puct", [False, True])
@pytest.mark.parametrize(("first", "least", "most"), [("black", -12, -6), ("white", 17, 25)])
def test_three_in_a_row_lives_or_dies_by_its_middle(puct, first, least, most):
    """Black lives with 8 points against 17, or White kills and has all 25."""
    move, lead, owner = thought(
        f"goban:size=5,komi=0,first={first},setup=...XO/XXXXO/OOOOO/.OOO./OOOOO", puct
    )
    assert move == "B5"
    assert least <= lead <= most
    assert (owner[[0, 5, 6, 7]] > 0.2).all()  # who moves has the corner, alive or taken


@pytest.mark.parametrize("puct", [False, True])
@pytest.mark.parametrize(("first", "lead"), [("black", 18 - 5), ("white", 5 - 18)])
def test_in_a_seki_it_passes(puct, first, lead):
    move, found, _ = thought(f"goban:size=5,komi=0,first={first},setup=.XXX./OOOOO/XXXXX/.XXX./XXXXX", puct)
    assert move == "pass"
    assert found == pytest.approx(lead, abs=3)


def test_what_is_kept_plays_as_what_was_trained(tmp_path, monkeypatch):
    monkeypatch.setattr(keep_trained, "FOLDER", tmp_path / "trained")
    small = {"games": 4, "threads": 1, "window": 60, "batch_size": 8, "channels": 8, "blocks": 1}
    learnt = AlphaZero("goban:size=3", seed=1, **small).learn(400)
    learnt.save(tmp_path / "run")
    folder = keep_trained.keep(tmp_path / "run", 12)
    assert folder == tmp_path / "trained" / "alphazero-goban-3"
    sizes = [sum(path.stat().st_size for path in each.iterdir()) for each in (folder, tmp_path / "run")]
    assert sizes[0] < sizes[1] / 2
    game = make_game("goban:size=3")
    states = game.new_states(range(4))
    observation, mask = game.observe(states)
    decisions = [
        load_agent(each, game, {"simulations": 12}).act(
            View(observation[:, 0], mask[:, 0], seeded(range(4)), states)
        )
        for each in (folder, tmp_path / "run")
    ]
    assert np.array_equal(decisions[0].visits, decisions[1].visits)
    assert np.array_equal(decisions[0].actions, decisions[1].actions)
    assert load_agent(folder).config.simulations == 12


def test_of_another_game_or_size_there_is_none():
    assert trained_folder("alphazero", "goban:size=19") is None
    assert trained_folder("alphazero", "gridworld:level=cliff") is None
    assert trained_folder("policy_gradient", "goban:size=9") is None
    with pytest.raises(BadInput, match="alphazero has to learn first"):
        make_agent("alphazero", "goban:size=19")
