"""Do runners move as the constants say, in closed forms, to the sub-pixel?"""

from itertools import accumulate, count

import numpy as np
import pytest

from envs.platformer.game import Platformer
from envs.platformer.moving import lift_place
from envs.platformer.physics import HEIGHT, WIDTH
from envs.platformer.world import PIXEL, TILE

SKY = ["." * 60] * 12
FLAT = "\n".join(["", *SKY, ".S" + "." * 57 + "F", "#" * 60])
GROUND = 13 * TILE  # the top of its ground
BITS = {"L": 1, "R": 2, "J": 4, "F": 8}


def run(level: str, *held: tuple[str, int], poke: dict | None = None, **settings: object) -> np.recarray:
    """Hold buttons (of L, R, J and F) for so many ticks each; return the states [ticks + 1] gone through."""
    game = Platformer(level, **{"actions": "buttons", "frame_skip": 1, "time_limit": 10_000} | settings)
    states = game.new_states([0])
    for key, value in (poke or {}).items():
        states[key][0, 0] = value
    passed = [states.copy()]
    for buttons, ticks in held:
        for _ in range(ticks):
            game.step(states, [[sum(BITS[button] for button in buttons)] * game.seats])
            passed.append(states.copy())
    return np.concatenate(passed).view(np.recarray)


def series(speed: int, by: int, ticks: int) -> int:
    """Return the way of so many ticks in which a speed is less by so much each."""
    return ticks * speed - by * ticks * (ticks + 1) // 2


