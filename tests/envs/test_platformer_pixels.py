"""Do the pixels that a runner sees show the level as it stands, around the runner?"""

from itertools import combinations

import numpy as np
import pytest

from envs.platformer.art.sprites import ground, sprite
from envs.platformer.game import Platformer
from envs.platformer.physics import HEIGHT, WIDTH
from envs.platformer.pixels import write_pixels
from envs.platformer.world import PIXEL, TILE

LEVEL = (
    "\n"
    + 11 * f"{'.' * 64}\n"
    + ".......o.B.=..^.J.C..F..........................................\n"
    + "................................................................\n"
    + "...................--::.........................................\n"
    + ".S.............#w.....#..........#.o..#v..........B.............\n"
    + "#############.############.##.###########..#####################\n"
)
ROW, COIN, BRICK = 11, 7, 9  # where some things are
THINGS = {
    "coin": (ROW, COIN),
    "brick": (ROW, BRICK),
    "ledge": (ROW, 11),
    "spikes": (ROW, 14),
    "spring": (ROW, 16),
}
THINGS |= {"checkpoint": (ROW, 18), "pole": (ROW, 21), "flag": (ROW - 4, 21), "air": (ROW, 24)}
THINGS |= {"grass": (15, 10), "earth": (15, 33)}
SIDES = {"pixels": 4, "grey": 6}


def level(obs: str, runners: int = 1) -> np.record:
    return Platformer(LEVEL, obs=obs, runners=runners).new_states([1])[0]


def seen(state: np.record, obs: str, seat: int = 0) -> np.ndarray:
    """Return int [rows, cols, colours]."""
    out = np.full((64, 64, 3) if obs == "pixels" else (84, 84, 1), 77, np.uint8)
    write_pixels(state, seat, out)
    return out.astype(int)


def put(state: np.record, col: float, row: float, seat: int = 0) -> np.record:
    """Put the middle of a runner in the middle of a tile."""
    state.x[seat] = col * TILE + TILE // 2 - WIDTH // 2
    state.y[seat] = row * TILE + TILE // 2 - HEIGHT // 2
    return state


