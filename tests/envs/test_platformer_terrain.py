"""Are drawn levels well made?"""

import numpy as np
import pytest

from envs.catalog import make_game
from envs.platformer.building import ROWS
from envs.platformer.sets import DIFFICULTIES, SETS
from envs.platformer.world import BRICK, CHECKPOINT, FLAG, LEDGE, SOLID, SPIKE, SPRING, TILE


def levels(name, difficulty, count=None):
    """Return the records of the first levels of a set, each at its start."""
    game = make_game(f"platformer:levels={name},difficulty={difficulty}")
    first, many = SETS[name]
    states = game.blank_states(count or many)
    states.first_level, states.levels = first + np.arange(len(states)), 1
    game.kernels.restart(states, np.ones(len(states), np.bool_), *game.buffers(len(states)))
    return states


def tiles_of(state):
    return state.tile[: ROWS * state.cols].reshape(ROWS, state.cols)


def solid(tiles):
    return (tiles & SOLID != 0) & (tiles & (BRICK | SPRING) == 0)


@pytest.fixture(scope="module", params=[0, 0.2, 0.5, 0.7, 1.0])
def some(request):
    return levels("endless", request.param, 300)


def test_whatever_stands_stands_on_ground(some):
    for state in some:
        tiles = tiles_of(state)
        above, below = tiles[:-1], tiles[1:]
        for thing in (SPIKE, CHECKPOINT):
            assert solid(below)[above & thing != 0].all(), state.number
        assert solid(below)[above & SPRING != 0].all()
        assert solid(tiles)[:, state.flag_col].any()
        foot = np.flatnonzero(tiles[:, state.flag_col] & FLAG)[-1]
        assert solid(tiles)[foot + 1, [state.flag_col - 1, state.flag_col, state.flag_col + 1]].all(), (
            state.number
        )
        assert not tiles[foot, state.flag_col - 1], "the way to the flag is free"


def test_foes_walk_on_ground_and_into_nothing(some):
    for state in some:
        tiles = tiles_of(state)
        for k in range(state.foe_count):
            first, last = state.foe_x[k] // TILE, (state.foe_x[k] + state.foe_right[k]) // TILE
            top, bottom = state.foe_y[k] // TILE, (state.foe_y[k] + state.foe_down[k]) // TILE
            path = tiles[max(0, top) : bottom + 1, first : last + 1]
            assert not (path & (SOLID | SPIKE | LEDGE)).any(), (state.number, k)
            if not state.foe_flies[k]:
                assert solid(tiles)[bottom + 1, first : last + 1].all(), (state.number, k)


def test_lifts_run_into_nothing(some):
    for state in some:
        for k in range(state.lift_count):
            left, right = state.lift_x[k], state.lift_x[k] + state.lift_right[k] + state.lift_width[k]
            rows = slice(state.lift_y[k] // TILE, (state.lift_y[k] + state.lift_down[k]) // TILE + 1)
            assert not (tiles_of(state)[rows, left // TILE : right // TILE] & (SOLID | SPIKE | LEDGE)).any()


def test_every_level_begins_on_ground_and_has_a_checkpoint_half_way(some):
    for state in some:
        row, col = state.start_y // TILE, state.start_x // TILE
        tiles = tiles_of(state)
        assert not tiles[row, : col + 4].any()
        assert solid(tiles)[row + 1, : col + 4].all()
        assert state.checkpoint_count == 1
        assert state.cols * 0.5 < state.checkpoint_cell[0] % state.cols < state.cols * 0.75


def test_no_tile_is_anything_but_one_thing(some):
    known = {0, SOLID, LEDGE, SPIKE, 8, SPRING | SOLID, BRICK | SOLID, FLAG, CHECKPOINT}
    assert set(np.unique(some.tile).tolist()) <= known


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_a_level_follows_from_its_number_and_difficulty_alone(difficulty):
    one, other = levels("train", difficulty, 50), levels("train", difficulty, 50)
    other.rng += np.uint64(5)
    make_game("platformer").kernels.restart(
        other, np.ones(50, np.bool_), *make_game("platformer").buffers(50)
    )
    for a, b in zip(one, other, strict=True):
        assert (a.tile == b.tile).all()
        assert (a.foe_phase == b.foe_phase).all()


def test_harder_levels_are_longer_and_have_more_foes():
    easy, hard = levels("test", "easy", 200), levels("test", "hard", 200)
    assert (hard.cols > easy.cols).all()
    assert hard.foe_count.mean() > easy.foe_count.mean()
