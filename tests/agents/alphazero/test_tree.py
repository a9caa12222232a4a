"""Does the search spend its simulations as the papers say, keep its books, and see what is known to be right?"""

import time

import numpy as np
import pytest
import torch

from agents.alphazero.network import Network, Opinion, judged
from agents.alphazero.thinking import Thinker
from agents.alphazero.tree import (
    NOTHING,
    decide,
    expected,
    grow,
    halving,
    improved_logits,
    new_trees,
    plant,
    worth_of,
)
from envs.catalog import make_game
from envs.goban.observation import PLANES
from envs.goban.state import stones

BEHIND = "goban:size=3,komi=8.5,setup=.X./.X./.X."  # a pass leaves Black with 9 points, which are enough


class Blind(Network):
    """Finds all moves alike, and all final scores."""

    def __init__(self):
        super().__init__(planes=1, channels=1, blocks=1)

    def forward(self, seen):
        games, points = len(seen), seen.shape[-1] ** 2
        return Opinion(
            torch.zeros(games, points + 1), torch.zeros(games, 2 * points + 1), torch.zeros(games, points)
        )


def thinker(simulations, **settings):
    return Thinker(Blind(), simulations, **({"considered": 16, "puct": False, "win_weighs": 0.5} | settings))


def first_state(spec, moves=()):
    game = make_game(spec)
    states = game.new_states([0])
    for name in moves:
        game.step(states, np.array([[game.action_names.index(name)]]))
    return game, states[0]


def all_legal(state):
    return np.ones(int(state.side) ** 2 + 1, np.int8)


@pytest.mark.parametrize("simulations", [1, 7, 16, 32, 100])
@pytest.mark.parametrize("moves", [1, 2, 3, 9, 16])
def test_the_better_half_of_the_moves_has_twice_the_rest(moves, simulations):
    """Played out for moves that are better the lower their number is."""
    visits = np.zeros(moves, int)
    for wanted in halving(16, simulations)[moves]:
        able = np.flatnonzero(visits == wanted)
        assert len(able)
        visits[able[0]] += 1
    assert visits.sum() == simulations
    assert (np.diff(visits) <= 0).all()
    if simulations >= 32 and moves > 2:
        assert visits[0] >= 2 * visits[-1]
        assert visits[-1] > 0


def test_of_sixteen_moves_with_32_simulations_as_in_the_paper():
    """One visit for each of 16, one more for 8, and the 8 that are left for the last four."""
    visits = np.zeros(16, int)
    for wanted in halving(16, 32)[16]:
        visits[np.flatnonzero(visits == wanted)[0]] += 1
    assert sorted(visits.tolist(), reverse=True)[4:] == [2] * 4 + [1] * 8


def test_improved_logits_by_hand():
    """q = 1/2, -1/2, and of what was not tried (v + n * mean) / (1 + n) = (0.2 + 3 * 0) / 4; sigma = (50 + 2) q / 2."""
    _, state = first_state("goban:size=3,komi=0")
    trees = new_trees(state.dtype, 1, 2, 10)
    plant(trees, 0, state)
    trees.node[0, 0].logits = [0, 0, 1] + [-np.inf] * 7
    trees.node[0, 0].worth, trees.node[0, 0].visits[:2], trees.node[0, 0].total[:2] = 0.2, [2, 1], [1.0, -0.5]
    out = np.empty(10, np.float32)
    assert improved_logits(trees.node[0, 0], out) == 3
    assert out.tolist() == pytest.approx([13, -13, 1 + 26 * 0.05] + [-np.inf] * 7)


def test_with_one_simulation_moves_are_drawn_from_the_policy():
    """The Gumbel-max trick: the highest sum of logit and noise falls on a move as often as the policy says."""
    _, state = first_state("goban:size=3,komi=0")
    games, policy = 20_000, np.array([0.3, 0.2, 0.15, 0.1, 0.05, 0.05, 0.05, 0.04, 0.03, 0.03])
    trees = new_trees(state.dtype, games, 2, 10)
    trees.noise[:] = np.random.default_rng(1).gumbel(size=trees.noise.shape)
    plan, chosen, rewards = halving(1, 1), np.zeros(10), np.empty(2)
    for g in range(games):
        plant(trees, g, state)
        assert grow(trees, g, 0, plan, False, 0.5, rewards)
        trees.leaf[g, 0], trees.node[g, 0].worth, trees.node[g, 0].logits = NOTHING, 0.0, np.log(policy)
        assert grow(trees, g, 0, plan, False, 0.5, rewards)
        chosen[decide(trees, g, False, np.empty(10, np.float32))] += 1
    assert chosen / games == pytest.approx(policy, abs=0.012)


