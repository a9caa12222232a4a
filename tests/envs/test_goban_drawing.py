"""Does the drawing of a Go board show what the state says, and do clicks and overlays fit it?"""

import numpy as np
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.catalog import make_game
from envs.drawing import canvas
from envs.goban import drawing
from envs.goban.board_text import vertex
from envs.goban.drawing import board, materials
from envs.goban.drawing.layout import layout
from envs.goban.points import BLACK, WHITE
from envs.goban.state import state_dtype
from envs.view import Decision

PASS9 = 81


def pixels(surface: pygame.Surface) -> np.ndarray:
    """Return int [width, height, 3]."""
    return pygame.surfarray.array3d(surface).astype(int)


def picture(state: np.record, size: tuple[int, int] | None = None) -> np.ndarray:
    surface = pygame.Surface(size or drawing.picture_size(state))
    drawing.draw(surface, state)
    return pixels(surface)


def overlaid(
    state: np.record, name: str, decision: Decision | None, places: np.recarray | None = None
) -> np.ndarray:
    surface = pygame.Surface(drawing.picture_size(state))
    drawing.draw(surface, state)
    here = np.array([state], state.dtype).view(np.recarray) if places is None else places
    drawing.draw_overlay(surface, state, name, here, decision)
    return pixels(surface)


def changed(one: np.ndarray, other: np.ndarray, state: np.record) -> set[int | None]:
    """Return the points in which two pictures differ, None for what is off the board."""
    size = one.shape[:2]
    return {
        drawing.action_at(state, size, (int(x), int(y))) for x, y in np.argwhere((one != other).any(axis=2))
    }


def blank(side: int, *stones: int) -> np.record:
    """Return a record without a game in it, with stones on its first points."""
    state = np.zeros(1, state_dtype(side)).view(np.recarray)[0]
    state.side = side
    for point, colour in enumerate(stones):
        put(state, point, colour)
    return state


