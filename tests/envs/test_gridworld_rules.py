"""Does a forager go where the rules say, on levels small enough to follow by hand?"""

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.gridworld.game import Gridworld
from envs.gridworld.level import shipped_levels

N, E, S, W = range(4)


class Walk:
    """One forager that walks a level; remembers where it came by, as (row, column), and what it got."""

    def __init__(self, level: str, moves: list[int], **settings: object) -> None:
        self.game = Gridworld(level=level, **settings)
        self.states = self.game.new_states([0])
        self.path, self.rewards = [self.at()], []
        for move in moves:
            self.rewards.append(float(self.game.step(self.states, [[move]]).rewards[0, 0]))
            self.path.append(self.at())

    def at(self) -> tuple[int, int]:
        return divmod(int(self.states.cell[0, 0]), int(self.states.cols[0]))

    @property
    def state(self) -> np.record:
        return self.states[0]

    @property
    def end(self) -> tuple[int, str]:
        return int(self.state.status), self.game.reasons[self.state.reason]


# Walking


def test_walls_and_the_edge_stop_a_move_and_it_still_costs_a_step():
    walk = Walk("reward step: -1\n\nS#\n.G", [N, W, E, S, S, E])
    assert walk.path == [(0, 0), (0, 0), (0, 0), (0, 0), (1, 0), (1, 0), (1, 1)]
    assert walk.rewards == [-1, -1, -1, -1, -1, 1]
    assert walk.end == (1, "goal")
    assert walk.state.ply == 6
    assert walk.state.score[0] == -4000


def test_a_goal_and_a_prize_end_the_episode_each_with_its_reward():
    level = "reward goal: 3\nreward prize: 0.25\n\ngSG"
    assert Walk(level, [E]).rewards == [3]
    assert Walk(level, [W]).rewards == [0.25]
    assert Walk(level, [W]).end == (1, "prize")


def test_lava_ends_the_episode():
    walk = Walk("reward lava: -7\n\nS~G", [E, E])
    assert walk.rewards == [-7, 0]
    assert walk.end == (1, "lava")
    assert walk.path[-1] == (0, 1)


def test_a_cliff_leads_back_to_the_start():
    walk = Walk("reward cliff: -9\nreward step: -1\n\nS.xG", [E, E, E])
    assert walk.path == [(0, 0), (0, 1), (0, 0), (0, 1)]
    assert walk.rewards == [-1, -9, -1]
    assert walk.end == (0, "playing")


def test_from_a_cliff_each_start_is_as_likely():
    game = Gridworld(level="\nS.S.S\nxxxxx\n....G")
    states = game.new_states(range(3000))
    assert chisquare(np.bincount(states.cell[:, 0], minlength=5)[::2]).pvalue > 1e-4
    game.step(states, np.full((3000, 1), S))
    cells = np.bincount(states.cell[:, 0], minlength=5)
    assert cells.sum() == cells[::2].sum()
    assert chisquare(cells[::2]).pvalue > 1e-4


@pytest.mark.parametrize("limit", [1, 2, 9])
def test_the_time_limit_truncates_exactly_then(limit):
    walk = Walk(f"time limit: {limit}\n\nS..........G", [W] * (limit - 1))
    assert walk.end == (0, "playing")
    walk = Walk(f"time limit: {limit}\n\nS..........G", [W] * limit)
    assert walk.end == (2, "time limit")


def test_who_arrives_on_the_last_ply_has_arrived():
    assert Walk("time limit: 2\n\nS.G", [E, E]).end == (1, "goal")


# Ice


@pytest.mark.parametrize(
    ("level", "moves", "path"),
    [
        ("S**.G", [E], [(0, 3)]),
        ("S**#G", [E], [(0, 2)]),
        ("S***\n...G", [E, S], [(0, 3), (1, 3)]),
        ("S*\n.*\n.*\n.G", [E, S], [(0, 1), (3, 1)]),
        ("S**\n.*.\n.G.", [E, W, E, S], [(0, 2), (0, 0), (0, 2), (1, 2)]),
        ("S*1.\n1..G", [E], [(1, 0)]),
        ("*S*\n..G", [W, E, W], [(0, 0), (0, 1), (0, 0)]),
        ("S**x.G", [E], [(0, 0)]),
    ],
)
def test_ice_carries_on_until_something_stops_it(level, moves, path):
    assert Walk("\n" + level, moves).path[1:] == path


def test_ice_carries_into_lava_and_goal():
    assert Walk("\nS**~G", [E]).end == (1, "lava")
    assert Walk("\nS**G", [E]).end == (1, "goal")


# Portals


def test_a_portal_leads_to_its_other_end_and_back():
    walk = Walk("\nS1.#\n###.\n#.1G", [E, W, E, E])
    assert walk.path == [(0, 0), (2, 2), (2, 1), (0, 1), (0, 2)]


def test_who_is_stopped_on_a_portal_stays():
    assert Walk("\nS1#\n###\n1.G", [E, W, N, S, E]).path == [(0, 0), (2, 0), (2, 0), (2, 0), (2, 0), (2, 1)]