@pytest.mark.parametrize("puct", [False, True])
def test_every_simulation_is_counted_at_every_node(puct):
    _, state = first_state("goban:size=3,komi=0")
    trees = thinker(300, puct=puct).think(state, all_legal(state)).trees
    assert trees.node[0, 0].visits.sum() == 300
    assert not trees.node.pending.any()
    used = int(trees.used[0])
    for node in range(1, used):
        into = trees.node[0, trees.node[0, node].parent].visits[trees.node[0, node].via]
        over = trees.state[0, node].status != 0
        assert trees.node[0, node].visits.sum() == (0 if over else into - 1)
        assert over or not np.isnan(trees.node[0, node].worth)
    assert np.abs(trees.node[0, :used].total).max() <= trees.node[0, :used].visits.max()


def test_every_node_is_the_position_that_the_game_says():
    """Superko and all: the records of the tree are those of the game played move by move."""
    game, state = first_state("goban:size=3,komi=0.5")
    trees = thinker(1000).think(state, all_legal(state)).trees
    for node in range(1, int(trees.used[0]), 7):
        moves, at = [], node
        while at:
            moves.append(int(trees.node[0, at].via))
            at = trees.node[0, at].parent
        states = game.new_states([0])
        for move in reversed(moves):
            assert game.observe(states)[1][0, 0, move]
            game.step(states, np.array([[move]]))
        assert states[0].tobytes() == trees.state[0, node].tobytes()


@pytest.mark.parametrize("puct", [False, True])
def test_who_wins_by_passing_passes(puct):
    game, state = first_state(BEHIND)
    states = np.array([state], state.dtype).view(np.recarray)
    game.step(states, np.array([[9]]))  # Black passes, being ahead: White has lost if it passes too
    thought = thinker(400, puct=puct).think(states[0], all_legal(states[0]))
    decision = thinker(400, puct=puct).conclude(thought, False)
    assert decision.q[0, 9] == pytest.approx(-1)
    assert decision.actions[0] != 9
    ahead = np.array([state], state.dtype).view(np.recarray)
    game.step(ahead, np.array([[0]]))
    game.step(ahead, np.array([[9]]))
    thought = thinker(400, puct=puct).think(ahead[0], all_legal(ahead[0]))
    assert thinker(400, puct=puct).conclude(thought, False).actions[0] == 9


def test_the_line_begins_with_the_move_that_is_played():
    """With a network that finds all alike, many moves have the most visits."""
    _, state = first_state("goban:size=3,komi=0")
    for simulations in (1, 5, 16, 60):
        think = thinker(simulations)
        decision = think.conclude(think.think(state, all_legal(state)), False)
        line = decision.line[0]
        assert line[0] == decision.actions[0]
        ends = np.append(line, -1).argmin()
        assert (line[:ends] >= 0).all() and (line[ends:] == -1).all()


def test_only_moves_of_the_mask_are_looked_at():
    _, state = first_state("goban:size=3,komi=0")
    mask = np.array([1, 0, 1, 0, 0, 0, 0, 0, 1, 0], np.int8)
    for before in (None, thinker(50).think(state, all_legal(state)).trees):
        trees = thinker(50).think(state, mask, before).trees
        assert not trees.node[0, 0].visits[mask == 0].any()


@pytest.mark.parametrize("puct", [False, True])
def test_the_tree_of_the_move_before_is_gone_on_in(puct):
    game, state = first_state("goban:size=3,komi=0")
    think = thinker(200, puct=puct).think
    before = think(state, all_legal(state)).trees
    move = int(before.node[0, 0].visits.argmax())
    states = np.array([state], state.dtype).view(np.recarray)
    game.step(states, np.array([[move]]))
    after = think(states[0], all_legal(states[0]), before).trees
    assert after.state[0, 0].tobytes() == states[0].tobytes()
    kept = before.node[0, 0].visits[move] - 1 if puct else 0
    assert after.node[0, 0].visits.sum() == 200 + kept
    assert after.used[0] > 200
    fresh = think(states[0], all_legal(states[0])).trees
    assert after.used[0] > fresh.used[0]


