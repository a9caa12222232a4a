"""Does the drawing of a platformer show what the state says, and nothing else?"""

from itertools import combinations

import numpy as np
import pygame
import pytest

from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.platformer.art.sprites import LEGS, SEATS, drawings, ground, runner, sprite
from envs.platformer.drawing import (
    backdrop,
    draw,
    draw_ghosts,
    draw_map,
    draw_overlay,
    land,
    map_size,
    pictures,
)
from envs.platformer.drawing.camera import camera_of
from envs.platformer.game import Platformer
from envs.platformer.physics import FAST, HEIGHT, HOP, LEFT, RIGHT, WIDTH
from envs.platformer.world import BROKE_BRICK, DIED, FINISHED, PIXEL, TILE, TOOK_COIN
from envs.view import Decision

SIZE = (832, 512)
LEVEL = (
    "title: everything\n\n"
    + 12 * f"{'.' * 64}\n"
    + "........o.B.=............F......................................\n"
    + "...................--::.........................................\n"
    + "...S..^.J..C.#w..#............................................#.\n"
    + "################################################################\n"
)
COIN, BRICK, LEDGE, LIFT = (12, 8), (12, 10), (12, 12), (13, 19)
START, SPIKES, SPRING, CHECKPOINT, WALKER = (14, 3), (14, 6), (14, 8), (14, 11), (14, 14)
EMPTY, GROUND = (9, 8), (15, 4)


def pixels(surface: pygame.Surface) -> np.ndarray:
    """Return int [height, width, 3]."""
    return pygame.surfarray.array3d(surface).transpose(1, 0, 2).astype(int)


def picture(state: np.record, size: tuple[int, int] = SIZE) -> np.ndarray:
    surface = pygame.Surface(size)
    draw(surface, state)
    return pixels(surface)


def overlaid(state: np.record, name: str, decision: Decision | None = None) -> np.ndarray:
    surface = pygame.Surface(SIZE)
    draw(surface, state)
    draw_overlay(surface, state, name, decision)
    return pixels(surface)


def tile(image: np.ndarray, state: np.record, place: tuple[int, int]) -> np.ndarray:
    """Cut the tile at (row, column) of the level out of a picture."""
    camera = camera_of(state, SIZE)
    x, y = 2 * (place[1] * 16 - camera.left), 2 * (place[0] * 16 - camera.top)
    return image[y : y + 32, x : x + 32]


