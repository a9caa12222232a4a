"""Is the exact model right: as Gymnasium's where it has the same game, and as often so in play elsewhere?"""

from collections import Counter, deque

import gymnasium as gym
import numpy as np
import pytest
from scipy.stats import chisquare

from envs.catalog import make_game
from envs.game import Game
from envs.generator import seeded
from envs.gridworld.game import MAX_MODEL, Gridworld
from envs.gridworld.level import load_level, parse_level, shipped_levels

N, E, S, W = range(4)
TABULAR = [level for level in shipped_levels() if load_level(level).states <= MAX_MODEL]


def outcomes(transitions: list[tuple[float, int, float, bool]]) -> dict[tuple[int, float, bool], float]:
    """Add up the probabilities of transitions that come to the same."""
    total: Counter = Counter()
    for probability, *rest in transitions:
        total[tuple(rest)] += probability
    return {outcome: pytest.approx(odds, abs=1e-12) for outcome, odds in total.items()}


def fewest_moves(game: Game, arrives: set[int]) -> int:
    """Search P for the shortest way from the start to one of these states, whatever its probability."""
    model = game.model()
    distance = {int(start): 0 for start in np.flatnonzero(game.start_distribution())}
    waiting = deque(distance)
    while waiting:
        state = waiting.popleft()
        if state in arrives:
            return distance[state]
        for transitions in model[state].values():
            for _, successor, _, _ in transitions:
                if successor not in distance:
                    distance[successor] = distance[state] + 1
                    waiting.append(successor)
    raise AssertionError("no way")


def open_cell(level: str, mark: str) -> int:
    """Return the number of the only cell with that mark among those that are not walls."""
    rows = load_level(level).text.rstrip().split("\n\n")[-1].replace("\n", "").replace("#", "")
    assert rows.count(mark) == 1
    return rows.index(mark)


# As Gymnasium


@pytest.mark.parametrize("size", ["4x4", "8x8"])
@pytest.mark.parametrize("slippery", [True, False])
def test_frozen_lake_is_gymnasiums(size, slippery):
    ours = Gridworld(level=f"frozen_lake_{size}", slip=None if slippery else 0)
    theirs = gym.make("FrozenLake-v1", map_name=size, is_slippery=slippery).unwrapped
    assert len(ours.model()) == len(theirs.P) == ours.observation_space.n
    for state, actions in ours.model().items():
        for action, transitions in actions.items():
            assert outcomes(transitions) == outcomes(theirs.P[state][3 - action]), (
                "0 to 3 are left down right up"
            )
    assert np.array_equal(ours.start_distribution(), theirs.initial_state_distrib)


@pytest.mark.parametrize("slippery", [True, False])
def test_the_cliff_is_gymnasiums(slippery):
    ours = Gridworld(level="cliff", slip="2/3" if slippery else 0)
    theirs = gym.make("CliffWalking-v1", is_slippery=slippery).unwrapped
    for state in range(47):  # they play on from the goal
        for action in range(4):
            assert outcomes(ours.model()[state][action]) == outcomes(theirs.P[state][action])
    assert np.array_equal(ours.start_distribution(), theirs.initial_state_distrib)


# As in the book


def test_the_windy_gridworld_is_suttons():
    wind = [0, 0, 0, 1, 1, 1, 2, 2, 1, 0]
    model = Gridworld(level="windy").model()
    for row in range(7):
        for col in range(10):
            if (row, col) == (3, 7):
                continue
            for action, (down, right) in enumerate([(-1, 0), (0, 1), (1, 0), (0, -1)]):
                to = np.clip(row + down - wind[col], 0, 6), np.clip(col + right, 0, 9)
                assert model[row * 10 + col][action] == [(1.0, to[0] * 10 + to[1], -1.0, to == (3, 7))]


@pytest.mark.parametrize(
    ("level", "moves"), [("windy", 15), ("cliff", 13), ("corridor", 6), ("four_rooms", 20)]
)
def test_the_shortest_way_has_its_known_length(level, moves):
    assert fewest_moves(Gridworld(level=level), {open_cell(level, "G")}) == moves


def test_four_rooms_are_as_far_apart_as_the_map_says():
    rows = load_level("four_rooms").text.rstrip().split("\n\n")[-1].split("\n")
    assert fewest_moves(Gridworld(level="four_rooms"), {open_cell("four_rooms", "G")}) == steps_on(
        rows, "S", "G"
    )


def steps_on(rows: list[str], start: str, goal: str) -> int:
    places = {(y, x): mark for y, row in enumerate(rows) for x, mark in enumerate(row) if mark != "#"}
    frontier = {place for place, mark in places.items() if mark == start}
    seen, steps = set(frontier), 0
    while goal not in {places[place] for place in frontier}:
        ahead = {(y + dy, x + dx) for y, x in frontier for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0))}
        frontier = (ahead & places.keys()) - seen
        seen |= frontier
        steps += 1
    return steps


# Of every level


@pytest.mark.parametrize("level", TABULAR)
def test_the_model_is_a_model(level):
    game = Gridworld(level=level)
    model, start = game.model(), game.start_distribution()
    n = int(game.observation_space.n)
    assert list(model) == list(range(n))
    assert start.shape == (n,)
    assert start.sum() == pytest.approx(1)
    for actions in model.values():
        assert list(actions) == [N, E, S, W]
        for transitions in actions.values():
            assert sum(odds for odds, *_ in transitions) == pytest.approx(1)
            assert all(odds > 0 and 0 <= successor < n for odds, successor, _, _ in transitions)
            for _, successor, _, done in transitions:
                if done:
                    assert model[successor] == {a: [(1.0, successor, 0.0, True)] for a in range(4)}
    for state in np.flatnonzero(start):
        assert model[state][N] != [(1.0, state, 0.0, True)], "an episode starts at its end"


