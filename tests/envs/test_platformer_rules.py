"""Do flags, deaths, lives, coins, clocks and rewards count as the rules say, alone and in races?"""

import numpy as np
import pytest

from envs.game import PLAYING, TERMINATED, TRUNCATED
from envs.platformer.game import Platformer
from envs.platformer.physics import HEIGHT
from envs.platformer.rules import REASONS
from envs.platformer.world import PIXEL, TILE

STAND, RIGHT, RUN, LEFT = 0, 1, 3, 6
ROAD = "\nS.......\n######.F\n########"
PIT = "\nS.......F\n###...###\n###...###"


def play(
    game: Platformer, *actions: int | list[int], poke: dict | None = None
) -> tuple[np.recarray, np.ndarray]:
    """Play these actions from the start; return the states [1] then, and the rewards [plies, seats]."""
    states = game.new_states([0])
    for key, value in (poke or {}).items():
        states[key][0] = value
    rewards = [game.step(states, np.broadcast_to(action, (1, game.seats))).rewards[0] for action in actions]
    return states, np.array(rewards)


def how(states: np.recarray) -> tuple[int, str]:
    return int(states.status[0]), REASONS[states.reason[0]]


def test_the_flag_terminates_and_pays():
    states, rewards = play(Platformer("\nS.oF\n####"), *[RUN] * 60)
    assert how(states) == (TERMINATED, "flag")
    last = int(states.ply[0])
    tiles = (3 * TILE - 10 * PIXEL + 1) / TILE
    assert rewards[last - 1, 0] > 10
    assert not rewards[last:].any()
    assert abs(rewards.sum() - (10 + 0.1 + 0.1 * tiles - 0.01 * last)) < 0.1 * 656 * 4 / TILE


def test_a_pit_is_deadly_once_the_head_is_below_the_last_row():
    states, rewards = play(Platformer(PIT, progress=0, time=0, frame_skip=1), *[RIGHT] * 200)
    assert how(states) == (TERMINATED, "death")
    assert rewards.sum() == -1
    assert states.y[0, 0] > 3 * TILE
    assert states.y[0, 0] - states.vy[0, 0] <= 3 * TILE


def test_the_time_limit_truncates():
    for settings, plies in (
        ({"time_limit": 7}, 7),
        ({}, 300),
        ({"frame_skip": 7}, 172),
        ({"frame_skip": 1}, 1200),
    ):
        states, rewards = play(Platformer(ROAD, **settings), *[STAND] * (plies - 1))
        assert how(states) == (PLAYING, "playing")
        states, rewards = play(Platformer(ROAD, **settings), *[STAND] * plies)
        assert how(states) == (TRUNCATED, "time limit")
        ticks = plies * settings.get("frame_skip", 4)
        assert rewards.sum() == pytest.approx(-0.0025 * ticks, abs=0.001)
    assert play(Platformer("time limit: 2\n" + ROAD, frame_skip=16), *[STAND] * 8)[0].status[0] == TRUNCATED
    long = Platformer("\n" + "S" + "." * 98 + "F\n" + "#" * 100, frame_skip=8)
    assert play(long, *[STAND] * 299)[0].status[0] == PLAYING
    assert play(long, *[STAND] * 300)[0].status[0] == TRUNCATED


def test_a_life_lost_leads_back_to_the_last_checkpoint():
    # The second one stands higher, and so comes first when they are counted row by row.
    level = "\n....C.......\nS.C.#.....F.\n#####^######"
    game = Platformer(level, lives=3, frame_skip=1, progress=0, time=0)
    at = {"x": 2 * TILE, "y": TILE * 2 - HEIGHT}
    states, _ = play(game, STAND, STAND, poke=at)
    states.y[:] = 4 * TILE
    game.step(states, [[STAND]])
    assert (states.lives[0, 0], states.x[0, 0]) == (2, 2 * TILE + 3 * PIXEL)
    states.x[:], states.y[:] = 4 * TILE + 3 * PIXEL, TILE - HEIGHT
    game.step(states, [[STAND]])
    states.y[:] = 4 * TILE
    game.step(states, [[STAND]])
    assert (states.lives[0, 0], states.x[0, 0], states.y[0, 0]) == (1, 4 * TILE + 3 * PIXEL, TILE - HEIGHT)
    assert all(states[key][0, 0] == 0 for key in ("vx", "vy", "footing", "held", "buffer", "coyote"))
    states.y[:] = 4 * TILE
    assert game.step(states, [[STAND]]).rewards[0, 0] == -1
    assert how(states) == (TERMINATED, "death")
    assert states.score[0, 0] == -3000


def test_ground_that_was_covered_pays_once():
    game = Platformer(ROAD, time=0, frame_skip=1)
    states, rewards = play(game, *[RIGHT] * 60, *[LEFT] * 60, *[RIGHT] * 40)
    far = int(states.best[0, 0])
    assert (rewards >= 0).all()
    assert states.score[0, 0] == far * 100 // TILE
    assert not rewards[70:110].any()


