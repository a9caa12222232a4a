"""Does the tree search find what is known to be right, and keep its books?"""

import time

import numpy as np
import pytest

from agents.alphazero import AlphaZero
from agents.catalog import load_agent, make_agent
from agents.mcts import MCTS
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.generator import seeded
from envs.view import View
from tests.contract.configurations import random_actions

# White's eye space is three points in a row: it lives by its middle, B5, or Black kills there. Alive, White has 8
# points and wins by the komi; else Black has all 25. Black's chain has two eyes.
LIFE_AND_DEATH = "goban:size=5,komi=12.5,setup=...OX/OOOOX/XXXXX/X.X.X/XXXXX"
ATARI = "goban:size=5,rules=capture,setup=...../..X../.XOX./...../....."


def view_of(game, states, rng=None):
    observation, mask = game.observe(states)
    return View(observation[:, 0], mask[:, 0], seeded(range(len(states))) if rng is None else rng, states)


def think(spec, **settings):
    """Return the move in the first position, and the decision."""
    game = make_game(spec)
    decision = MCTS(game, **settings).act(view_of(game, game.new_states([0])))
    return game.action_names[decision.actions[0]], decision


@pytest.mark.parametrize("rapid", [0.0, 300.0])
def test_3x3_is_won_from_the_centre(rapid):
    """Black has all nine points from the centre, and so wins with komi 8.5."""
    move, decision = think("goban:size=3,komi=8.5", simulations=6000, rapid=rapid)
    assert move == "B2"
    assert decision.value[0] > 0.5


def test_2x2_is_won_by_a_point():
    """And it is told in points where the game rewards points."""
    _, decision = think("goban:size=2,komi=0,reward=margin", simulations=4000)
    assert decision.value[0] == pytest.approx(1, abs=0.4)


@pytest.mark.parametrize("first", ["black", "white"])
@pytest.mark.parametrize("rapid", [0.0, 300.0])
def test_the_vital_point_is_found_by_both(first, rapid):
    move, decision = think(f"{LIFE_AND_DEATH},first={first}", simulations=1500, rapid=rapid)
    assert move == "B5"
    assert decision.value[0] > 0.8


def test_who_can_capture_at_once_does():
    move, decision = think(ATARI, simulations=300)
    assert move == "C2"
    assert decision.value[0] == 1


def test_every_simulation_is_counted_once():
    _, decision = think("goban:size=5", simulations=333)
    visits, q = decision.visits[0], decision.q[0]
    assert visits.sum() == 333
    assert decision.policy[0] == pytest.approx(visits / 333)
    assert np.isnan(q[visits == 0]).all()
    assert (np.abs(q[visits > 0]) <= 1).all()


def test_plain_uct_tries_every_move_before_any_twice():
    _, decision = think("goban:size=5", simulations=26, rapid=0.0)
    assert (decision.visits == 1).all()


def test_plain_uct_is_a_fair_bandit_where_each_move_ends_the_game():
    """At the move limit a game is over after any move: UCT then is UCB1 on known arms, and its regret is small."""
    game = make_game("goban:size=3,komi=0.5,move_limit=1,setup=.OX/.XX/X..")
    _, decision = think(game.spec, simulations=2000, rapid=0.0, exploration=1.0)
    states = game.new_states([0])
    legal = np.flatnonzero(game.observe(states)[1][0, 0])
    after = game.new_states([0] * len(legal))
    game.step(after, legal[:, None])
    known = np.sign(after.score[:, 0])
    tried = decision.visits[0, legal] > 0
    assert tried.sum() >= len(legal) - 1  # all but a move that fills an eye
    assert decision.q[0, legal][tried] == pytest.approx(known[tried])


def test_the_line_can_be_played():
    game = make_game("goban:size=5")
    states = game.new_states([0])
    decision = MCTS(game, simulations=2000).act(view_of(game, states))
    line = [move for move in decision.line[0] if move >= 0]
    assert line[0] == decision.actions[0]
    assert len(line) >= 2
    for move in line:
        assert game.observe(states)[1][0, 0, move]
        game.step(states, np.array([[move]]))