def test_of_moves_that_are_alike_none_is_preferred():
    """By a network that is not symmetric at all, on a board that is the same from two sides, or from all eight."""
    torch.manual_seed(0)
    weights = Network(len(PLANES), 8, 1)
    torch.nn.init.normal_(weights.policy.weight)
    for setup, alike in (
        (".X./.O./.X.", [(0, 2, 6, 8), (3, 5)]),
        (".../.X./...", [(0, 2, 6, 8), (1, 3, 5, 7)]),
    ):
        game, state = first_state(f"goban:size=3,komi=0,setup={setup},first=white")
        think = Thinker(weights, 1, considered=16, puct=False, win_weighs=0.5)
        thought = think.think(state, all_legal(state))
        logits = thought.trees.node[0, 0].logits
        with torch.no_grad():
            one = judged(weights, game.observe(np.array([state]).view(np.recarray))[0][:, 0])[0][0]
        for points in alike:
            assert np.ptp(logits[list(points)]) < 1e-5
            assert np.ptp(one[list(points)]) > 1e-3


def test_it_thinks_as_long_as_it_may_and_keeps_its_books():
    _, state = first_state("goban:size=9,komi=0.5")
    think = Thinker(Blind(), 10, considered=16, puct=False, win_weighs=0.5, milliseconds=150)
    think.think(state, all_legal(state))
    began = time.perf_counter()
    trees = think.think(state, all_legal(state)).trees
    assert 0.15 <= time.perf_counter() - began < 2
    assert trees.node[0, 0].visits.sum() > 100
    assert not trees.node.pending.any()
    assert not np.isnan(trees.node.worth[0, : trees.used[0]]).any()


class Settled(Blind):
    """Is sure that each stone stays, and that who moves has the empty points with one in four."""

    def forward(self, seen):
        own, other = seen[:, 0].flatten(1).float(), seen[:, 1].flatten(1).float()
        empty = np.log(0.25 / 0.75) * (1 - own - other)
        return super().forward(seen)._replace(owner=20.0 * (own - other) + empty)


@pytest.mark.parametrize("puct", [False, True])
def test_whose_points_will_be_is_said_from_the_side_to_move(puct):
    _, state = first_state("goban:size=3,komi=0,setup=X../.O./..X", ["pass"])
    think = Thinker(Settled(), 60, considered=16, puct=puct, win_weighs=0.5)
    thought = think.think(state, all_legal(state))
    decision = think.conclude(thought, False)
    owner = decision.owner[0]
    assert np.isnan(owner[9])
    judged = [trees_judged(thought.trees, decision.actions[0]), trees_judged(thought.trees, None)]
    for nodes, found in zip(judged, (owner, thought.owner[decision.visits[0].argmin()]), strict=True):
        means = [np.mean([settled(state, node, point) for node in nodes]) for point in range(9)]
        assert found[:9] == pytest.approx(means, abs=1e-5)
    assert decision.lead[0, 9] == pytest.approx(-1)  # two passes, and Black is one stone ahead


def trees_judged(trees, move):
    """The positions that were judged: the root, and those after a move of it."""
    found = [trees.state[0, 0]]
    for node in range(1, int(trees.used[0])):
        first = node
        while trees.node[0, first].parent:
            first = trees.node[0, first].parent
        if trees.node[0, first].via == move and trees.state[0, node].status == 0:
            found.append(trees.state[0, node])
    return found


def settled(root, state, point):
    """Whose the point is there, as the one to move at the root sees it."""
    stone = stones(np.array([state]).view(np.recarray))[0].ravel()[point]
    if stone == 0:
        return -0.5 if state.to_move == root.to_move else 0.5
    return 1 if stone == root.to_move + 1 else -1


def test_what_a_lead_is_worth():
    """With komi 1/2 on 2x2, points weighing as much as the win: Black 1 ahead has won by 1/2 of at most 4 1/2."""
    state = first_state("goban:size=2,komi=0.5")[1]
    worths = [worth_of(state, half_points, 0.5) for half_points in (-9, -1, 0, 1, 9)]
    assert worths == pytest.approx([-1, -0.5 - 0.5 / 9, 0, 0.5 + 0.5 / 9, 1])


@pytest.mark.parametrize(("moves", "ahead", "lead"), [((), 1, 0.5), (("A1",), -1, -0.5), (("A1",), 0, 0.5)])
def test_the_komi_counts_for_white(moves, ahead, lead):
    """On 2x2 with komi 1/2, for who is to move and so many points ahead without it."""
    state = first_state("goban:size=2,komi=0.5", moves)[1]
    chances = np.zeros(9, np.float32)
    chances[4 + ahead] = 1.0
    assert expected(chances, state, 0.5) == pytest.approx((np.sign(lead) * (0.5 + 0.5 / 9), lead))


def test_of_several_ends_the_mean_is_expected():
    state = first_state("goban:size=2,komi=0")[1]
    chances = np.array([0.25, 0, 0, 0, 0.25, 0, 0, 0, 0.5], np.float32)  # -4, 0 and 4
    assert expected(chances, state, 0.5) == pytest.approx((0.25, 1.0))
