"""Does a signpost tell which end is right, to those who see it and to nobody else?"""

import numpy as np
import pygame
import pytest
from scipy.stats import binomtest

from envs.catalog import make_game
from envs.gridworld.game import Gridworld
from envs.gridworld.observation import PLANES, SIGN_PLANES
from replays.events import find_events
from replays.replay import Seat, record, simulate
from replays.verify import verify

N, E, S, W = range(4)
SHIPPED = "gridworld:level=signpost,obs=partial,view=3"
FORK = "reward step: -0.25\nreward goal: 2\nreward lava: -3\n\neSe\n.i."


def both(game: Gridworld) -> np.recarray:
    """Return two starts that differ in which end is right, and in nothing else: the first end, the second."""
    states = game.new_states([0, 0])
    apples = len(game.level.apples)
    states.ripe[:] = [(1 << apples) - 1, (2 << apples) - 1]
    return states


def test_the_right_end_is_the_goal_and_the_other_ends_it_as_wrong():
    game = Gridworld(FORK)
    for move, rewards in ((W, [2, -3]), (E, [-3, 2])):
        states = both(game)
        step = game.step(states, np.full((2, 1), move))
        assert step.rewards[:, 0].tolist() == rewards
        assert step.terminated.all()
        assert [game.reasons[reason] for reason in states.reason] == [
            "goal" if reward == 2 else "wrong end" for reward in rewards
        ]
        assert states.score[:, 0].tolist() == [1000 * reward for reward in rewards]


def test_a_signpost_is_walked_over():
    game = Gridworld(FORK)
    states = both(game)
    assert game.step(states, [[S], [S]]).rewards.tolist() == [[-0.25], [-0.25]]
    assert states.cell[:, 0].tolist() == [4, 4]


def test_the_right_end_is_drawn_for_every_episode():
    game = Gridworld(FORK)
    states = game.new_states(range(2000))
    first = states.ripe.copy()
    game.kernels.restart(states, np.ones(2000, np.bool_), *game.buffers(2000))
    for drawn in (first, states.ripe, first ^ states.ripe):
        assert set(drawn.tolist()) == {0, 1}
        assert binomtest(int(drawn.sum()), 2000).pvalue > 1e-4


def test_a_level_without_ends_draws_what_it_drew_before():
    states = Gridworld("\nS.gG").new_states([5])
    assert states.rng == Gridworld("\nS..G").new_states([5]).rng


def test_ends_and_apples_do_not_mix():
    game = Gridworld("ripe: 1\n\nSooe\n.i.e")
    states = game.new_states(range(400))
    assert set(states.ripe.tolist()) == {0b001, 0b010, 0b101, 0b110}
    right = states.ripe >> 2
    for move in (E, E):
        game.step(states, np.full((400, 1), move))
    assert (states.score[:, 0] >= 1000).all()
    assert (states.ripe >> 2 == right).all()
    assert ((states.ripe & 3 == 1) | (states.ripe & 3 == 2)).all()
    game.step(states, np.full((400, 1), E))
    assert [game.reasons[reason] for reason in states.reason] == [
        "wrong end" if second else "goal" for second in right
    ]


def test_in_a_race_the_wrong_end_puts_out_who_came_there():
    game = Gridworld("\nSeS\n.ie", obs="grid", foragers=2)
    states = game.new_states([1])
    states.ripe[0] = 1
    left, right = states.cell[0].argsort()
    actions = np.empty((1, 2), int)
    actions[0, [left, right]] = E, N
    assert not game.step(states, actions).terminated[0]
    assert states.out[0, [left, right]].tolist() == [1, 0]
    actions[0, right] = S
    assert game.step(states, actions).terminated[0]
    assert game.reasons[states.reason[0]] == "goal"
    assert states.score[0, [left, right]].tolist() == [-1000, 1000]


# What is seen of it


def test_the_shipped_level_is_told_at_the_start_and_forgotten_in_the_corridor():
    game = make_game(SHIPPED)
    states = both(game)
    alike = []
    for _ in range(10):
        first, second = game.observe(states)[0][:, 0]
        alike.append(np.array_equal(first, second))
        game.step(states, [[E], [E]])
    assert alike == [False] * 2 + [True] * 8, "the last of them at the junction"
    assert states.status.tolist() == [0, 0]
    assert game.step(states, [[N], [N]]).rewards.tolist() == [[1], [-1]]
    assert states.score[:, 0].tolist() == [900, -1100]


