"""Does the drawing of a gridworld show what the state says, and do overlays show what the agent thinks?"""

from itertools import combinations, pairwise

import numpy as np
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.catalog import make_game
from envs.drawing import canvas
from envs.gridworld.drawing import board, draw, draw_overlay, things
from envs.gridworld.drawing.palette import BACKGROUND, SEATS
from envs.gridworld.game import Gridworld
from envs.gridworld.level import shipped_levels
from envs.gridworld.rules import CLIFF, GOAL, LAVA, PRIZE, WALL
from envs.view import Decision

NORTH, EAST, SOUTH, WEST = range(4)
EVERYTHING = """hunger: 20
wind: 0 0 0 0 0 0 0 0 0 0 0 2

############
#S.Ggx~*o11#
#abcd..ABCD#
#.2.3.4.56.#
#.2.3.4.56.#
#.7.8.9....#
#.7.8.9SSSS#
############
"""


def pixels(surface: pygame.Surface) -> np.ndarray:
    """Return int [height, width, 3]."""
    return pygame.surfarray.array3d(surface).transpose(1, 0, 2).astype(int)


def picture(state: np.record, side: int = 48) -> np.ndarray:
    surface = pygame.Surface((int(state.cols) * side, int(state.rows) * side))
    draw(surface, state)
    return pixels(surface)


def overlaid(state: np.record, name: str, places: np.recarray, decision: Decision | None) -> np.ndarray:
    side = 48
    surface = pygame.Surface((int(state.cols) * side, int(state.rows) * side))
    draw(surface, state)
    draw_overlay(surface, state, name, places, decision)
    return pixels(surface)


def cells(image: np.ndarray, side: int = 48) -> np.ndarray:
    """Cut a picture without margins into its cells: [cells, side, side, 3], row by row."""
    rows, cols = image.shape[0] // side, image.shape[1] // side
    return image.reshape(rows, side, cols, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)


def changed(one: np.ndarray, other: np.ndarray) -> list[int]:
    """Return the cells in which two pictures differ."""
    return np.flatnonzero((cells(one) != cells(other)).any(axis=(1, 2, 3))).tolist()


def share_that_differs(one: np.ndarray, other: np.ndarray, by: int = 24) -> float:
    return float((np.abs(one - other).max(axis=-1) > by).mean())


def start(spec: str) -> np.record:
    return make_game(spec).new_states([1])[0]


@pytest.fixture(scope="module")
def everything() -> np.record:
    state = Gridworld(EVERYTHING, obs="grid", foragers=4).new_states([5])[0]
    state.cell[:] = [6 * 12 + 7 + seat for seat in range(4)]
    return state


@pytest.fixture(scope="module")
def corridor() -> tuple[Gridworld, np.record]:
    game = make_game("gridworld:level=corridor")
    return game, game.new_states([1])[0]


