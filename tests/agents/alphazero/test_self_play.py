"""Do games against itself go to the window as they were, and do they turn as the board does?"""

import numpy as np
import pytest
import torch

from agents.alphazero.agent import _resignation
from agents.alphazero.lesson import Turned, losses
from agents.alphazero.network import Network, Opinion
from agents.alphazero.self_play import OF_A_GAME, SelfPlay
from envs.catalog import make_game
from envs.generator import seeded
from envs.goban.observation import PLANES

GAME = make_game("goban:size=3,komi=0.5")
SETTINGS = {"window": 5000, "simulations": 4, "considered": 4, "openings": 2, "win_weighs": 0.5}


def network(seed=0):
    torch.manual_seed(seed)
    return Network(len(PLANES), 8, 1)


@pytest.fixture(scope="module")
def played():
    self_play = SelfPlay(GAME, network(), seeded(range(6)), **SETTINGS)
    positions, over = self_play.play(1500)
    return self_play.window, positions, over


def test_the_window_has_every_position_once(played):
    window, positions, over = played
    assert 20 < len(over) == window.written[0, 1]
    assert positions == window.written[0, 0]
    assert over[:, 1].sum() - 2 * len(over) <= positions <= over[:, 1].sum()  # less what the openings drew
    assert not window.policy[positions:].any()


def test_whose_the_points_are_makes_the_score(played):
    window, positions, over = played
    assert (window.owner[:positions].sum(axis=1) == window.score[:positions]).all()
    by_black = window.seen[:positions, PLANES.index("black to move"), 0, 0] == 1
    black_ahead = np.where(by_black, window.score[:positions], -window.score[:positions])
    leads = over[:, OF_A_GAME.index("lead")]
    from_nothing = over[:, OF_A_GAME.index("opening")] == 0
    assert set(leads[from_nothing]) <= set(2 * black_ahead - 1)  # with half a point for White
    assert (leads % 2 == 1).all()


class Ahead(Network):
    """Who is to move will be so many points ahead, komi left out, whatever the position."""

    points = 0

    def forward(self, seen):
        opinion = super().forward(seen)
        score = torch.full_like(opinion.score, -100.0)
        score[:, self.points + seen.shape[-1] ** 2] = 100.0
        return opinion._replace(score=score)


@pytest.mark.parametrize(("points", "komi"), [(0, {1}), (4, {9, -7}), (9, {17, -17}), (-9, {17, -17})])
def test_random_openings_are_made_even(points, komi):
    """The komi with a half point nearest to what Black is judged to be ahead, but not more than the board has."""
    weights = Ahead(len(PLANES), 8, 1)
    weights.points = points
    self_play = SelfPlay(GAME, weights, seeded(range(40)), **SETTINGS)
    self_play.play(500)
    games, leaf = self_play.parts[0].games, self_play.parts[0].trees.leaf[:, 0]
    awaited = (games.first == games.state["ply"]) & (leaf == 0)
    opened = (games.first > 0) & ~awaited
    assert 5 < opened.sum() < 35
    assert set(games.state["komi"][opened]) <= komi
    assert set(games.state["komi"][games.first == 0]) == {1}


@pytest.mark.parametrize(("points", "gives_up"), [(-9, True), (9, False)])
def test_who_is_sure_to_lose_would_resign_at_once(points, gives_up):
    weights = Ahead(len(PLANES), 8, 1)
    weights.points = points
    _, over = SelfPlay(GAME, weights, seeded(range(40)), **SETTINGS).play(500)
    hopeless, opening = (over[:, OF_A_GAME.index(name)] for name in ("hopeless", "opening"))
    assert len(over) > 20
    assert (hopeless == (opening if gives_up else -1)).all()


def test_what_resigning_would_have_come_to():
    leads = np.array([9, -3, 1, -17, 5])  # Black wins the first, third and last
    plies, hopeless = np.array([10, 20, 30, 40, 50]), np.array([-1, 4, 5, 10, 20])  # White at 5, Black else
    told = _resignation(leads, plies, hopeless)
    assert told["resignation/games"] == 4 / 5
    assert told["resignation/wrong"] == 1 / 4  # the last, which Black gives up at 20
    assert told["resignation/plies"] == (16 + 25 + 30 + 30) / 150