def places(one: np.ndarray, other: np.ndarray, state: np.record) -> set[tuple[int, int]]:
    """Return the tiles (row, column) of the level in which two pictures differ."""
    camera = camera_of(state, SIZE)
    found = np.argwhere((one != other).any(axis=2))
    return {(int(y // 2 + camera.top) // 16, int(x // 2 + camera.left) // 16) for y, x in found}


@pytest.fixture
def game() -> Platformer:
    return Platformer(LEVEL)


@pytest.fixture
def state(game) -> np.record:
    return game.new_states([1])[0]


def test_every_drawing_is_a_rectangle_of_known_colours():
    for name, lines in drawings().items():
        assert len({len(line) for line in lines}) == 1, name
        if name not in LEGS and not name.startswith("head"):
            assert sprite(name)[..., 3].any()
    for legs in LEGS:
        assert runner(legs, 0).shape == (16, 16, 4)


def test_all_pictures_of_a_runner_differ_and_so_do_its_seats():
    for one, other in combinations(LEGS, 2):
        assert (runner(one, 0) != runner(other, 0)).any(axis=2).sum() > 4, (one, other)
    for one, other in combinations(range(4), 2):
        assert np.abs(runner("stand", one).astype(int) - runner("stand", other)).mean() > 6


def test_ground_has_grass_where_it_is_open_above_alone():
    grass = [np.array(ground((north, True, False, False), 0)[3, 8, :3], int) for north in (True, False)]
    assert grass[0][1] > grass[0][0] + 50 and grass[1][1] < grass[1][0]


def test_tiles_can_be_told_apart(state):
    image = picture(state)
    kinds = [
        tile(image, state, place)
        for place in (COIN, BRICK, LEDGE, SPIKES, SPRING, CHECKPOINT, (15, 8), (9, 8))
    ]
    for one, other in combinations(kinds, 2):
        assert (np.abs(one - other).max(axis=2) > 24).mean() > 0.08


@pytest.mark.parametrize(
    "spec", ["platformer", "platformer:levels=test,difficulty=hard", "platformer:runners=4"]
)
def test_drawing_twice_gives_the_same_pixels_and_leaves_the_state_as_it_was(spec):
    game = make_game(spec)
    states = game.new_states([3])
    for ply in range(30):
        game.step(states, np.full((1, game.seats), 4 if ply % 9 < 6 else 3))
    before, surface = states.tobytes(), pygame.Surface(SIZE)
    kept = picture(states[0])
    for known in (pictures.picture, pictures.runner, pictures.ground, pictures.number, land._land):
        known.cache_clear()
    for known in (backdrop._sky, backdrop._clouds, backdrop._mountains, backdrop._hills, backdrop._trees):
        known.cache_clear()
    assert np.array_equal(picture(states[0]), kept)
    for name in game.overlays:
        game.draw_overlay(surface, states[0], name, states, Decision(np.array([1])))
    game.draw_ghosts(surface, states[0], [states[0]])
    game.draw_map(surface, states[0], [(TILE, TILE, "death")])
    assert states.tobytes() == before


def test_nothing_is_too_small_or_too_odd_a_surface(state):
    for size in [(1, 1), (16, 16), (97, 61), (3000, 40), (20, 900), (1000, 700)]:
        surface = pygame.Surface(size)
        draw(surface, state)
        draw_map(surface, state, [(TILE, 99 * TILE, "death"), (-TILE, -TILE, "flag")])
        draw_ghosts(surface, state, [state])
        for name in ("policy", "hitboxes", "window"):
            draw_overlay(surface, state, name, Decision(np.array([1])))


def test_a_runner_is_drawn_where_its_box_is(state):
    for x, y in [(6, 14), (10, 12), (20, 8), (40, 3), (50, 14), (30, -4)]:
        state.x[0], state.y[0] = x * TILE, y * TILE
        camera = camera_of(state, SIZE)
        left, top = camera.at(state.x[0], state.y[0])
        assert 0 <= left <= camera.width - 10 and 0 <= top <= camera.height - 15
        box = picture(state)[2 * top : 2 * top + 30, 2 * left : 2 * left + 20]
        assert (np.abs(box - SEATS[0]).max(axis=2) < 4).sum() > 60


def test_the_camera_moves_with_the_runner_and_stops_at_the_ends_of_the_level(state):
    lefts, pixel_by_pixel = [], range(64 * 16 - 10)
    for x in pixel_by_pixel:
        state.x[0] = x * PIXEL
        lefts.append(camera_of(state, SIZE).left)
    assert lefts[0] == 0 and lefts[-1] == 64 * 16 - 416
    assert set(np.diff(lefts)) == {0, 1}


def test_the_camera_rests_on_the_bottom_and_goes_up_only_for_a_high_runner():
    state = Platformer("\n" + "....\n" * 28 + "S..F\n####").new_states([1])[0]
    tops = []
    for y in range(29 * 16, -16, -1):
        state.y[0] = y * PIXEL
        tops.append(camera_of(state, SIZE).top)
    assert tops[0] == 30 * 16 - 256
    assert set(np.diff(tops)) == {0, -1}
    assert tops[-1] < 0


def test_a_taken_coin_and_a_broken_brick_vanish_from_their_tile_alone(state):
    full = picture(state)
    state.coins = 0
    assert places(full, picture(state), state) == {COIN}
    state.coins, state.bricks = 1, 0
    assert places(full, picture(state), state) == {BRICK}
    state.bricks, state.foes = 1, 0
    row, col = WALKER
    assert places(full, picture(state), state) <= {
        (row + down, col + right) for down in (-1, 0) for right in (-1, 0, 1)
    }


def test_a_checkpoint_is_raised_once_reached(state):
    lowered = picture(state)
    state.checkpoint[0] = 1
    assert (
        CHECKPOINT
        in places(lowered, picture(state), state)
        <= {CHECKPOINT, (CHECKPOINT[0] - 1, CHECKPOINT[1])}
    )


def test_a_checkpoint_that_was_passed_by_is_not_raised():
    text = (
        "\n"
        + "......................\n" * 3
        + "...C..................\n"
        + ".S.......C.........F..\n"
        + "#" * 22
        + "\n"
    )
    state = Platformer(text).new_states([1])[0]
    lowered = picture(state)
    state.checkpoint[0] = 2  # the lower one: they count row by row
    changed = places(lowered, picture(state), state)
    assert (4, 9) in changed
    assert not {(3, 3), (2, 3)} & changed


def test_what_moves_is_drawn_where_the_tick_says(state):
    first = picture(state)
    state.tick = 40
    later = places(first, picture(state), state)
    assert {LIFT, WALKER} <= later
    assert not later & {START, SPIKES, LEDGE, GROUND}


@pytest.mark.parametrize("what", [TOOK_COIN, BROKE_BRICK, DIED])
def test_what_happened_is_seen_for_a_while_and_then_no_more(state, what):
    state.tick = 1000
    bare = picture(state)
    state.happened[0], state.happened_tick[0], state.happenings = what, 1000 - 6, 1
    state.happened_x[0], state.happened_y[0] = 20 * TILE, 6 * TILE
    assert places(bare, picture(state), state)
    state.happened_tick[0] = 1000 - 100
    assert not places(bare, picture(state), state)


def test_the_end_is_celebrated_though_time_stands_still(state):
    bare = picture(state)
    state.happened[0], state.happenings, state.status = FINISHED, 1, 1
    state.happened_x[0], state.happened_y[0] = 20 * TILE, 6 * TILE
    assert len(places(bare, picture(state), state)) > 5


def test_the_dead_lie_where_they_died(state):
    alive = picture(state)
    state.out[0] = 1
    assert START in places(alive, picture(state), state)


def pad_light(image: np.ndarray) -> list[float]:
    """Return how yellow each of the four buttons of the pad is."""
    yellow = (image[..., 0] + image[..., 1] - 2 * image[..., 2])[430:510, 16:272]
    return [float(yellow[:, left : left + 58].mean()) for left in (4, 64, 134, 194)]


def test_buttons_of_the_pad_are_lit_by_the_probability_that_they_are_held(game, state):
    off = pad_light(overlaid(state, "policy", Decision(np.array([0]), policy=np.eye(7)[[0]])))
    for action in range(1, 7):
        lit = pad_light(overlaid(state, "policy", Decision(np.array([0]), policy=np.eye(7)[[action]])))
        held = int(state.buttons[action])
        for bit, button in enumerate((LEFT, RIGHT, HOP, FAST)):
            assert (lit[bit] - off[bit] > 40) == bool(held & button)
    chosen = overlaid(state, "policy", Decision(np.array([4])))
    assert np.array_equal(chosen, overlaid(state, "policy", Decision(np.array([0]), policy=np.eye(7)[[4]])))
    half = pad_light(
        overlaid(state, "policy", Decision(np.array([0]), policy=np.array([[0.5, 0.5, 0, 0, 0, 0, 0]])))
    )
    right = pad_light(overlaid(state, "policy", Decision(np.array([1]))))
    assert off[1] + 20 < half[1] < right[1] - 20
    assert np.array_equal(overlaid(state, "policy"), picture(state))


def test_boxes_are_drawn_around_what_touches(state):
    changed = places(picture(state), overlaid(state, "hitboxes"), state)
    assert {COIN, BRICK, LEDGE, SPIKES, SPRING, CHECKPOINT, START, WALKER, LIFT} <= changed
    assert EMPTY not in changed
    state.coins = 0
    assert COIN not in places(picture(state), overlaid(state, "hitboxes"), state)


def test_what_the_agent_does_not_see_is_dimmed(state):
    bright, dimmed = picture(state), overlaid(state, "window")
    col, row = (int(state.x[0]) + WIDTH // 2) // TILE, (int(state.y[0]) + HEIGHT // 2) // TILE
    for down in range(2 - row, 2):  # below the purse
        for right in range(-col, 20):
            place = (row + down, col + right)
            inside = [tile(image, state, place)[8:24, 8:24] for image in (bright, dimmed)]
            assert np.array_equal(*inside) == (-7 <= down < 6 and -5 <= right < 11), place


def test_ghosts_are_where_they_are_and_the_rest_stays(state, game):
    ghost = game.new_states([1])[0]
    ghost.x[0], ghost.y[0] = 20 * TILE, 10 * TILE
    surface = pygame.Surface(SIZE)
    draw(surface, state)
    before = pixels(surface)
    draw_ghosts(surface, state, [ghost])
    changed = places(before, pixels(surface), state)
    assert (10, 20) in changed
    assert changed <= {(row, col) for row in (9, 10, 11) for col in (19, 20, 21)}


def test_the_map_shows_the_whole_level_and_marks_where_runs_ended(state):
    size = map_size(state)
    assert size[0] == 64 * 16
    plain, marked = pygame.Surface(size), pygame.Surface(size)
    draw_map(plain, state, [])
    for what in ("death", "flag", "time limit"):
        draw_map(marked, state, [(30 * TILE, 6 * TILE, what)] * 3)
        changed = (pixels(plain) != pixels(marked)).any(axis=2)[: 16 * 16]
        assert changed[6 * 16 - 8 : 6 * 16 + 8, 30 * 16 - 8 : 30 * 16 + 8].all()
        assert not changed[:, : 20 * 16].any() and not changed[:, 40 * 16 :].any()


def test_other_games_say_that_they_have_no_such_pictures():
    game = make_game("gridworld")
    state, surface = game.new_states([1])[0], pygame.Surface((9, 9))
    for ask in (
        lambda: game.draw_ghosts(surface, state, []),
        lambda: game.map_size(state),
        lambda: game.draw_map(surface, state, []),
    ):
        with pytest.raises(BadInput, match="gridworld has no picture of"):
            ask()