def test_the_tree_goes_on_from_move_to_move():
    game = make_game("goban:size=5")
    agent, states, rng = MCTS(game, simulations=800), game.new_states([0]), seeded([5])
    first = agent.act(view_of(game, states, rng))
    line = first.line[0]
    for move in line[:2]:
        game.step(states, np.array([[move]]))
    with_tree = agent.act(view_of(game, states, rng.copy()))
    afresh = MCTS(game, simulations=800).act(view_of(game, states, rng.copy()))
    assert afresh.visits.sum() == 800
    assert 800 < with_tree.visits.sum() < 1600


def test_another_game_does_not_get_its_tree():
    game = make_game("goban:size=5,opening=2")
    agent, rng = MCTS(game, simulations=200), seeded([5])
    agent.act(view_of(game, game.new_states([1]), rng))
    other = game.new_states([2])
    decision = agent.act(view_of(game, other, rng.copy()))
    assert decision.visits.sum() == 200
    assert decision.actions == MCTS(game, simulations=200).act(view_of(game, other, rng.copy())).actions


def test_a_full_tree_is_searched_on(monkeypatch):
    monkeypatch.setattr("agents.mcts._MOST_NODES", 100)
    _, decision = think("goban:size=5", simulations=500)
    assert decision.visits.sum() == 500


def test_trees_of_old_games_are_let_go(monkeypatch):
    monkeypatch.setattr("agents.mcts._MOST_KEPT", 3000)
    game = make_game("goban:size=5")
    agent = MCTS(game, simulations=100)
    for seed in range(10):
        agent.act(view_of(game, game.new_states([0]), seeded([seed])))
    assert 1 <= len(agent._searches) <= 5


def test_it_thinks_as_long_as_it_may():
    game = make_game("goban:size=5")
    agent = MCTS(game, milliseconds=200)
    agent.act(view_of(game, game.new_states([0])))
    began = time.perf_counter()
    decision = agent.act(view_of(game, game.new_states([0]), seeded([9])))
    assert 0.2 <= time.perf_counter() - began < 2
    assert decision.visits.sum() > 400


def test_it_beats_random_play():
    game = make_game("goban:size=5,komi=0.5")
    states, agent = game.new_states(range(20)), MCTS(game, simulations=60)
    rng, chance = seeded(range(20)), np.random.default_rng(0)
    ours = np.arange(20) % 2  # the seat of the search in each game
    while (going := np.flatnonzero(states.status == 0)).size:
        at = states[going].view(np.recarray)
        view = view_of(game, at, rng[going])
        actions = np.where(
            at.to_move == ours[going], agent.act(view).actions, random_actions(view.mask, chance)
        )
        game.step(at, actions[:, None])
        states[going], rng[going] = at, view.rng
    assert (states.score[np.arange(20), ours] > 0).sum() >= 19


def test_with_a_network_it_searches_as_alphazero_does_by_upper_bounds(tmp_path):
    learnt = AlphaZero("goban:size=3,komi=0.5", seed=4, channels=8, blocks=1)
    learnt.save(tmp_path / "net")
    game = make_game("goban:size=3,komi=0.5")
    states = game.new_states([0])
    observation, mask = game.observe(states)
    said = [
        agent.act(View(observation[:, 0], mask[:, 0], seeded([5]), states))
        for agent in (
            make_agent(f"mcts:simulations=60,network={tmp_path / 'net'}", game),
            load_agent(tmp_path / "net", game, {"simulations": 60, "puct": True}),
        )
    ]
    for name in ("actions", "visits", "q", "lead", "owner"):
        np.testing.assert_array_equal(getattr(said[0], name), getattr(said[1], name))


def test_a_network_of_another_agent_is_refused():
    with pytest.raises(BadInput, match="mcts: network=greedy is no alphazero"):
        MCTS("goban:size=5", network="greedy")
    with pytest.raises(BadInput, match="no such folder"):
        MCTS("goban:size=5", network="runs/nowhere")