def test_what_the_start_looks_like_tells_which_end_is_right():
    game = make_game(SHIPPED)
    states = game.new_states(range(50))
    looks = {
        (int(state.ripe), seen.tobytes())
        for state, seen in zip(states, game.observe(states)[0][:, 0], strict=True)
    }
    assert len(looks) == 2
    assert len({look for _, look in looks}) == 2


@pytest.mark.parametrize("view", [3, 5, 7])
@pytest.mark.parametrize("level", ["signpost", "hunger: 30\n\nS..........e\n.#o#.i......\ni..........e"])
def test_only_who_sees_a_signpost_sees_which_end_is_right(level, view):
    game = Gridworld(level, obs="partial", view=view)
    first, second = (game.places(state) for state in both(game))
    alike = (game.observe(first)[0] == game.observe(second)[0]).all(axis=(1, 2, 3, 4))
    posts = np.flatnonzero(first.tile[0] == 13)
    for cell, same in zip(first.cell[:, 0], alike, strict=True):
        y, x = divmod(int(cell), game.level.cols)
        away = [max(abs(y - post // game.level.cols), abs(x - post % game.level.cols)) for post in posts]
        assert same == (min(away) > view // 2)
    assert set(alike.tolist()) == {True, False}


def test_the_planes_show_two_like_ends_and_what_the_sign_says():
    game = Gridworld(FORK, obs="grid")
    assert game.plane_names == PLANES + SIGN_PLANES
    assert game.observation_space.shape == (17, 2, 3)
    for right, planes in enumerate(game.observe(both(game))[0][:, 0]):
        shown = dict(zip(game.plane_names, planes, strict=True))
        assert np.argwhere(shown["end"]).tolist() == [[0, 0], [0, 2]]
        assert np.argwhere(shown[SIGN_PLANES[1 + right]]).tolist() == [[1, 1]]
        assert not shown[SIGN_PLANES[2 - right]].any()
        assert not shown["goal"].any() and not shown["lava"].any()


def test_other_levels_look_as_they_did():
    game = Gridworld("cliff", obs="grid")
    assert game.plane_names == PLANES
    assert game.observation_space.shape[0] == len(PLANES) == 14


def test_the_index_and_the_model_know_both_worlds():
    game = Gridworld(FORK)
    assert game.observation_space.n == 12
    assert game.observe(both(game))[0].ravel().tolist() == [1, 7]
    assert game.start_distribution().tolist() == [0, 0.5, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0]
    model = game.model()
    for start, west, east in ((1, 2.0, -3.0), (7, -3.0, 2.0)):
        assert model[start] == {
            N: [(1.0, start, -0.25, False)],
            E: [(1.0, start + 1, east, True)],
            S: [(1.0, start + 3, -0.25, False)],
            W: [(1.0, start - 1, west, True)],
        }


# Pictures, text and replays


@pytest.mark.parametrize(
    ("level", "marks"),
    [
        ("eSe\n.i.", "<>"),
        ("e.\nSi\ne.", "^v"),
        ("Sie\n...\n...\ne..", "^v"),
        ("..e\n.iS\ne..", "><"),  # as far down as along
    ],
)
def test_a_signpost_points_from_the_wrong_end_to_the_right_one(level, marks):
    game = Gridworld("\n" + level)
    states = both(game)
    for state, mark in zip(states, marks, strict=True):
        assert game.text(state) == level.replace("S", "@").replace("i", mark)


def test_the_pictures_differ_in_the_signpost_alone_and_the_ends_look_alike():
    game = Gridworld("\n.....\n.S.i.\n.....\n.e.e.\n.....")
    pictures = []
    for state in both(game):
        surface = pygame.Surface((5 * 48, 5 * 48))
        game.draw(surface, state)
        pixels = pygame.surfarray.array3d(surface).transpose(1, 0, 2)
        pictures.append(pixels.reshape(5, 48, 5, 48, 3).swapaxes(1, 2).reshape(25, 48, 48, 3).astype(int))
    differing = np.flatnonzero((pictures[0] != pictures[1]).any(axis=(1, 2, 3)))
    assert differing.tolist() == [8]
    assert np.array_equal(pictures[0][16], pictures[0][18])


def test_a_replay_of_it_is_proved_and_tells_how_it_ended():
    game = make_game(SHIPPED)
    ends = set()
    for seed in range(6):
        replay = record(game, seed, [Seat("x")], [[E]] * 9 + [[N]])
        assert verify(replay).ok
        ends.add(find_events(game, simulate(replay))[10])
    assert ends == {"+1, goal", "-1, wrong end"}


def test_the_catalogue_names_it_as_it_is_meant_to_be_played():
    assert SHIPPED.removeprefix("gridworld:") in dict(Gridworld.variants())