def test_portals_are_joined_in_pairs():
    walk = Walk("\nS12\n21.\n..G", [E, N, E])
    assert walk.path == [(0, 0), (1, 1), (1, 1), (1, 2)]
    assert Walk("\nS.1\n.2.\n12G", [E, S]).path == [(0, 0), (0, 1), (2, 1)]


# Keys and doors


def test_a_door_opens_to_its_key_alone():
    level = "reward key: 2\nreward step: -1\n\nSA.G\na...\nbB.."
    walk = Walk(level, [E, S, N, E])
    assert walk.path == [(0, 0), (0, 0), (1, 0), (0, 0), (0, 1)]
    assert walk.rewards == [-1, 2, -1, -1]
    walk = Walk(level, [S, E, S, W, S, E])
    assert walk.path[1:] == [(1, 0), (1, 1), (1, 1), (1, 0), (2, 0), (2, 1)]


def test_a_key_is_got_once():
    walk = Walk("reward key: 2\n\nS.aG", [E, E, W, E])
    assert walk.rewards == [0, 2, 0, 0]
    assert walk.state.held[0] == 1


def test_each_key_is_its_own():
    walk = Walk("\nSbdG\n.BD.\n.A.a", [E, S])
    assert walk.path[-1] == (1, 1)
    walk = Walk("\nSbdG\n.BD.\n.A.a", [E, S, E])
    assert walk.path[-1] == (1, 1), "that is the door of another key"
    walk = Walk("\nSbdG\n.BD.\n.A.a", [E, E, S, S, E, W, W])
    assert walk.path[-3:] == [(2, 3), (2, 2), (2, 1)]


# Wind


@pytest.mark.parametrize(
    ("wind", "moves", "path"),
    [
        ("0 0 0 0", [E], [(2, 1)]),
        ("1 0 0 0", [E], [(1, 1)]),
        ("2 0 0 0", [E, W], [(0, 1), (0, 0)]),
        ("9 0 0 0", [E], [(0, 1)]),
        ("-1 0 0 0", [E], [(3, 1)]),
        ("1 0 0 0", [N], [(0, 0)]),
        ("1 0 0 0", [S], [(2, 0)]),
        ("2 0 0 0", [S], [(1, 0)]),
        ("1 0 0 0", [W], [(1, 0)]),
        ("0 1 0 0", [E, E], [(2, 1), (1, 2)]),
    ],
)
def test_the_wind_of_the_column_it_leaves_adds_to_a_move(wind, moves, path):
    assert Walk(f"wind: {wind}\n\n....\n....\nS...\n...G", moves).path[1:] == path


def test_walls_stop_the_wind():
    assert Walk("wind: 3 0 0\n\n...\n#..\n...\nS.G", [E]).path[-1] == (2, 1)


# Slipping


def test_who_always_slips_never_goes_straight():
    game = Gridworld(level="\n...\n.S.\n..G", slip=1)
    states = game.new_states(range(4000))
    game.step(states, np.full((4000, 1), E))
    cells = np.bincount(states.cell[:, 0], minlength=9)
    assert cells[[1, 7]].sum() == 4000
    assert binomtest(int(cells[1]), 4000).pvalue > 1e-4


def test_it_slips_as_often_as_it_says_half_to_either_side():
    game = Gridworld(level="\n...\n.S.\n..G", slip="3/10")
    states = game.new_states(range(20_000))
    game.step(states, np.full((20_000, 1), W))
    cells = np.bincount(states.cell[:, 0], minlength=9)
    assert chisquare(cells[[1, 3, 7]], [3000, 14_000, 3000]).pvalue > 1e-4


# Hunger and apples


@pytest.mark.parametrize("hunger", [1, 2, 7, 30])
def test_hunger_kills_exactly_then(hunger):
    level = f"hunger: {hunger}\nreward starve: -4\nreward step: -1\n\nS....o"
    walk = Walk(level, [W] * (hunger - 1))
    assert walk.end == (0, "playing")
    walk = Walk(level, [W] * hunger)
    assert walk.end == (1, "starved")
    assert walk.rewards == [-1] * (hunger - 1) + [-4]


def test_eating_puts_hunger_off():
    level = "hunger: 3\nreward apple: 5\nreward starve: -4\n\nSo..o"
    walk = Walk(level, [W, W, E, W, W, W])
    assert walk.rewards == [0, 0, 5, 0, 0, -4]
    assert walk.end == (1, "starved")


def test_a_goal_on_the_last_bite_counts():
    assert Walk("hunger: 2\n\nS.G.o", [E, E]).end == (1, "goal")
    assert Walk("hunger: 1\n\nSxG.o", [E]).end == (1, "starved")


def test_the_last_apple_ends_a_level_without_a_goal():
    walk = Walk("reward apple: 5\n\nSoo", [E, W, E, E])
    assert walk.rewards == [5, 0, 0, 5]
    assert walk.end == (1, "all apples eaten")
    assert Walk("\nSoG", [E]).end == (0, "playing")