def tile(image: np.ndarray, state: np.record, row: int, col: int) -> np.ndarray:
    """Cut a tile of the level out of a picture that shows the bottom of the level."""
    side = 4 if image.shape[0] == 64 else 6
    across = (int(state.x[0]) + WIDTH // 2) * side // TILE - len(image) // 3
    y, x = row * side - (16 * side - len(image)), col * side - across
    return image[y : y + side, x : x + side]


@pytest.mark.parametrize("obs", SIDES)
def test_the_picture_scrolls_with_the_runner_pixel_by_pixel(obs):
    state = put(level(obs), 12, 6)
    state.foes = 0
    size, side = (64, 4) if obs == "pixels" else (84, 6)
    free = np.ones(size, bool)
    free[size // 3 - side : size // 3 + side + 1] = False  # the columns of the runner
    before = seen(state, obs)
    for steps in range(1, 2 * side + 1):
        put(state, 12 + steps / side + 0.001, 6)
        after = seen(state, obs)
        both = free[steps:] & free[: size - steps]
        assert np.array_equal(before[:, steps:][:, both], after[:, : size - steps][:, both])
        assert not np.array_equal(before[:, free], after[:, free])


@pytest.mark.parametrize("obs", SIDES)
def test_the_level_rests_on_the_bottom_and_moves_down_for_a_high_runner(obs):
    size, side = (64, 4) if obs == "pixels" else (84, 6)
    resting = [seen(put(level(obs), 30, row), obs) for row in (14, 12, 9)]
    ground_row = resting[0][-side:]
    for image in resting:
        assert np.array_equal(image[-side:], ground_row)
    for row in (3, 0, -3):
        image = seen(put(level(obs), 30, row), obs)
        top = (row * TILE + TILE // 2) * side // TILE - size // 3  # in pixels of the level
        shown = image[15 * side - top : 16 * side - top]
        assert np.array_equal(shown, ground_row[: len(shown)])


@pytest.mark.parametrize("obs", SIDES)
def test_every_kind_of_tile_looks_its_own(obs):
    state, kinds = level(obs), {}
    state.foes = 0
    for name, (row, col) in THINGS.items():
        put(state, max(0, col - 4), 14)
        kinds[name] = tile(seen(state, obs), state, row, col)
    for (one, here), (other, there) in combinations(kinds.items(), 2):
        assert np.abs(here - there).mean() > 7, (one, other)


@pytest.mark.parametrize("obs", SIDES)
def test_tiles_are_means_of_their_drawings(obs):
    state = put(level(obs), 10, 8)
    image, side = seen(state, obs), SIDES[obs]
    grass = ground((True, False, False, False), 0)
    for drawing, row, col in ((sprite("brick"), ROW, BRICK), (grass, 15, 10)):
        here = tile(image, state, row, col)
        for y in range(side):
            for x in range(side):
                total, weight = np.zeros(3), 0.0
                for down in range(16):  # how much of each pixel of the drawing lies in this one
                    for right in range(16):
                        high = min((y + 1) * 16 / side, down + 1) - max(y * 16 / side, down)
                        wide = min((x + 1) * 16 / side, right + 1) - max(x * 16 / side, right)
                        if high > 0 and wide > 0:
                            total += high * wide * drawing[down, right, :3]
                            weight += high * wide
                expected = total / weight
                if obs == "grey":
                    expected = np.array([expected @ [0.299, 0.587, 0.114]])
                assert np.abs(here[y, x] - expected).max() <= 2


@pytest.mark.parametrize("obs", SIDES)
def test_a_taken_coin_a_broken_brick_and_a_felled_foe_vanish(obs):
    state = put(level(obs), 10, 8)
    full, air = seen(state, obs), tile(seen(state, obs), state, ROW, COIN + 1)
    state.coins &= ~1
    assert np.array_equal(tile(seen(state, obs), state, ROW, COIN), air)
    state.coins |= 1
    state.bricks &= ~1
    assert np.array_equal(tile(seen(state, obs), state, ROW, BRICK), air)
    assert (seen(state, obs) != full).any(axis=2).sum() <= SIDES[obs] ** 2
    state.bricks |= 1
    state.foes = 0
    gone = np.argwhere((seen(state, obs) != full).any(axis=2))
    assert 4 <= len(gone) <= SIDES[obs] ** 2


def test_foes_and_lifts_are_where_the_tick_says():
    state = put(level("pixels"), 15, 8)
    state.coins = 0
    for row, cols in ((14, (16, 17, 18, 19, 20, 21)), (13, (19, 20, 21, 22))):
        looks = []
        for tick in (0, 60):
            state.tick = tick
            looks.append([tile(seen(state, "pixels"), state, row, col) for col in cols])
        moved = [not np.array_equal(*pair) for pair in zip(*looks, strict=True)]
        assert any(moved) and not all(moved)


@pytest.mark.parametrize("obs", SIDES)
def test_the_runner_is_always_seen_in_its_column(obs):
    size, side = (64, 4) if obs == "pixels" else (84, 6)
    third = slice(size // 3 - side // 2 - 1, size // 3 + side // 2 + 1)
    for col, row in ((2, 14), (0, 14), (20, 9), (40, 0), (40, -5), (63, 13)):
        state = put(level(obs), col, row)
        state.foes = state.coins = 0
        here = seen(state, obs)
        state.facing[0] = -1
        changed = np.argwhere((here != seen(state, obs)).any(axis=2))
        assert len(changed) > side and set(changed[:, 1]) <= set(range(third.start, third.stop))


@pytest.mark.parametrize("obs", SIDES)
def test_only_the_checkpoint_to_which_a_runner_goes_back_is_raised(obs):
    """The higher one, which is the first row by row, is passed by on the way to the lower one."""
    text = LEVEL.replace(".......o.B.=", ".....C.o.B.=").replace("J.C..F", "J....F")
    text = text.replace("...................--::", "...........C.......--::")
    state = put(Platformer(text, obs=obs).new_states([1])[0], 8, 14)
    state.foes = 0
    lowered = seen(state, obs)
    state.checkpoint[0] = 2
    raised = seen(state, obs)
    assert not np.array_equal(tile(raised, state, ROW + 2, 11), tile(lowered, state, ROW + 2, 11))
    assert np.array_equal(tile(raised, state, ROW, 5), tile(lowered, state, ROW, 5))


def test_beyond_the_sides_is_wall():
    image = seen(put(level("pixels"), 0, 8), "pixels")
    wall = 64 // 3 - 2  # pixels left of the level
    assert np.ptp(image[8:56, : wall - 4], axis=(0, 1)).max() < 60
    assert (image[8:40, wall + 8 :] @ [1, 0, -1] < 0).all(), "the sky is blue"
    assert (image[8:40, :wall] @ [1, 0, -1] > 0).all(), "earth is not"


def test_one_sees_oneself_unlike_the_others_and_each_seat_itself_alike():
    state = level("pixels", 2)
    put(state, 10, 5, 0)
    put(state, 14, 5, 1)
    state.foes = state.coins = 0
    first, second = seen(state, "pixels", 0), seen(state, "pixels", 1)
    rows, side = slice(64 // 3 - 3, 64 // 3 + 3), 4
    own = [image[rows, 64 // 3 - 3 : 64 // 3 + 3] for image in (first, second)]
    others = first[rows, 64 // 3 - 3 + 4 * side : 64 // 3 + 3 + 4 * side]
    assert np.array_equal(*own)
    assert np.abs(own[0] - others).max() > 60
    state.out[1] = 1
    alone = seen(state, "pixels", 0)
    assert np.array_equal(alone[rows, 64 // 3 - 3 : 64 // 3 + 3], own[0])
    assert not np.array_equal(alone, first)


def test_the_picture_comes_through_the_game_and_every_pixel_is_written():
    for obs, shape in (("pixels", (2, 1, 64, 64, 3)), ("grey", (2, 1, 84, 84, 1))):
        game = Platformer(levels="train", obs=obs)
        states = game.new_states([1, 2])
        observation, mask = game.buffers(2)
        assert observation.shape == shape
        for filling in (0, 255):
            observation[:] = filling
            game.kernels.observe(states, observation, mask)
            if filling == 0:
                first = observation.copy()
        assert np.array_equal(first, observation)
        for k in range(2):
            assert np.array_equal(seen(states[k], obs), observation[k, 0])
        assert states.x[0, 0] % PIXEL == 0