def height(speed: int, held: int, light: int = 40, heavy: int = 104) -> int:
    """Return how high a jump of that speed goes if the button is held for so many ticks."""
    lightly = min(held, (speed - 1) // light)
    left = speed - light * lightly
    return series(speed, light, lightly) + (
        series(left, heavy, (left - 1) // heavy) if held == lightly else 0
    )


def risen(states: np.recarray) -> int:
    return int(states.y[0, 0] - states.y.min())


SETTLED = {"y": GROUND - HEIGHT, "footing": 1}
RUNNING = SETTLED | {"vx": 656}


@pytest.mark.parametrize("held", [1, 2, 3, 5, 8, 13, 20, 25, 26, 27, 40])
def test_a_jump_goes_as_high_as_the_button_is_held(held):
    assert risen(run(FLAT, ("J", held), ("", 60), poke=SETTLED)) == height(1060, held)
    assert risen(run(FLAT, ("RFJ", held), ("RF", 60), poke=RUNNING)) == height(1060 + 656 // 4, held)
    assert risen(run(FLAT, ("RJ", held), ("R", 60), poke=SETTLED | {"vx": 384})) == height(
        1060 + 384 // 4, held
    )


def test_jumps_are_as_high_in_tiles_as_levels_count_on():
    assert round(height(1060, 99) / TILE, 1) == 3.3
    assert round(height(1060 + 164, 99) / TILE, 1) == 4.4
    assert round(height(1060, 1) / TILE, 1) == 1.3


@pytest.mark.parametrize(("buttons", "speed"), [("RFJ", 656), ("RJ", 384)])
def test_a_jump_goes_as_far_as_its_ticks_in_the_air(buttons, speed):
    states = run(FLAT, (buttons, 120), poke=SETTLED | {"vx": speed})
    landed = 1 + int(np.argmax(states.footing[1:, 0] == 1))
    up = 1060 + speed // 4
    rising = (up - 1) // 40
    first = 40 - (up - 40 * rising)  # the speed of the tick after the last one that rose
    fallen = accumulate(min(1152, first + 104 * n) for n in count())
    falling = next(n for n, way in enumerate(fallen, 1) if way >= height(up, 999))
    assert landed == rising + falling
    assert states.x[landed, 0] - states.x[0, 0] == speed * landed
    assert states.y[landed, 0] == GROUND - HEIGHT


def test_walking_and_running_have_their_top_speeds():
    for buttons, top, by in (("R", 384, 20), ("RF", 656, 24)):
        states = run(FLAT, (buttons, 60), poke=SETTLED)
        speeds = [min(top, by * tick) for tick in range(61)]
        assert states.vx[:, 0].tolist() == speeds
        assert (states.x[:, 0] - states.x[0, 0]).tolist() == list(accumulate(speeds))
        mirrored = run(FLAT, (buttons.replace("R", "L"), 30), poke=SETTLED | {"x": 30 * TILE})
        assert mirrored.vx[:, 0].tolist() == [-speed for speed in speeds[:31]]


def test_the_way_to_a_stop():
    for speed in (384, 656):
        states = run(FLAT, ("", 60), poke=SETTLED | {"vx": speed})
        assert states.x[-1, 0] - states.x[0, 0] == series(speed, 20, speed // 20)
        assert states.vx[-1, 0] == 0
    assert run(FLAT, ("L", 14), poke=RUNNING).vx[:, 0].tolist() == [656 - 48 * tick for tick in range(15)]
    slower = run(FLAT, ("R", 20), poke=RUNNING).vx[:, 0]
    assert slower.tolist() == [max(384, 656 - 20 * tick) for tick in range(21)]


def test_in_the_air_speed_is_kept_and_turning_is_slower():
    high = {"y": 2 * TILE, "vx": 656}
    assert run(FLAT, ("", 10), poke=high).vx[:, 0].tolist() == [656 - 4 * tick for tick in range(11)]
    assert run(FLAT, ("R", 10), poke=high).vx[:, 0].tolist() == [656] * 11
    assert run(FLAT, ("L", 10), poke=high).vx[:, 0].tolist() == [656 - 32 * tick for tick in range(11)]


def test_a_fall_has_a_fastest_speed():
    deep = "\n" + "\n".join(["S..F"] + ["...."] * 30)
    speeds = run(deep, ("", 40)).vy[:, 0].tolist()
    assert speeds == [min(1152, 104 * tick) for tick in range(41)]


EDGE = "\n".join(["", *SKY, ".S" + "." * 57 + "F", "#" * 5 + "." * 55, *["." * 60] * 9])


@pytest.mark.parametrize("late", range(1, 9))
def test_a_jump_works_just_6_ticks_after_an_edge_was_left(late):
    walk = run(EDGE, ("R", 80), poke=SETTLED)
    leaves = int(np.argmax(np.diff(walk.footing[:, 0]) == -1)) + 1
    states = run(EDGE, ("R", leaves + late - 1), ("RJ", 1), poke=SETTLED)
    assert (states.vy[-1, 0] < 0) == (late <= 6)


@pytest.mark.parametrize("early", range(9))
def test_a_press_counts_just_6_ticks_before_the_feet_can_jump(early):
    above = {"y": GROUND - HEIGHT - 2 * TILE, "x": 10 * TILE}
    lands = int(np.argmax(run(FLAT, ("", 60), poke=above).footing[:, 0] == 1))
    states = run(FLAT, ("", lands - early), ("J", 1 + early), ("", 1), poke=above)
    assert (states.vy[-2, 0] < 0) == (early <= 6)
    tapped = run(FLAT, ("", lands - 4), ("J", 1), ("", 40), poke=above)
    assert GROUND - HEIGHT - tapped.y[lands:, 0].min() == series(1060, 104, 10), "nobody holds it any more"


def test_holding_jump_jumps_once():
    states = run(FLAT, ("J", 200), poke=SETTLED)
    assert np.count_nonzero(np.diff(states.happenings)) <= 2  # it jumps and it lands
    assert states.footing[-1, 0] == 1


def test_a_spring_throws_as_high_whatever_is_held():
    level = FLAT.replace(".S.", ".SJ")
    for buttons in ("", "J"):
        states = run(level, (buttons, 120), poke={"x": 2 * TILE, "y": GROUND - 3 * TILE})
        top = GROUND - TILE - HEIGHT
        assert top in states.y[:, 0]
        assert top - states.y[np.argmax(states.vy[:, 0] < 0) :, 0].min() == series(1720, 40, 42)


# A foe that hovers, above ground that is far below.
FOE = "\n".join(["", *SKY[:7], ".S..h" + "." * 54 + "F", *SKY[:5], "#" * 60])
FOE_LEFT, FOE_TOP = 4 * TILE + PIXEL, 7 * TILE + 3 * PIXEL


@pytest.mark.parametrize(("buttons", "by"), [("", 104), ("J", 40)])
def test_a_stomp_bounces_higher_where_jump_is_held(buttons, by):
    states = run(FOE, (buttons, 80), poke={"x": 4 * TILE, "y": 4 * TILE})
    hit = int(np.argmax(states.foes == 0))
    assert states.status[-1] == 0
    assert states.vy[hit, 0] == -900
    assert states.y[hit, 0] - states.y[hit:, 0].min() == series(900, by, 899 // by)


def test_two_foes_on_one_spot_are_stomped_together():
    poke = {"x": 5 * TILE, "y": 4 * TILE}
    level = FOE.replace(".S..h.", ".S..hh")
    game = Platformer(level, actions="buttons", frame_skip=1)
    states = game.new_states([0])
    states.foe_x[:, 1] = states.foe_x[:, 0]
    for key, value in poke.items():
        states[key][0, 0] = value - TILE * (key == "x")
    for _ in range(60):
        game.step(states, [[0]])
    assert (int(states.foes[0]), int(states.status[0])) == (0, 0)


def test_a_foe_gets_who_comes_from_the_side_from_below_or_too_low():
    middle = FOE_TOP + 13 * PIXEL // 2
    for feet, speed, lives in ((middle, 104, True), (middle + 1, 104, False), (FOE_TOP + 600, -300, False)):
        states = run(FOE, ("", 1), poke={"x": 4 * TILE, "y": feet - HEIGHT, "vy": speed})
        assert (states.status[-1] == 0) == lives
        assert (states.foes[-1] == 0) == lives


def test_a_foe_has_mercy_for_two_pixels():
    feet = FOE_TOP + 8 * PIXEL
    for x, lives in (
        (FOE_LEFT + 2 * PIXEL - WIDTH, True),
        (FOE_LEFT + 2 * PIXEL - WIDTH + 1, False),
        (FOE_LEFT + 12 * PIXEL, True),
        (FOE_LEFT + 12 * PIXEL - 1, False),
    ):
        assert (run(FOE, ("", 1), poke={"x": x, "y": feet - HEIGHT}).status[-1] == 0) == lives


SPIKES = FLAT.replace(".S..", ".S.^")


def test_spikes_have_mercy_for_three_pixels_at_their_sides_and_six_at_their_top():
    for x, lives in (
        (3 * TILE + 3 * PIXEL - WIDTH, True),
        (3 * TILE + 3 * PIXEL - WIDTH + 1, False),
        (4 * TILE - 3 * PIXEL, True),
        (4 * TILE - 3 * PIXEL - 1, False),
    ):
        assert (run(SPIKES, ("", 1), poke=SETTLED | {"x": x}).status[-1] == 0) == lives
    for down, lives in ((0, True), (1, False)):
        y = GROUND - TILE + 6 * PIXEL - HEIGHT - 104 + down
        assert (run(SPIKES, ("", 1), poke={"x": 3 * TILE, "y": y}).status[-1] == 0) == lives


CEILING = "\n".join(["", *SKY[:9], "....##" + "." * 54, *SKY[:2], ".S" + "." * 57 + "F", "#" * 60])


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("pixels", [1, 4, 5, 8])
def test_a_head_slips_past_a_corner_that_it_meets_by_4_pixels(side, pixels):
    by = pixels * PIXEL
    free = 4 * TILE - WIDTH if side == "left" else 6 * TILE
    at = free + by if side == "left" else free - by
    states = run(CEILING, ("J", 40), poke={"x": at, "y": GROUND - HEIGHT, "footing": 1})
    if pixels <= 4:
        assert states.x[-1, 0] == free
        assert risen(states) == height(1060, 40)
    else:
        assert (states.x[:, 0] == at).all()
        assert risen(states) == states.y[0, 0] - 10 * TILE


LEDGE = "\n".join(["", *SKY[:11], "=" * 60, ".S" + "." * 57 + "F", "#" * 60])


def test_a_ledge_lets_through_from_below_and_holds_from_above():
    states = run(LEDGE, ("J", 30), ("", 30), poke=SETTLED)
    assert states.y[-1, 0] == GROUND - 2 * TILE - HEIGHT
    assert states.footing[-1, 0] == 1
    assert (states.x[:, 0] == states.x[0, 0]).all()


def test_a_spring_beats_the_ground_beside_it():
    level = FLAT.replace(".S.", ".SJ")
    beside = level.replace(".SJ.", ".SJ#")
    states = run(beside, ("", 20), poke={"x": 3 * TILE - WIDTH // 2, "y": GROUND - 2 * TILE})
    assert states.vy.min() == -1720


# Lifts

FERRY = "\n".join(["", *SKY[:8], ".S" + "." * 57 + "F", "...:::::---:::::" + "." * 44, *SKY[:4]])
TOWER = "\n".join(["", *SKY[:2], "....:", "....:", "....:", ".S..||" + "." * 53 + "F", "....:", *SKY[:5]])


def on_lift(level: str, ticks: int, **settings: object) -> np.recarray:
    game = Platformer(level)
    state = game.new_states([0])[0]
    x, y = lift_place(state, 0, 0)
    return run(level, ("", ticks), poke={"x": x + TILE, "y": y - HEIGHT, "footing": 2}, **settings)


def test_a_lift_carries_its_rider_to_and_fro():
    states = on_lift(FERRY, 2000)
    places = [lift_place(state, 0, state.tick) for state in states]
    assert (states.footing == 2).all()
    assert {x for x, _ in places} >= {3 * TILE, 13 * TILE}, "it did not go all the way"
    assert all(state.x[0] == x + TILE for state, (x, _) in zip(states, places, strict=True))
    assert (states.y == 9 * TILE - HEIGHT).all()


@pytest.mark.parametrize("speed", [1, 80, 333, 1000])
def test_a_lift_carries_its_rider_up_and_down(speed):
    states = on_lift(f"lift speed: {speed}\n{TOWER}", 800)
    assert (states.footing == 2).all()
    assert all(state.y[0] + HEIGHT == lift_place(state, 0, state.tick)[1] for state in states)


@pytest.mark.parametrize("speed", [30, 333, 1000])
def test_a_lift_presses_no_head_into_a_ceiling(speed):
    level = f"lift speed: {speed}\n{TOWER}".replace("....:", "....##", 1)
    states = on_lift(level, 800)
    assert states.y[:, 0].min() >= 3 * TILE
    assert states.y[:, 0].min() <= 3 * TILE + 2 * speed, "it was not lifted up to the ceiling"


def test_a_wall_holds_back_the_rider_of_a_lift():
    level = FERRY.replace(SKY[0] + "\n.S" + "." * 57, SKY[0] + "\n.S" + "." * 10 + "#" + "." * 46)
    states = on_lift(level, 300)
    assert states.x[:, 0].max() == 12 * TILE - WIDTH


# Bricks


def test_a_head_breaks_a_brick_and_knocks_down_the_foe_on_it():
    level = "\n".join(
        ["", *SKY[:9], "....h" + "." * 55, "....B" + "." * 55, *SKY[:1], ".S" + "." * 57 + "F", "#" * 60]
    )
    at = {"x": 4 * TILE, "y": 13 * TILE - HEIGHT, "footing": 1}
    states = run(level, ("J", 30), ("", 60), poke=at)
    hit = int(np.argmax(states.bricks == 0))
    assert hit > 0
    assert (int(states.foes[hit - 1]), int(states.foes[hit])) == (1, 0)
    assert states.y[hit, 0] == 11 * TILE
    assert states.vy[hit, 0] == 0
    assert risen(run(level, ("J", 30), ("", 30), ("J", 30), poke=at)) == height(1060, 99), "the way is free"


@pytest.mark.parametrize(("middle", "broken"), [(5 * TILE - 1, 0), (5 * TILE, 1), (4 * TILE + 3000, 0)])
def test_of_two_bricks_the_one_over_the_middle_of_the_head_breaks(middle, broken):
    level = "\n".join(["", *SKY[:10], "....BB" + "." * 54, *SKY[:1], ".S" + "." * 57 + "F", "#" * 60])
    at = {"x": middle - WIDTH // 2, "y": 13 * TILE - HEIGHT, "footing": 1}
    states = run(level, ("J", 12), poke=at)
    assert int(states.bricks[-1]) == 0b11 & ~(1 << broken)