def test_policies_are_whole_and_legal(played):
    window, positions, _ = played
    policy = window.policy[:positions] / 65535
    assert policy.sum(axis=1) == pytest.approx(np.ones(positions), abs=1e-3)
    taken = window.seen[:positions, :2].sum(axis=1) + window.seen[:positions, PLANES.index("illegal")]
    assert not policy[:, :9][taken.reshape(positions, 9) > 0].any()


def test_games_do_not_depend_on_their_neighbours():
    """Judged in batches of one size, since products may be rounded otherwise in another."""
    weights = OfFour(len(PLANES), 8, 1)
    alone, beside, apart = (
        SelfPlay(GAME, weights, seeded(range(n)), threads=threads, **SETTINGS)
        for n, threads in ((1, 1), (3, 1), (4, 2))
    )
    for each in (alone, beside, apart):
        each.play(40)
    first, second, third = (each.parts[0].games.state for each in (alone, beside, apart))
    assert first[0].tobytes() == second[0].tobytes() == third[0].tobytes()
    assert apart.parts[1].games.state[0].tobytes() == beside.parts[0].games.state[2].tobytes()


class OfFour(Network):
    def forward(self, seen):
        padded = torch.cat([seen, torch.zeros(4 - len(seen), *seen.shape[1:], dtype=seen.dtype)])
        return Opinion(*(each[: len(seen)] for each in super().forward(padded)))


def test_each_thread_has_its_part_of_the_window():
    self_play = SelfPlay(GAME, network(), seeded(range(6)), threads=3, **SETTINGS | {"window": 30})
    positions, over = self_play.play(400)
    assert positions == self_play.window.written[:, 0].sum()
    assert len(over) == np.minimum(self_play.window.written[:, 1], 10).sum()
    assert self_play.known.tolist() == [10, 10, 10]
    rows = self_play.drawn(2000, np.random.default_rng(1))
    assert set(rows.tolist()) == set(range(30))


def test_the_ring_goes_round():
    self_play = SelfPlay(GAME, network(), seeded(range(4)), **SETTINGS | {"window": 16})
    self_play.play(600)
    assert self_play.window.written[0, 0] > 32
    assert (self_play.window.policy.sum(axis=1) > 60_000).all()


def test_a_batch_is_turned_as_the_game_turns(played):
    window, *_ = played
    turned = Turned(GAME.symmetries, torch.device("cpu"))
    rows = np.arange(20)
    for way, symmetry in enumerate(GAME.symmetries):
        batch = turned.batch(window, rows, np.full(20, way))
        assert np.array_equal(batch.seen, symmetry.observation(window.seen[:20]))
        assert batch.policy.numpy() == pytest.approx(symmetry.over_actions(window.policy[:20]) / 65535)
        points = np.concatenate([window.owner[:20], np.zeros((20, 1))], axis=1)
        assert batch.owner.numpy() == pytest.approx((symmetry.over_actions(points)[:, :9] + 1) / 2)
        assert (batch.score.numpy() == window.score[:20] + 9).all()


def test_losses_of_who_knows_and_of_who_knows_nothing(played):
    """Uniform over 10 moves, 19 scores and 2 owners costs log 10, log 19 and log 2."""
    window, positions, _ = played
    rows = np.arange(positions)
    batch = Turned(GAME.symmetries, torch.device("cpu")).batch(window, rows, np.zeros(positions, int))
    blind = Opinion(torch.zeros(positions, 10), torch.zeros(positions, 19), torch.zeros(positions, 9))
    assert losses(blind, batch).tolist() == pytest.approx(np.log([10, 19, 2]).tolist(), abs=1e-3)
    sure = Opinion(blind.policy, 100 * torch.eye(19)[batch.score], 100 * (2 * batch.owner - 1))
    _, score, owner = losses(sure, batch).tolist()
    assert score == pytest.approx(0, abs=1e-6)
    assert owner == pytest.approx(float((batch.owner == 0.5).float().mean() * np.log(2)), abs=1e-6)


def test_the_network_fits_any_board_and_begins_without_its_blocks():
    weights = network()
    for side in (2, 5, 9):
        opinion = weights(torch.zeros(3, len(PLANES), side, side, dtype=torch.uint8))
        assert opinion.policy.shape == (3, side**2 + 1)
        assert opinion.score.shape == (3, 2 * side**2 + 1)
        assert opinion.owner.shape == (3, side**2)