@pytest.mark.parametrize("level", shipped_levels())
def test_every_level_fills_surfaces_of_any_shape_with_square_cells_in_the_middle(level):
    state = start(f"gridworld:level={level},obs=grid")
    rows, cols = int(state.rows), int(state.cols)
    for size in [(cols * 8, rows * 8), (333, 217), (90, 400), (cols * 64, rows * 64)]:
        surface = pygame.Surface(size)
        draw(surface, state)
        inside = (pixels(surface) != BACKGROUND).any(axis=2)
        down, across = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        side = min(size[0] // cols, size[1] // rows)
        assert (down[-1] - down[0] + 1, across[-1] - across[0] + 1) == (rows * side, cols * side)
        assert abs(down[0] - (size[1] - 1 - down[-1])) <= 1
        assert abs(across[0] - (size[0] - 1 - across[-1])) <= 1


@given(size=st.tuples(st.integers(1, 300), st.integers(1, 300)))
@settings(max_examples=30)
def test_no_surface_is_too_small(size):
    state = start("gridworld:maze=30x60,maze_seed=1,obs=grid")
    surface = pygame.Surface(size)
    draw(surface, state)
    draw_overlay(surface, state, "visits", np.array([state]).view(np.recarray), None)
    assert (pixels(surface) != BACKGROUND).any()


@pytest.mark.parametrize("level", shipped_levels())
def test_drawing_leaves_the_state_as_it_was(level):
    game = make_game(f"gridworld:level={level},obs=grid")
    state = game.new_states([3])[0]
    before, places = state.tobytes(), game.places(state)
    surface = pygame.Surface(game.picture_size(state))
    q = np.random.default_rng(1).normal(size=(len(places), 4))
    for name in game.overlays:
        draw_overlay(surface, state, name, places, Decision(q.argmax(axis=1), q=q))
    draw(surface, state)
    assert state.tobytes() == before


@pytest.mark.parametrize("side", [8, 24, 64])
def test_tiles_can_be_told_apart(everything, side):
    tiles = cells(picture(everything, side), side)
    names = ("floor", "goal", "prize", "cliff", "lava", "ice", "apple", "portal")
    places = {name: 14 + at for at, name in enumerate(names)}
    places |= {"wall": 60, "key": 25, "door": 31, "forager": 79}
    for (one, here), (other, there) in combinations(places.items(), 2):
        differs = share_that_differs(tiles[here], tiles[there])
        assert differs > 0.08, f"{one} and {other} differ in {differs:.1%} of their pixels"


def test_the_start_is_marked_faintly():
    state = start("gridworld:level=open_field")
    state.cell[0] = 0
    image = cells(picture(state))
    mark = np.abs(image[11] - image[13])
    assert 0.02 < (mark.max(axis=-1) > 8).mean() < 0.5
    assert mark.max() < 60


def test_wind_is_drawn_the_way_it_blows():
    tiles = cells(picture(Gridworld("wind: 0 1 3 -1\n\n....\n....\nS..G").new_states([1])[0]))
    north, strong, south = (
        (tiles[cell] != tiles[like]).any(axis=2) for cell, like in ((5, 0), (6, 4), (7, 0))
    )
    assert strong.sum() > 2 * north.sum() > 0
    assert height_at_tip(north) < height_at_ends(north)
    assert height_at_tip(south) > height_at_ends(south)


def height_at_tip(mark: np.ndarray) -> float:
    return float(np.nonzero(mark[:, 22:26])[0].mean())


def height_at_ends(mark: np.ndarray) -> float:
    ends = mark.copy()
    ends[:, 17:31] = False
    return float(np.nonzero(ends)[0].mean())


def test_keys_doors_portals_and_foragers_differ_in_colour(everything):
    tiles = cells(picture(everything))
    keys, doors = tiles[25:29], tiles[31:35]
    portals = tiles[[21, 38, 40, 42, 44, 45, 62, 64, 66]]
    foragers = tiles[79:83]
    for kinds, distance in ((keys, 20), (doors, 40), (portals, 15), (foragers, 20)):
        for one, other in combinations(kinds, 2):
            assert np.abs(one - other).mean() > distance / 3


def test_keys_doors_portals_and_foragers_differ_in_shape_too(everything, monkeypatch):
    for palette in ("KEYS", "PORTALS", "SEATS"):
        monkeypatch.setattr(things, palette, [(120, 120, 120)] * 9)
    canvas.sprite.cache_clear()
    tiles = cells(picture(everything))
    canvas.sprite.cache_clear()
    portals = tiles[[21, 38, 40, 42, 44, 45, 62, 64, 66]]
    for kinds in (tiles[25:29], tiles[31:35], portals, tiles[79:83]):
        for one, other in combinations(kinds, 2):
            assert share_that_differs(one, other) > 0.006


def test_both_ends_of_a_portal_look_alike_and_other_pairs_do_not(everything):
    tiles = cells(picture(everything))
    for top in (38, 40, 42):
        assert share_that_differs(tiles[top], tiles[top + 12]) < 0.02
        assert share_that_differs(tiles[top], tiles[top + 2]) > 0.1


@pytest.mark.parametrize("foragers", [2, 4])
def test_every_forager_is_where_its_colour_is(foragers):
    game = make_game(f"gridworld:level=orchard,obs=grid,foragers={foragers}")
    states = game.new_states([7])
    for ply in range(12):
        image = cells(picture(states[0]))
        for seat, cell in enumerate(states[0].cell):
            near = (np.abs(image - SEATS[seat]).max(axis=-1) < 24).sum(axis=(1, 2))
            assert near.argmax() == cell
        game.step(states, np.array([[(ply + seat) % 4 for seat in range(foragers)]]))


def test_the_dead_have_lost_their_colour():
    state = start("gridworld:level=orchard,obs=grid,foragers=2")
    alive = cells(picture(state))[state.cell[1]]
    state.out[1] = 1
    dead = cells(picture(state))[state.cell[1]]
    saturation = [np.ptp(tile, axis=-1).mean() for tile in (alive, dead)]
    assert saturation[1] < saturation[0] / 2
    assert changed(picture(state), picture(start("gridworld:level=orchard,obs=grid,foragers=2"))) == [
        state.cell[1]
    ]


def test_an_eaten_apple_changes_its_cell_alone():
    state = start("gridworld:level=picnic")
    full = picture(state)
    for cell in np.flatnonzero(state.tile == 8):
        state.ripe = 0b111111 & ~(1 << int(state.link[cell]))
        eaten = picture(state)
        assert changed(full, eaten) == [cell]
        red = [((tile[..., 0] - tile[..., 1:].max(axis=-1)) > 90).sum() for tile in cells(full)[[cell]]]
        assert (
            red[0]
            > 100
            > ((cells(eaten)[cell][..., 0] - cells(eaten)[cell][..., 1:].max(axis=-1)) > 90).sum()
        )


def test_food_shows_in_the_cell_of_its_forager_alone():
    state = start("gridworld:level=apple_world,obs=grid")
    hungry = []
    for food in (16, 8, 2):
        state.food[0] = food
        hungry.append(picture(state))
    for one, other in pairwise(hungry):
        assert changed(one, other) == [state.cell[0]]
    bars = [cells(image)[state.cell[0]][3] for image in hungry]  # the row of pixels through the bar
    lengths = [(np.ptp(bar, axis=-1) > 80).sum() for bar in bars]
    assert lengths[0] > lengths[1] > lengths[2] > 0


def test_a_key_that_is_held_is_gone_and_its_door_ajar():
    state = start("gridworld:level=keys_and_doors")
    before = picture(state)
    state.held[0] = 0b01
    key, door = (int(np.flatnonzero((state.tile == tile) & (state.link == 0))[0]) for tile in (10, 11))
    after = picture(state)
    assert sorted(changed(before, after)) == sorted([key, door, int(state.cell[0])])
    floor = cells(before)[key + 2]  # two further east: the same light or dark floor, and as far from walls
    assert np.array_equal(cells(after)[key], floor)
    assert share_that_differs(cells(after)[door], cells(before)[door]) > 0.4


def test_the_same_state_gives_the_same_pixels_with_and_without_what_was_kept():
    state = start("gridworld:level=portals")
    kept = picture(state)
    for known in (canvas.sprite, canvas.lettering, board._ground, board._things):
        known.cache_clear()
    pygame.font.init()
    pygame.font.quit()  # a font kept from before would crash the interpreter
    assert np.array_equal(picture(state), kept)
    assert np.array_equal(picture(state), kept)


@pytest.mark.parametrize("action", range(4))
def test_an_arrow_points_where_the_policy_goes(corridor, action):
    game, state = corridor
    places = game.places(state)
    policy = np.eye(4)[np.full(len(places), action)]
    ways = np.abs(
        overlaid(state, "policy", places, Decision(policy.argmax(axis=1), policy=policy)) - picture(state)
    )
    mass = cells(ways).sum(axis=-1)
    for cell in set(places.cell[:, 0]) - {state.cell[0], 16}:
        down, across = centre(mass[cell])
        away, aside = {
            NORTH: (-down, across),
            EAST: (across, down),
            SOUTH: (down, across),
            WEST: (-across, down),
        }[action]
        assert away > 6
        assert abs(aside) < 1


def centre(mass: np.ndarray) -> tuple[float, float]:
    """Return how far the centre of mass lies below and right of the middle, in pixels."""
    at = np.arange(mass.shape[0]) - (mass.shape[0] - 1) / 2
    return float(mass.sum(axis=1) @ at / mass.sum()), float(mass.sum(axis=0) @ at / mass.sum())


def test_a_likelier_action_has_more_of_an_arrow(corridor):
    game, state = corridor
    places = game.places(state)
    amounts = []
    for p in (0.0, 0.25, 0.5, 0.75, 1.0):
        policy = np.tile([0, p, 0, 0], (len(places), 1))
        image = overlaid(state, "policy", places, Decision(np.zeros(len(places), int), policy=policy))
        amounts.append(np.abs(cells(image)[12] - cells(picture(state))[12]).sum())
    assert amounts[0] == 0
    assert all(less < more for less, more in pairwise(amounts))


def test_a_greedy_policy_shows_all_of_the_best_actions(corridor):
    game, state = corridor
    places = game.places(state)
    q = np.tile([0.5, 1.0, 0.2, 1.0], (len(places), 1))
    mass = np.abs(overlaid(state, "policy", places, Decision(q.argmax(axis=1), q=q)) - picture(state)).sum(
        axis=2
    )
    mark = cells(np.repeat(mass[..., None], 3, axis=2))[12][..., 0] > 0
    assert mark[20:28, 4:16].any() and mark[20:28, 32:44].any()
    assert not mark[:14].any() and not mark[34:].any()
    assert (mark != mark[:, ::-1]).mean() < 0.03


def test_heat_is_brighter_the_higher_the_value(corridor):
    game, state = corridor
    places = game.places(state)
    value = np.linspace(-3, 5, len(places))
    tiles = cells(overlaid(state, "value", places, Decision(np.zeros(len(places), int), value=value)))
    light = [(tiles[cell][10:14, 4:44] @ [0.3, 0.59, 0.11]).mean() for cell in range(11, 16)]
    assert all(more - less > 8 for less, more in pairwise(light))
    assert changed(
        picture(state), overlaid(state, "value", places, Decision(value.argmax(), value=value))
    ) == [*range(10, 16)]


def test_what_is_no_number_is_not_drawn(corridor):
    game, state = corridor
    places = game.places(state)
    nothing = np.full(len(places), np.nan)
    some = nothing.copy()
    some[3] = 1.0
    bare, actions = picture(state), np.zeros(len(places), int)
    for name in ("value", "policy", "q"):
        blank = Decision(actions, nothing, np.tile(nothing[:, None], 4), np.tile(nothing[:, None], 4))
        assert changed(bare, overlaid(state, name, places, blank)) == []
        one = Decision(actions, some, np.tile(some[:, None], 4), np.tile(some[:, None], 4))
        assert changed(bare, overlaid(state, name, places, one)) == [int(places.cell[3, 0])]
    assert changed(bare, overlaid(state, "value", places, None)) == []


@pytest.mark.parametrize("level", ["cliff", "lava_bridge", "temptation", "four_rooms"])
def test_nobody_thinks_where_the_game_is_over(level):
    game = make_game(f"gridworld:level={level}")
    state = game.new_states([1])[0]
    places = game.places(state)
    q = np.random.default_rng(2).normal(size=(len(places), 4))
    for name in ("policy", "value", "q"):
        tiles = state.tile[
            changed(picture(state), overlaid(state, name, places, Decision(q.argmax(axis=1), q=q)))
        ]
        assert not np.isin(tiles, (WALL, GOAL, PRIZE, CLIFF, LAVA)).any()
        assert len(tiles) >= np.isin(state.tile[: state.rows * state.cols], (0, 2)).sum() - 1


@pytest.mark.parametrize("best", range(4))
def test_the_best_action_has_the_brightest_quarter(best):
    game = make_game("gridworld:level=open_field")
    state = game.new_states([1])[0]
    places = game.places(state)
    rng = np.random.default_rng(best)
    q = rng.uniform(0, 1, (len(places), 4))
    q[:, best] = 2 + np.arange(len(places)) / len(places)
    tiles = cells(overlaid(state, "q", places, Decision(q.argmax(axis=1), q=q))) @ [0.3, 0.59, 0.11]
    quarters = {
        NORTH: np.s_[15:19, 21:27],
        EAST: np.s_[21:27, 29:33],
        SOUTH: np.s_[29:33, 21:27],
        WEST: np.s_[21:27, 15:19],
    }
    for i, cell in enumerate(places.cell[:, 0]):
        if i > len(places) // 2 and cell not in (state.cell[0], 88):
            light = [tiles[cell][quarters[action]].mean() for action in range(4)]
            assert np.argmax(light) == best


def test_visits_are_the_darker_the_more_there_were(corridor):
    _, state = corridor
    been = np.repeat(np.array([state]), 6).view(np.recarray)
    been.cell[:, 0] = [11, 12, 12, 13, 13, 13]
    image = overlaid(state, "visits", been, None)
    assert changed(picture(state), image) == [11, 12, 13]
    light = [(cells(image)[cell][10:14, 4:44] @ [0.3, 0.59, 0.11]).mean() for cell in (14, 11, 12, 13)]
    assert all(less - more > 8 for less, more in pairwise(light))


def test_an_overlay_is_of_the_forager_that_is_moved():
    game = make_game("gridworld:level=orchard,obs=grid,foragers=3")
    state = game.new_states([1])[0]
    state.held[:] = 0
    places = game.places(state, seat=2)
    value = (places.cell[:, 2] == 58).astype(float)
    tiles = cells(overlaid(state, "value", places, Decision(np.zeros(len(places), int), value=value)))
    light = (tiles[:, 10:14, 4:44] @ [0.3, 0.59, 0.11]).mean(axis=(1, 2))
    assert light[58] > light[57] + 60 and light[58] > light[59] + 60
