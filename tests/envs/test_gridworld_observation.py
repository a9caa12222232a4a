"""Does a forager see what is there, and nothing else?"""

import numpy as np
import pytest

from envs.gridworld.game import Gridworld
from envs.gridworld.level import shipped_levels
from envs.gridworld.observation import PLANES
from envs.gridworld.text import map_text

OF_MARK = {
    "#": "wall",
    "G": "goal",
    "g": "prize",
    "x": "cliff",
    "~": "lava",
    "*": "ice",
    "o": "apple",
    "0": "portal",
    **dict.fromkeys("abcd", "key"),
}
PACKED = "hunger: 20\nripe: 2\nwind: 0 1 0 0 -2 0 0\n\n#S1aG.#\n#o*Ax.#\n#o~g1.#\nBb.o.S#"


def played(game: Gridworld, plies: int, batch: int = 6) -> list[np.recarray]:
    """Return the states of random play, ply by ply."""
    rng = np.random.default_rng(0)
    states = game.new_states(range(batch))
    history = [states.copy()]
    for _ in range(plies):
        step = game.step(states, rng.integers(4, size=(batch, game.seats)))
        game.kernels.restart(states, step.terminated | step.truncated, *game.buffers(batch))
        history.append(states.copy())
    return history


@pytest.mark.parametrize("level", [*shipped_levels(), PACKED])
def test_the_planes_are_the_map_as_text(level):
    game = Gridworld(level=level, obs="grid")
    for states in played(game, 60):
        seen = game.observe(states)[0][:, 0]
        for state, planes in zip(states, seen, strict=True):
            rows = [list(row) for row in map_text(state).split("\n")]
            me = divmod(int(state.cell[0]), int(state.cols))
            assert rows[me[0]][me[1]] == "@"
            elsewhere = np.ones((len(rows), len(rows[0])), bool)
            elsewhere[me] = False
            for name in set(OF_MARK.values()):
                there = np.array([[OF_MARK.get(mark) == name for mark in row] for row in rows])
                shown = planes[PLANES.index(name)] == 1
                assert np.array_equal(shown & elsewhere, there & elsewhere), name
            assert np.argwhere(planes[0]).tolist() == [list(me)]
            assert not planes[PLANES.index("others")].any()


def test_wind_and_doors_and_hunger_are_seen():
    game = Gridworld(level=PACKED, obs="grid")
    for states in played(game, 80):
        seen = game.observe(states)[0][:, 0]
        for state, planes in zip(states, seen, strict=True):
            plane = dict(zip(PLANES, planes, strict=True))
            assert (plane["wind"] == [0, 1, 0, 0, 1, 0, 0]).all()
            doors = {tuple(at) for at in np.argwhere(plane["door"]).tolist()}
            assert doors == {at for bit, at in ((0, (1, 3)), (1, (3, 0))) if not state.held[0] >> bit & 1}
            keys = {tuple(at) for at in np.argwhere(plane["key"]).tolist()}
            assert keys == {at for bit, at in ((0, (0, 3)), (1, (3, 1))) if not state.held[0] >> bit & 1}
            assert plane["food"].sum() == 28 * int(state.food[0]) // 20
            lit = plane["food"].ravel()
            assert (np.sort(lit)[::-1] == lit).all(), "it fills up in reading order"


@pytest.mark.parametrize("view", [3, 7, 15])
@pytest.mark.parametrize(
    "settings", [{"level": PACKED}, {"level": "spiral"}, {"level": "orchard", "foragers": 3}]
)
def test_the_window_is_cut_out_of_the_whole_with_walls_beyond(view, settings):
    window = Gridworld(**settings, obs="partial", view=view)
    whole = Gridworld(**settings, obs="grid")
    food, wall = PLANES.index("food"), PLANES.index("wall")
    reach = view // 2
    for states in played(window, 40):
        parts, seen = window.observe(states)[0], whole.observe(states_without_window(states))[0]
        for i, state in enumerate(states):
            for seat in range(window.seats):
                y, x = divmod(int(state.cell[seat]), int(state.cols))
                around = np.pad(seen[i, seat], ((0, 0), (reach, reach), (reach, reach)))
                around[wall] = np.pad(seen[i, seat, wall], reach, constant_values=1)
                expected = around[:, y : y + view, x : x + view]
                got = parts[i, seat]
                others = [k for k in range(len(PLANES)) if k != food]
                assert np.array_equal(got[others], expected[others])
                assert got[food].sum() == view * view * int(state.food[seat]) // max(1, int(state.food_limit))


def states_without_window(states: np.recarray) -> np.recarray:
    whole = states.copy()
    whole.radius = 0
    return whole


def test_foragers_see_each_other_until_they_are_out():
    game = Gridworld(level="reward lava: -1\ntime limit: 9\n\nS~SSG", obs="grid", foragers=3)
    states = game.new_states([0])
    seat_at = {int(cell): seat for seat, cell in enumerate(states.cell[0])}
    me, others = PLANES.index("self"), PLANES.index("others")

    def sees(seat: int) -> tuple[list[int], list[int]]:
        planes = game.observe(states)[0][0, seat]
        return np.flatnonzero(planes[me]).tolist(), np.flatnonzero(planes[others]).tolist()

    assert sees(seat_at[0]) == ([0], [2, 3])
    assert sees(seat_at[3]) == ([3], [0, 2])
    actions = np.zeros((1, 3), int)
    actions[0, seat_at[0]] = 1
    game.step(states, actions)
    assert sees(seat_at[3]) == ([3], [2])
    assert sees(seat_at[0]) == ([1], [2, 3]), "it still knows where it fell"


@pytest.mark.parametrize("level", [*shipped_levels(), PACKED])
def test_the_index_names_each_state_once(level):
    game = Gridworld(level=level)
    index_of = {}
    for states in played(game, 150, batch=20):
        numbers = game.observe(states)[0][:, 0].tolist()
        for number, state in zip(numbers, states, strict=True):
            assert 0 <= number < game.observation_space.n
            what = (state.cell[0], state.held[0], state.food[0], state.ripe)
            assert index_of.setdefault(number, what) == what
    assert len(set(index_of.values())) == len(index_of) > 4


def test_the_index_of_a_bare_level_counts_the_open_cells():
    game = Gridworld(level="\n#S.#\n..G#")
    assert game.observation_space.n == 5
    states = game.new_states(range(5))
    states.cell[:, 0] = [1, 2, 4, 5, 6]
    assert game.observe(states)[0][:, 0].tolist() == [0, 1, 2, 3, 4]


def test_places_are_all_cells_where_one_could_stand():
    game = Gridworld(level="apple_world")
    state = game.new_states([0])[0]
    places = game.places(state)
    assert len(set(places.cell[:, 0].tolist())) == len(places) == len(game.level.open_cells)
    for name in places.dtype.names:
        if name not in ("cell", "status"):
            assert (places[name] == state[name]).all()
