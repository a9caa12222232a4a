"""Wherever a runner is, and however fast: is it never in a wall, never through one, and always well described?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.game import PLAYING
from envs.platformer.game import Platformer
from envs.platformer.moving import lift_place
from envs.platformer.physics import FASTEST_FALL, HEIGHT, RUN, SPRING_SPEED, WIDTH
from envs.platformer.tiles import ABOVE, AHEAD, PLANES, VIEW_COLS, VIEW_ROWS
from envs.platformer.world import BRICK, SOLID, TILE
from tests.envs.platformer_soup import soup

BATCH = 48


def standing(states: np.recarray, bits: int = SOLID) -> np.ndarray:
    """Return which tiles [B, rows + 2 x 8, cols + 2] have one of the bits, with broken bricks gone and walls aside."""
    rows, cols = int(states.rows[0]), int(states.cols[0])
    tiles = states.tile[:, : rows * cols].copy()
    number = np.arange(states.brick_cell.shape[1])
    broken = (states.bricks[:, None] >> number & 1 == 0) & (number < states.brick_count[:, None])
    which, brick = np.nonzero(broken)
    tiles[which, states.brick_cell[which, brick]] = 0
    found = np.zeros((len(states), rows + 16, cols + 2), np.bool_)
    found[:, 8:-8, 1:-1] = (tiles & bits).reshape(-1, rows, cols) != 0
    if bits & SOLID:
        found[:, :, 0] = found[:, :, -1] = True
    return found


def in_wall(states: np.recarray, seat: int = 0) -> np.ndarray:
    """Return which runners have a corner in something solid; no tile fits between two corners."""
    walls, which = standing(states), np.arange(len(states))
    inside = np.zeros(len(states), np.bool_)
    for right in (0, WIDTH - 1):
        for down in (0, HEIGHT - 1):
            row = np.clip((states.y[:, seat] + down) // TILE + 8, 0, walls.shape[1] - 1)
            inside |= walls[which, row, (states.x[:, seat] + right) // TILE + 1]
    return inside


def anywhere(game: Platformer, rng: np.random.Generator) -> np.recarray:
    """Put runners at random places, outside walls, at any speed that there is."""
    states = game.new_states(np.zeros(BATCH))
    rows, cols = int(states.rows[0]), int(states.cols[0])
    for seat in range(game.seats):
        states.x[:, seat] = rng.integers(0, cols * TILE - WIDTH + 1, BATCH)
        states.y[:, seat] = rng.integers(-TILE, rows * TILE, BATCH)
        while (stuck := in_wall(states, seat)).any():
            states.x[stuck, seat] = rng.integers(0, cols * TILE - WIDTH + 1, stuck.sum())
            states.y[stuck, seat] = rng.integers(-3 * TILE, rows * TILE, stuck.sum())
        states.vx[:, seat] = rng.integers(-RUN, RUN + 1, BATCH)
        states.vy[:, seat] = rng.integers(-SPRING_SPEED, FASTEST_FALL + 1, BATCH)
        states.footing[:, seat] = rng.integers(2, size=BATCH)
        states.lift_off[:, seat] = rng.integers(3, size=BATCH)
    states.tick[:] = rng.integers(100_000, size=BATCH)
    return states


@settings(max_examples=40)
@given(st.integers(0, 10**9), st.sampled_from([1, 2]))
def test_no_runner_is_ever_in_a_wall_or_outside_the_level(seed, runners):
    rng = np.random.default_rng(seed)
    game = Platformer(soup(seed), actions="buttons", frame_skip=1, lives=9, runners=runners)
    states = anywhere(game, rng)
    actions = rng.integers(16, size=(BATCH, runners))
    for _ in range(80):
        again = rng.random((BATCH, runners)) < 0.15
        actions[again] = rng.integers(16, size=again.sum())
        game.step(states, actions)
        for seat in range(runners):
            assert not (in_wall(states, seat) & (states.out[:, seat] == 0)).any()
        assert (states.x >= 0).all()
        assert (states.x + WIDTH <= states.cols[:, None] * TILE).all()
        assert (np.abs(states.vx) <= RUN).all()
        assert (states.vy >= -SPRING_SPEED).all()
        assert (states.vy <= FASTEST_FALL).all()


@given(st.integers(0, 2 * TILE), st.integers(0, RUN), st.sampled_from(["left", "right"]))
def test_no_speed_goes_through_a_thin_wall(distance, speed, side):
    way = 1 if side == "right" else -1
    game = Platformer("\nS.......#.......F\n#################", actions="buttons", frame_skip=1)
    states = game.new_states([0])
    states.x[:] = 8 * TILE - WIDTH - distance if way > 0 else 9 * TILE + distance
    states.vx[:] = way * speed
    for _ in range(60):
        game.step(states, [[8 + (2 if way > 0 else 1)]])
        assert states.x[0, 0] + WIDTH <= 8 * TILE if way > 0 else states.x[0, 0] >= 9 * TILE


@given(st.integers(0, 6 * TILE), st.integers(0, FASTEST_FALL), st.sampled_from("#=B"))
def test_no_fall_goes_through_a_thin_floor(distance, speed, floor):
    game = Platformer("\nS..F" + "\n...." * 8 + "\n" + floor * 4 + "\n....", actions="buttons", frame_skip=1)
    states = game.new_states([0])
    states.y[:] = 9 * TILE - HEIGHT - distance
    states.vy[:] = speed
    for _ in range(60):
        game.step(states, [[0]])
    assert states.y[0, 0] == 9 * TILE - HEIGHT


@given(
    st.integers(0, 3 * TILE),
    st.integers(0, FASTEST_FALL),
    st.sampled_from([1, 80, 777, 1000]),
    st.integers(0, 10**6),
)
def test_no_fall_goes_through_a_lift(distance, speed, lift_speed, tick):
    level = (
        f"lift speed: {lift_speed}\n\n" + "......\n" * 8 + "\n".join(["..||..", *["..:..."] * 5, "S....F"])
    )
    game = Platformer(level, actions="buttons", frame_skip=1)
    states = game.new_states([0])
    states.tick[:] = tick
    x, y = lift_place(states[0], 0, tick)
    states.x[:], states.y[:], states.vy[:] = x + TILE // 2, y - HEIGHT - distance, speed
    for _ in range(200):
        game.step(states, [[0]])
        assert states.y[0, 0] + HEIGHT <= lift_place(states[0], 0, states.tick[0])[1]
    assert states.footing[0, 0] == 2


@pytest.mark.parametrize("obs", ["tiles", "features"])
def test_what_is_seen_is_in_the_space_wherever_a_runner_is(obs):
    for seed in range(30):
        rng = np.random.default_rng(seed)
        game = Platformer(soup(seed), obs=obs, runners=2, frame_skip=1, lives=9)
        states = anywhere(game, rng)
        for _ in range(10):
            seen = game.observe(states)[0].reshape(-1, *game.observation_space.shape)
            assert all(map(game.observation_space.contains, seen))
            game.step(states, rng.integers(7, size=(BATCH, 2)))


def test_the_window_is_the_part_of_the_level_around_the_runner():
    for seed in range(30):
        game = Platformer(soup(seed), actions="buttons", frame_skip=1)
        rng = np.random.default_rng(seed)
        states = anywhere(game, rng)
        for _ in range(20):
            game.step(states, rng.integers(16, size=(BATCH, 1)))
        seen = game.observe(states)[0][:, 0]
        rows, cols = int(states.rows[0]), int(states.cols[0])
        for bits, plane in ((SOLID, "solid"), (BRICK, "brick")):
            wide = np.zeros((BATCH, rows + 80, cols + 80), np.bool_)
            wide[:, :, :40] = wide[:, :, -40:] = bits == SOLID
            wide[:, 40:-40, 40:-40] = standing(states, bits)[:, 8:-8, 1:-1]
            for state, picture, own in zip(states, seen, wide, strict=True):
                if state.status == PLAYING and state.y[0] > -20 * TILE:
                    top = (int(state.y[0]) + HEIGHT // 2) // TILE - ABOVE + 40
                    left = (int(state.x[0]) + WIDTH // 2) // TILE - AHEAD + 40
                    part = own[top : top + VIEW_ROWS, left : left + VIEW_COLS]
                    assert (picture[PLANES.index(plane)] == 255 * part).all()
        assert (seen[:, PLANES.index("self"), ABOVE, AHEAD] > 0).all()