def test_apples_grow_again_elsewhere_and_as_many_as_before():
    game = Gridworld(level="ripe: 2\n\n.o.o.\no.S.o\n.o.o.", time_limit=100_000)
    states = game.new_states(range(400))
    rng = np.random.default_rng(0)
    grown = np.zeros(6, int)
    for _ in range(300):
        before = states.copy()
        rewards = game.step(states, rng.integers(4, size=(400, 1))).rewards
        bits = (states.ripe[:, None] >> np.arange(6)) & 1
        assert (bits.sum(axis=1) == 2).all()
        ate = rewards[:, 0] > 0
        assert np.array_equal(ate, states.ripe != before.ripe)
        site = states.link[np.arange(400), states.cell[:, 0]]
        was = (before.ripe[:, None] >> np.arange(6)) & 1
        new = bits & ~was
        assert (was[ate, site[ate]] == 1).all()
        assert (bits[ate, site[ate]] == 0).all(), "it does not grow where it was eaten"
        assert (new[ate].sum(axis=1) == 1).all()
        grown += new[ate].sum(axis=0)
    assert (grown > 0).all()


def test_ripe_apples_are_drawn_evenly_at_the_start():
    game = Gridworld(level="ripe: 2\n\noooSoo")
    ripe = game.new_states(range(10_000)).ripe
    counts = np.bincount(ripe, minlength=32)
    two = [k for k in range(32) if k.bit_count() == 2]
    assert counts.sum() == counts[two].sum()
    assert chisquare(counts[two]).pvalue > 1e-4


# Everywhere


@pytest.mark.parametrize("level", shipped_levels())
def test_the_score_is_the_sum_of_the_rewards_in_thousandths(level):
    game = make_game(f"gridworld:level={level}")
    states = game.new_states(range(50))
    rng = np.random.default_rng(0)
    returns = np.zeros((50, 1))
    for _ in range(600):
        returns += game.step(states, rng.integers(4, size=(50, 1))).rewards
    assert np.allclose(returns * 1000, states.score, atol=1e-6)


def test_a_score_has_room_for_the_longest_and_dearest_episode():
    game = Gridworld(level="reward step: -1000\ntime limit: 1000000\n\nS#G")
    states = game.new_states([0])
    states.ply[:], states.score[:] = 999_999, -999_999 * 1_000_000
    game.step(states, [[0]])
    assert states.score[0, 0] == -(10**12)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"obs": "pixels"}, "obs=pixels is not one of index, grid, partial"),
        ({"obs": 3}, "obs=3 is not one of"),
        ({"slip": 1.5}, "slip: 1.5 is not between 0 and 1"),
        ({"slip": "x"}, "slip: 'x' is not a probability"),
        ({"slip": True}, "slip: True is not a probability"),
        ({"slip": float("nan")}, "slip: nan is not a probability"),
        ({"view": 4, "obs": "partial"}, "view=4 is even"),
        ({"view": 1, "obs": "partial"}, "view=1 is not a whole number from 3 to 63"),
        ({"view": "big", "obs": "partial"}, "view='big' is not a whole number"),
        ({"view": 5}, "view goes with obs=partial"),
        ({"foragers": 0}, "foragers=0 is not a whole number from 1 to 8"),
        ({"foragers": 2.0}, "foragers=2.0 is not a whole number"),
        ({"foragers": 2, "level": "orchard"}, "obs=index is for one forager"),
        ({"foragers": 2, "obs": "grid"}, "four_rooms: 2 foragers need as many starts; it has 1"),
        ({"time_limit": 0}, "time_limit=0 is not a whole number from 1 to 1000000"),
        ({"time_limit": True}, "time_limit=True is not a whole number"),
        ({"maze": "ten"}, "maze='ten' is not a number of rooms"),
        ({"maze": "3x4x5"}, "maze='3x4x5' is not a number of rooms"),
        ({"maze": "²"}, "maze='²' is not a number of rooms"),
        ({"maze": -3}, "maze=-3 is not a number of rooms"),
        ({"maze": 1}, "maze=1 is out of range"),
        ({"maze": 91}, "maze=91 is out of range"),
        ({"maze": 5}, "obs=index of a maze drawn anew says nothing"),
        ({"maze": 5, "maze_seed": -1}, "maze_seed=-1 is not a whole number"),
        ({"maze_seed": 1}, "maze_seed goes with maze=ROOMS"),
        ({"level": 7}, "no level or file '7'"),
        ({"level": "hunger: 30000\n\nS" + "o" * 30}, "states are too many to number"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(settings, fault):
    with pytest.raises(BadInput) as error:
        Gridworld(**settings)
    assert fault in str(error.value)
    assert "\n" not in str(error.value)


def test_settings_are_kept_as_plain_json_values():
    game = Gridworld(maze=np.int64(4), maze_seed=np.int64(2), time_limit=np.int32(9), slip=np.float64(0.25))
    assert game.kwargs == {"maze": 4, "maze_seed": 2, "time_limit": 9, "slip": "1/4"}
    assert {type(value) for value in game.kwargs.values()} == {int, str}
    assert Gridworld(maze="4", obs="grid").kwargs == {"maze": 4, "obs": "grid"}