def put(state: np.record, point: int, colour: int) -> None:
    state.board[point + point // int(state.side) + int(state.side) + 1] = colour


def start(spec: str, *moves: int) -> np.record:
    game = make_game(spec)
    states = game.new_states([1])
    for move in moves:
        assert game.fault(states[0], move) == ""
        game.step(states, np.array([[move]]))
    return states[0]


def middles(state: np.record, size: tuple[int, int]) -> dict[int, tuple[int, int]]:
    """Return where each point is drawn: the middle of what a stone there changes."""
    bare, found = picture(state, size), {}
    for point in range(int(state.side) ** 2):
        one = state.copy()
        put(one, point, BLACK)
        at = np.argwhere(np.abs(picture(one, size) - bare).sum(axis=2) > 120)  # the shadow is fainter
        found[point] = tuple(((at.min(axis=0) + at.max(axis=0)) // 2).tolist())
    return found


@pytest.mark.parametrize(
    ("side", "size"), [(9, (640, 480)), (9, (101, 100)), (5, (97, 300)), (2, (60, 60)), (19, (433, 420))]
)
def test_a_click_means_the_point_that_is_drawn_there(side, size):
    state = blank(side)
    for point, (x, y) in middles(state, size).items():
        assert drawing.action_at(state, size, (x, y)) == point


@settings(max_examples=60)
@given(
    st.integers(2, 19), st.integers(1, 1000), st.integers(1, 1000), st.floats(-0.2, 1.2), st.floats(-0.2, 1.2)
)
def test_a_click_anywhere_is_a_point_or_none(side, width, height, x, y):
    state = blank(side)
    action = drawing.action_at(state, (width, height), (int(x * width), int(y * height)))
    assert action is None or 0 <= action < side * side
    assert drawing.action_at(state, (width, height), (-1, height // 2)) is None
    place = layout(side, (width, height))
    if place.cell:
        left, top, wide, high = place.wood
        assert min(left, top) >= 0
        assert left + wide <= width
        assert top + high + place.foot[3] <= height
        reached = {drawing.action_at(state, (width, height), (x, place.corner[1])) for x in range(width)}
        assert reached - {None} == set(range(side))  # each point of the row on top


def test_the_foot_is_not_the_board():
    state = blank(9)
    width, height = drawing.picture_size(state)
    assert {drawing.action_at(state, (width, height), (x, height - 2)) for x in range(width)} == {None}


@pytest.mark.parametrize("pixels_wide", [100, 220, 480, 1000])
@pytest.mark.parametrize("side", [5, 9, 19])
def test_stones_are_dark_and_light_on_wood(side, pixels_wide):
    size = pixels_wide, pixels_wide
    place, image = layout(side, size), picture(blank(side, BLACK, WHITE), size)
    assert image[place.middle(0)].max() < 110
    assert image[place.middle(1)].min() > 190
    x, y = place.middle(side)
    red, green, blue = image[x + place.cell // 2, y + place.cell // 2]  # between four empty points
    assert 150 < red < 240
    assert red > green > blue


# As GNU Go 3.8 prints them; for 13x13 the five that boards have, and none but the middle below 7x7.
STARS = {
    2: "",
    3: "B2",
    4: "",
    5: "C3",
    7: "C3 E3 D4 C5 E5",
    8: "C3 F3 C6 F6",
    9: "C3 G3 E5 C7 G7",
    12: "D4 J4 D9 J9",
    13: "D4 K4 G7 D10 K10",
    19: "D4 K4 Q4 D10 K10 Q10 D16 K16 Q16",
}


@pytest.mark.parametrize("side", STARS)
def test_star_points_are_where_go_players_know_them(side):
    image = picture(blank(side))
    place = layout(side, image.shape[:2])
    beside = [
        image[tuple(np.add(place.middle(point), 2))] for point in range(side**2)
    ]  # off the crossing lines
    dark = {vertex(point, side) for point, colour in enumerate(beside) if colour.sum() < 240}
    assert dark == set(STARS[side].split())


def test_rows_are_numbered_from_the_bottom_and_there_is_no_column_i():
    small, large = (written(picture(blank(side), (80 * side, 80 * side)), side) for side in (9, 13))
    for rows, others in zip(small, large, strict=True):
        assert np.abs(np.array(rows) - others[:9]).max() <= 1  # pixels: the grain of the wood is another
    _, columns = small
    letters = [canvas.lettering(mark, 26, board.INK) for mark in "HIJ"]
    h, i, j = (pygame.mask.from_surface(one).get_bounding_rects()[0].width for one in letters)
    assert abs(columns[7][0] - h) <= 2
    assert abs(columns[8][0] - j) < abs(columns[8][0] - i)


def written(image: np.ndarray, side: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the (width, height) of what is written beside each row from the bottom, and above each column."""
    place = layout(side, image.shape[:2])
    (left, top, _, _), (x, y), cell = place.wood, place.corner, place.cell
    dark, near = image.sum(axis=2) < 260, cell // 4
    rows = [dark[left : x - cell // 2, at - near : at + near] for at in range(y, y + side * cell, cell)]
    columns = [dark[at - near : at + near, top : y - cell // 2] for at in range(x, x + side * cell, cell)]
    return [extent(one) for one in rows[::-1]], [extent(one) for one in columns]


def extent(mark: np.ndarray) -> tuple[int, int]:
    at = np.argwhere(mark)
    return tuple((at.max(axis=0) - at.min(axis=0) + 1).tolist())


def test_the_last_move_is_marked_until_a_pass():
    played = start("goban:size=9", 0, 40)
    state = played.copy()
    state.ply = 0  # as if nobody had moved
    assert changed(picture(played), picture(state), played) == {40}
    state = start("goban:size=9", 0, 40, PASS9)
    assert changed(picture(played), picture(state), played) == {40, None}  # the foot says who passed


def test_captures_are_told_below_the_board():
    state = start("goban:size=9", 20)
    before = picture(state)
    state.captured[:] = 3, 12
    assert changed(before, picture(state), state) == {None}
    foot = layout(9, before.shape[:2]).foot
    rows = np.flatnonzero((before != picture(state)).any(axis=(0, 2)))
    assert foot[1] <= rows.min() <= rows.max() < foot[1] + foot[3]


def test_territory_is_marked_at_the_end_and_neutral_points_are_not():
    # Black owns A5 and A4, White E5 to E1; A1 to A3 touch both.
    setup = ".XOO./.XO.O/XXOOO/.XO../.OOOO"
    game = make_game(f"goban:size=5,setup={setup}")
    states = game.new_states([0])
    playing = picture(states[0])
    for _ in range(2):
        game.step(states, np.array([[25]]))
    state = states[0]
    over = picture(state)
    black, neutral, white = {0, 5}, {15, 20}, {4, 8, 18, 19}
    assert changed(playing, over, state) - {None} == black | white
    place = layout(5, over.shape[:2])
    assert all(over[place.middle(point)].max() < 60 for point in black)
    assert all(over[place.middle(point)].min() > 200 for point in white)
    assert not neutral & (black | white)
    state.capture = 1  # the first capture wins: there area does not count
    assert changed(playing, picture(state), state) <= {None}


@pytest.mark.parametrize(("moves", "seat"), [((), 0), ((40,), 1)])
def test_a_ghost_lets_the_board_be_seen(moves, seat):
    state = start("goban:size=9", *moves)
    surface = pygame.Surface(drawing.picture_size(state))
    drawing.draw(surface, state)
    before = pixels(surface)
    drawing.draw_choice(surface, state, 20)
    ghost = pixels(surface)
    drawing.draw_choice(surface, state, PASS9)
    assert np.array_equal(pixels(surface), ghost)
    assert changed(before, ghost, state) == {20}
    made = picture(start("goban:size=9", *moves, 20))
    place = layout(9, ghost.shape[:2])
    x, y = place.middle(20)
    at = x + place.cell // 3, y + place.cell // 4  # within the stone, off the lines and the mark
    for bare, half, whole in zip(before[at], ghost[at], made[at], strict=True):
        assert min(bare, whole) <= half <= max(bare, whole)
    assert abs(before[at] - ghost[at]).sum() > 60
    assert abs(made[at] - ghost[at]).sum() > 30
    line = ghost[x + place.cell // 3, y] - ghost[at]
    assert line.sum() < -30  # the line shows through


@settings(max_examples=40)
@given(st.integers(2, 19), st.tuples(st.integers(1, 400), st.integers(1, 400)))
def test_no_surface_is_too_small(side, size):
    state = blank(side, BLACK)
    surface = pygame.Surface(size)
    surface.fill("magenta")
    drawing.draw(surface, state)
    drawing.draw_choice(surface, state, 1)
    drawing.draw_overlay(
        surface, state, "policy", np.array([state]).view(np.recarray), thought(state, policy={2: 1})
    )
    image = pixels(surface)
    assert not (image == (255, 0, 255)).all(axis=2).any()
    assert (image != board.TABLE).any()


def test_drawing_leaves_the_state_as_it_was():
    state = start("goban:size=5", 3, 4, 25, 25)
    before = state.tobytes()
    picture(state)
    overlaid(state, "legal", None)
    assert state.tobytes() == before


def test_the_same_state_gives_the_same_pixels_with_and_without_what_was_kept():
    state = start("goban:size=9", 3, 4)
    kept = picture(state)
    for known in (
        canvas.sprite,
        canvas.lettering,
        board._bare,
        materials.stone,
        materials.shadow,
        materials.wood,
    ):
        known.cache_clear()
    pygame.font.init()
    pygame.font.quit()  # a font kept from before would crash the interpreter
    assert np.array_equal(picture(state), kept)


# overlays


def thought(state: np.record, **fields: dict[int, float]) -> Decision:
    """Return a decision with these values of some moves: elsewhere 0, in q NaN."""
    arrays = {}
    for name, values in fields.items():
        array = np.full((1, int(state.side) ** 2 + 1), np.nan if name == "q" else 0.0)
        array[0, list(values)] = list(values.values())
        arrays[name] = array.astype(np.int64) if name == "visits" else array
    return Decision(np.zeros(1, np.int64), **arrays)


def test_likely_moves_are_shown_the_stronger_the_likelier():
    state = start("goban:size=9", 40)
    bare = picture(state)
    decision = thought(state, policy={10: 0.6, 12: 0.3, 14: 0.1, 40: 0.5, PASS9: 0.2})
    shown = overlaid(state, "policy", decision)
    assert changed(bare, shown, state) == {10, 12, 14}  # no stone is drawn over
    place = layout(9, bare.shape[:2])
    x, y = np.add([place.middle(point) for point in (10, 12, 14)], (0, place.cell // 3)).T
    blue = shown[x, y, 2] - shown[x, y, 0]
    assert blue[0] > blue[1] > blue[2]


def test_what_was_searched_is_shown_with_the_best_standing_out():
    state = start("goban:size=9")
    bare = picture(state)
    decision = thought(state, visits={10: 900, 12: 80, 14: 20, 16: 3}, q={10: 0.2, 12: -0.5})
    shown = overlaid(state, "visits", decision)
    assert changed(bare, shown, state) == {10, 12, 14}  # 3 of 900 are left out
    place = layout(9, bare.shape[:2])
    red, _, blue = shown[tuple(np.add(place.middle(10), (-place.cell // 3, 0)))]
    assert blue > red + 60
    without = overlaid(state, "visits", thought(state, visits={10: 900, 12: 80, 14: 20}))
    assert changed(shown, without, state) == {10, 12}  # a second number where the worth is known


def test_the_line_is_shown_as_stones_in_turn():
    state = start("goban:size=9")
    decision = thought(state, visits={10: 900})
    plain = overlaid(state, "visits", decision)
    decision.line = np.array([[10, 30, 50, PASS9, 10, -1]])
    ahead = overlaid(state, "visits", decision)
    assert changed(plain, ahead, state) == {30, 50}
    place = layout(9, plain.shape[:2])
    off = place.cell // 4
    assert ahead[tuple(np.add(place.middle(30), (off, 0)))].min() > 150  # White answers
    assert ahead[tuple(np.add(place.middle(50), (off, 0)))].max() < 120


def test_what_moves_are_worth_goes_from_red_to_green():
    state = start("goban:size=9")
    shown = overlaid(state, "q", thought(state, q={10: -0.9, 12: 0.1, 14: 0.8}))
    place = layout(9, shown.shape[:2])
    x, y = np.add([place.middle(point) for point in (10, 12, 14)], (0, place.cell // 3)).T
    green = shown[x, y, 1] - shown[x, y, 0]
    assert green[0] < -60
    assert green[0] < green[1] < green[2]
    assert green[2] > 40
    assert changed(picture(state), shown, state) == {10, 12, 14}


def test_illegal_points_are_crossed_out():
    # Black has just taken the ko at B4; A5 is suicide for White.
    game = make_game("goban:size=5,setup=.XO../XO.O./.XO../...../.....")
    states = game.new_states([0])
    game.step(states, np.array([[7]]))
    state = states[0]
    shown = overlaid(state, "legal", None)
    place = layout(5, shown.shape[:2])
    colours = {point: shown[place.middle(point)] for point in range(25)}
    mask = game.observe(states)[1][0, 0]
    for point in range(25):
        red, green, _ = colours[point]
        if state.board[point + point // 5 + 6]:
            continue
        assert (green > red) == bool(mask[point])
    assert not mask[0]
    assert not mask[6]


def test_nothing_is_shown_of_what_is_not_known_or_of_another_position():
    state = start("goban:size=9", 40)
    bare = picture(state)
    decision = thought(state, policy={10: 1.0}, visits={10: 5}, q={10: 0.5})
    earlier = np.array([start("goban:size=9")], state.dtype).view(np.recarray)
    for name in ("policy", "visits", "q"):
        assert np.array_equal(overlaid(state, name, None), bare)
        assert np.array_equal(overlaid(state, name, Decision(np.zeros(1, int))), bare)
        assert np.array_equal(overlaid(state, name, decision, earlier), bare)
        assert not np.array_equal(overlaid(state, name, decision), bare)
    nothing = thought(state, policy={}, visits={}, q={})
    for name in ("policy", "visits", "q"):
        assert np.array_equal(overlaid(state, name, nothing), bare)


# words


@pytest.mark.parametrize(
    ("spec", "moves", "words"),
    [
        ("size=3,komi=0", (4, 9, 9), "Black wins by 9"),
        ("size=3,komi=9", (4, 9, 9), "a draw"),
        ("size=3,komi=9.5", (4, 9, 9), "White wins by 0.5"),
        ("size=3,komi=0,move_limit=1", (4,), "move limit, Black leads by 9"),
        ("size=3,komi=9,move_limit=1", (4,), "move limit, even"),
        ("size=3,komi=0", (4, 9), ""),
        ("size=3,rules=capture", (1, 0, 3), "Black wins by capture"),
    ],
)
def test_the_verdict_is_what_players_say(spec, moves, words):
    game = make_game(f"goban:{spec}")
    assert game.verdict(start(f"goban:{spec}", *moves)) == words


def test_captures_and_passes_are_events():
    game = make_game("goban:size=3,komi=0")
    states = [game.new_states([0])]
    for move in (1, 0, 3, 9, 4, 9, 9):
        states.append(states[-1].copy().view(np.recarray))
        game.step(states[-1], np.array([[move]]))
    events = game.events(np.concatenate(states).view(np.recarray))
    assert events == {3: "Black captures 1", 4: "White passes", 6: "White passes"}  # the last pass is the end
    assert game.holdings(states[-1][0], 0) == "captured 1"
    assert make_game("goban:size=3").holdings(states[-1][0], 1) == "captured 0"
    assert make_game("goban").holdings(start("goban"), 1) == "captured 0, komi 7.5"


@pytest.mark.parametrize("channels", ["first", "last"])
def test_planes_can_be_looked_at_whatever_their_layout(channels):
    game = make_game(f"goban:size=5,channels={channels}")
    states = game.new_states([0])
    game.step(states, np.array([[7]]))
    planes = game.planes(game.observe(states)[0][0, 0])
    assert planes.shape == (len(game.plane_names), 5, 5)
    assert np.argwhere(planes[game.plane_names.index("opponent")]).tolist() == [[1, 2]]


def test_the_last_move_is_found_all_over_the_largest_board():
    """The number of a point does not fit into eight bits there."""
    game = make_game("goban:size=19")
    for move in (0, 127, 128, 255, 256, 360):
        states = game.new_states([0])
        game.step(states, np.array([[move]]))
        assert board.last_stone(states[0]) == move
        assert "taken" in game.fault(states[0], move)
    assert game.fault(states[0], 361) == ""


def test_whose_each_point_will_be_is_shown_the_larger_the_surer():
    state = start("goban:size=9")
    black = {10: 1.0, 12: 0.3, 14: 0.01}
    shown = overlaid(state, "owner", thought(state, owner=black | {30: -1.0}))
    bare = picture(state)
    assert changed(bare, shown, state) == {10, 12, 30}
    place = layout(9, bare.shape[:2])
    middle = [shown[place.middle(point)] for point in (10, 12, 30)]
    assert middle[0].max() < 80  # Black moves first
    assert middle[2].min() > 170
    areas = [
        (np.abs(bare[cell(place, point)].astype(int) - shown[cell(place, point)]) > 8).sum()
        for point in (10, 12)
    ]
    assert areas[0] > 4 * areas[1]
    state.to_move = 1
    turned = overlaid(state, "owner", thought(state, owner=black))
    assert turned[place.middle(10)].min() > 170


def cell(place, point):
    """The pixels around a point."""
    x, y = place.middle(point)
    half = place.cell // 2
    return slice(x - half, x + half), slice(y - half, y + half)