@pytest.mark.parametrize("settings", [{}, {"reward": "flag"}, {"coin": -0.125, "time": 0.5, "death": 3}])
def test_rewards_add_up_to_the_score_by_their_weights(settings):
    weights = (
        {"progress": 0, "coin": 0, "flag": 1, "death": 0, "time": 0}
        if settings.get("reward")
        else {"progress": 0.1, "coin": 0.1, "flag": 10, "death": -1, "time": -0.01}
    ) | {key: value for key, value in settings.items() if key != "reward"}
    game = Platformer("\nS..o.o..^.o...F\n###############", lives=2, **settings)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        states, rewards = play(game, *rng.choice([1, 2, 3, 4], 120))
        state = states[0]
        units = round(1000 * weights["progress"])
        told = {
            "progress": int(state.best[0]) * units // TILE - int(state.start_x) * units // TILE,
            "coin": round(1000 * weights["coin"]) * int(state.purse[0]),
            "flag": round(1000 * weights["flag"]) * (REASONS[state.reason] == "flag"),
            "death": round(1000 * weights["death"]) * (2 - int(state.lives[0])),
            "time": round(1000 * weights["time"]) * int(state.ply),
        }
        assert sum(told.values()) == state.score[0]
        assert rewards.sum() == pytest.approx(state.score[0] / 1000)


@pytest.mark.parametrize("frame_skip", [1, 2, 3, 4, 8])
def test_time_costs_as_much_however_often_one_chooses(frame_skip):
    game = Platformer("\nS....F\n######", frame_skip=frame_skip)
    states, rewards = play(game, *[STAND] * (96 // frame_skip))
    assert (states.tick[0], states.score[0, 0]) == (96, -240)
    assert rewards.sum() == pytest.approx(-0.24)


def test_a_coin_is_taken_once():
    game = Platformer("\nSo..F\n#####", progress=0, time=0)
    states, rewards = play(game, *[RIGHT] * 6, *[LEFT] * 8)
    assert (states.purse[0, 0], states.coins[0]) == (1, 0)
    assert rewards.sum() == 0.1


# Races


def test_racers_do_not_get_in_each_others_way_and_share_coins():
    game = Platformer("\nSo......F\n#########", runners=4, progress=0, time=0)
    states, rewards = play(game, *[[RIGHT, RIGHT, STAND, RIGHT]] * 8)
    assert states.x[0, 0] == states.x[0, 1] > states.x[0, 2]
    assert states.purse[0].sum() == 1
    assert rewards.sum() == 0.1


def test_the_order_of_the_seats_changes_from_tick_to_tick():
    level = "\nSo......F\n#########"
    takers = set()
    for wait in range(4):
        game = Platformer(level, runners=2, frame_skip=1)
        states, _ = play(game, *[[STAND, STAND]] * wait, *[[RIGHT, RIGHT]] * 40)
        takers.add(int(states.purse[0].argmax()))
    assert takers == {0, 1}


def test_the_first_at_the_flag_ends_the_race():
    game = Platformer("\nS....F\n######", runners=2)
    states, rewards = play(game, *[[RUN, RIGHT]] * 40)
    assert how(states) == (TERMINATED, "flag")
    assert game.verdict(states[0]) == "seat 1 wins"
    assert rewards[:, 0].max() > 10 > rewards[:, 1].max()
    together, rewards = play(game, *[[RUN, RUN]] * 40)
    assert together.score[0, 0] == together.score[0, 1] > 10_000
    assert game.verdict(together[0]) == "a draw"


def test_who_is_out_stays_out_while_the_others_run_on():
    game = Platformer(PIT, runners=2, time=-1, progress=0)
    states, rewards = play(game, *[[RIGHT, STAND]] * 40)
    assert states.out[0].tolist() == [1, 0]
    assert how(states) == (PLAYING, "playing")
    fell = int(np.argmax(rewards[:, 0] < -1))
    assert (rewards[:fell, 0] == -1).all()
    assert not rewards[fell + 1 :, 0].any()
    assert (rewards[:, 1] == -1).all()
    where = int(states.x[0, 0])
    for _ in range(40):
        game.step(states, [[RUN, RIGHT]])
    assert how(states) == (TERMINATED, "death")
    assert states.x[0, 0] == where


def test_nothing_moves_once_the_game_is_over():
    for game in (Platformer(PIT), Platformer("\nS..F\n####", runners=2), Platformer(ROAD, time_limit=3)):
        states, _ = play(game, *[RIGHT] * 60)
        assert states.status[0] != PLAYING
        before = states.tobytes()
        for action in range(7):
            assert not game.step(states, np.full((1, game.seats), action)).rewards.any()
        assert states.tobytes() == before