@pytest.mark.parametrize("level", TABULAR)
def test_every_shipped_level_can_be_won(level):
    parsed = load_level(level)
    events = [event for event, marks in (("goal", "Ge"), ("apple", "o")) if set(marks) & set(map_of(level))]
    game = Gridworld(level=level)
    best = {parsed.rewards[event] / 1000 for event in events}
    for start in np.flatnonzero(game.start_distribution()):
        seen, waiting = {start}, [start]
        gains = set()
        while waiting:
            for transitions in game.model()[waiting.pop()].values():
                for _, successor, gain, done in transitions:
                    gains.add((gain, done))
                    if successor not in seen:
                        seen.add(successor)
                        waiting.append(successor)
        wins = {(gain, done) for gain, done in gains if gain in best and (done or "apple" in events)}
        assert wins, f"from state {start}"


def map_of(level: str) -> str:
    return load_level(level).text.rstrip().split("\n\n")[-1]


def test_the_orchard_has_too_many_states_for_a_table_and_no_closed_corner():
    assert set(shipped_levels()) - set(TABULAR) == {"orchard"}
    game = Gridworld(level="orchard")
    assert game.model() is None
    assert game.start_distribution() is None
    rows = map_of("orchard").split("\n")
    for y, row in enumerate(rows):
        for x, mark in enumerate(row):
            if mark not in "#S":
                marked = [list(line) for line in rows]
                marked[y][x] = "!"
                assert steps_on(["".join(line) for line in marked], "S", "!") < 30


def test_other_observations_have_no_model():
    assert Gridworld(obs="grid").model() is None
    assert Gridworld(maze=3, obs="grid").start_distribution() is None


def test_a_chosen_maze_has_one():
    game = Gridworld(maze=4, maze_seed=5)
    assert fewest_moves(game, {int(game.observation_space.n) - 1}) >= 12


# As the frequencies of play


@pytest.mark.parametrize(
    "spec",
    [
        "gridworld:level=frozen_lake_4x4",
        "gridworld:level=apple_world",
        "gridworld:level=apple_world,slip=0.3",
        "gridworld:level=cliff,slip=0.4",
        "gridworld:level=lava_bridge",
        "gridworld:level=spiral",
        "gridworld:level=windy,slip=1/5",
        "gridworld:level=keys_and_doors,slip=0.5",
        "gridworld:level=signpost,slip=0.3",
    ],
)
def test_play_is_as_often_so_as_the_model_says(spec):
    game = make_game(spec)
    by_chance = [
        (state, action, odds)
        for state in states_of_play(game)
        for action in range(4)
        if len(odds := odds_of(game.model()[number(game, state)][action])) > 1
    ]
    rng = np.random.default_rng(0)
    chosen = [by_chance[k] for k in rng.permutation(len(by_chance))[:150]]
    pvalues = []
    for state, action, odds in chosen:
        found = sample(game, state, action, times=2000)
        assert found.keys() <= odds.keys(), "what the model says never happens"
        pvalues.append(
            chisquare([found[key] for key in odds], [2000 * share for share in odds.values()]).pvalue
        )
    assert len(pvalues) >= 15
    assert min(pvalues) > 1e-4 / len(pvalues)


def number(game: Game, state: np.record) -> int:
    return int(game.observe(np.array([state]).view(np.recarray))[0][0, 0])


def odds_of(transitions: list[tuple[float, int, float, bool]]) -> dict[tuple[int, int, bool], float]:
    total: Counter = Counter()
    for odds, successor, gain, done in transitions:
        total[successor, round(gain * 1000), done] += odds
    return dict(total)


def states_of_play(game: Game) -> list[np.record]:
    """Play many games at random through several episodes and return one record of each state they came by."""
    rng = np.random.default_rng(0)
    states = game.new_states(range(500))
    found: dict[int, np.record] = {}
    for _ in range(120):
        step = game.step(states, rng.integers(4, size=(500, 1)))
        game.kernels.restart(states, step.terminated | step.truncated, *game.buffers(500))
        unique, first = np.unique(game.observe(states)[0], return_index=True)
        found |= {index: states[k].copy() for index, k in zip(unique.tolist(), first, strict=True)}
    return list(found.values())


def sample(game: Game, state: np.record, action: int, times: int) -> Counter:
    """Play the action again and again from the same state, each time with other luck."""
    states = np.repeat(np.array([state]), times).view(np.recarray)
    states.rng = seeded(range(times))
    states.ply = 0
    step = game.step(states, np.full((times, 1), action))
    after = game.observe(states)[0][:, 0].tolist()
    gains = np.round(step.rewards[:, 0] * 1000).astype(int).tolist()
    return Counter(zip(after, gains, step.terminated.tolist(), strict=True))


@pytest.mark.parametrize(
    "spec", ["gridworld:level=apple_world", "gridworld:level=picnic", "gridworld:level=signpost"]
)
def test_episodes_start_as_often_so_as_the_model_says(spec):
    game = make_game(spec)
    found = np.bincount(
        game.observe(game.new_states(range(20_000)))[0][:, 0], minlength=game.observation_space.n
    )
    start = game.start_distribution()
    assert found[start == 0].sum() == 0
    if (start > 0).sum() > 1:
        assert chisquare(found[start > 0], 20_000 * start[start > 0]).pvalue > 1e-4


def test_several_starts_are_in_the_start_distribution():
    start = Gridworld(level="ripe: 1\n\nS.S\noGo").start_distribution()
    assert sorted(start[start > 0]) == [0.25] * 4
    assert parse_level("ripe: 1\n\nS.S\noGo").starts == 2
