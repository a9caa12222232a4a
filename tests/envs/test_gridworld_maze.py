"""Is every maze perfect: can each room be reached, and in exactly one way?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from envs.gridworld.game import Gridworld

FLOOR, WALL, START, GOAL = range(4)


def tiles_of(game: Gridworld, seed: int) -> np.ndarray:
    state = game.new_states([seed])[0]
    return state.tile[: state.rows * state.cols].reshape(state.rows, state.cols)


def flood(cells: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the cells that can be reached from one of them."""
    waiting = [min(cells)]
    seen = set(waiting)
    while waiting:
        y, x = waiting.pop()
        ahead = {(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)} & cells - seen
        seen |= ahead
        waiting += ahead
    return seen


def check_perfect(tiles: np.ndarray, height: int, width: int) -> None:
    rooms = height * width
    assert tiles.shape == (2 * height + 1, 2 * width + 1)
    cells = set(map(tuple, np.argwhere(tiles != WALL).tolist()))
    assert {(y, x) for y, x in cells if y % 2 and x % 2} == {
        (2 * i + 1, 2 * j + 1) for i in range(height) for j in range(width)
    }
    assert len(cells) == 2 * rooms - 1, "one door fewer than rooms"
    assert flood(cells) == cells
    assert tiles[1, 1] == START
    assert tiles[-2, -2] == GOAL
    assert (tiles == START).sum() == (tiles == GOAL).sum() == 1


@settings(max_examples=60)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**63))
def test_mazes_are_perfect(height, width, seed):
    if height * width > 1:
        check_perfect(tiles_of(Gridworld(maze=f"{height}x{width}", obs="grid"), seed), height, width)


@pytest.mark.parametrize(("height", "width"), [(1, 2), (2, 1), (1, 60), (60, 1), (60, 60), (7, 90)])
def test_mazes_of_the_extreme_sizes_are_perfect(height, width):
    game = Gridworld(maze=f"{height}x{width}", obs="grid")
    for seed in range(3):
        check_perfect(tiles_of(game, seed), height, width)


def test_every_seed_and_every_episode_has_its_own_maze():
    game = Gridworld(maze=8, obs="grid")
    assert len({tiles_of(game, seed).tobytes() for seed in range(100)}) == 100
    states = game.new_states([0])
    mazes = set()
    for _ in range(20):
        mazes.add(states.tile.tobytes())
        game.kernels.restart(states, np.ones(1, bool), *game.buffers(1))
    assert len(mazes) == 20


def test_of_four_rooms_either_way_round_is_as_likely():
    game = Gridworld(maze=2, obs="grid")
    found = np.unique(game.new_states(range(4000)).tile, axis=0, return_counts=True)[1]
    assert len(found) == 2, "depth first from a corner the walk goes all the way round"
    assert binomtest(int(found[0]), 4000).pvalue > 1e-4


def test_a_maze_seed_fixes_the_maze_for_all_episodes():
    game = Gridworld(maze="3x5", maze_seed=7)
    assert tiles_of(game, 1).tobytes() == tiles_of(game, 2).tobytes()
    check_perfect(tiles_of(game, 1), 3, 5)
    assert tiles_of(Gridworld(maze="3x5", maze_seed=8), 1).tobytes() != tiles_of(game, 1).tobytes()
    assert Gridworld(maze=4, maze_seed=1).level.tiles == Gridworld(maze="4x4", maze_seed=1).level.tiles
