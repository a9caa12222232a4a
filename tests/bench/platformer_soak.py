"""Does the platformer take ten million random steps without a fault?

    NUMBA_BOUNDSCHECK=1 .venv/bin/python -m tests.bench.platformer_soak [STEPS]

In batches over drawn levels, hand-made ones, random tiles and races; with NUMBA_BOUNDSCHECK=1 every index is checked as
well. After every 20 plies runners must be outside walls, within the level and its speeds, and paid what they scored.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from envs.game import PLAYING
from envs.platformer.game import Platformer
from envs.platformer.level import shipped_levels
from envs.platformer.physics import FASTEST_FALL, RUN, SPRING_SPEED, WIDTH
from envs.platformer.world import TILE
from tests.envs.platformer_soup import soup
from tests.envs.test_platformer_anywhere import in_wall

BATCH, PLIES = 250, 400


def configurations(round_: int) -> list[Platformer]:
    difficulty = round_ % 11 / 10
    return [
        Platformer(levels="endless", difficulty=difficulty, lives=3, actions="buttons"),
        Platformer(levels="train", difficulty=difficulty, runners=2, lives=2, obs="features"),
        Platformer(levels="test", difficulty=difficulty, frame_skip=1, obs="features"),
        Platformer(shipped_levels()[round_ % 10], lives=9),
        Platformer(soup(round_), lives=9, actions="buttons", runners=2),
        Platformer(soup(round_ + 10**6), lives=9, actions="buttons", frame_skip=1),
    ]


def soak(game: Platformer, seed: int) -> int:
    """Play one batch, starting anew what ends; return how many steps of a runner that were."""
    rng = np.random.default_rng(seed)
    states = game.new_states(rng.integers(2**31, size=BATCH))
    actions = rng.integers(int(game.action_space.n), size=(BATCH, game.seats))
    paid = np.zeros((BATCH, game.seats))
    rewards, ends = np.empty((BATCH, game.seats)), np.empty((2, BATCH), np.bool_)
    seen = game.buffers(BATCH)
    for ply in range(PLIES):
        other = rng.random(actions.shape) < 0.3
        actions[other] = rng.integers(int(game.action_space.n), size=other.sum())
        again = states.status != PLAYING
        game.kernels.step(states, actions, again, rewards, *ends, *seen)
        paid[again] = 0
        paid += rewards
        if ply % 20 == 0:
            check(states, paid, seen[0])
    return BATCH * PLIES * game.seats


def check(states: np.recarray, paid: np.ndarray, seen: np.ndarray) -> None:
    for seat in range(paid.shape[1]):
        assert not (in_wall(states, seat) & (states.out[:, seat] == 0)).any(), "in a wall"
    assert (states.x >= 0).all()
    assert (states.x + WIDTH <= states.cols[:, None] * TILE).all()
    assert (np.abs(states.vx) <= RUN).all()
    assert ((states.vy >= -SPRING_SPEED) & (states.vy <= FASTEST_FALL)).all()
    assert np.abs(paid - states.score / 1000).max() < 1e-6
    assert np.isfinite(seen).all()
    assert (states.lives >= 0).all()


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    done, number, began = 0, 0, time.perf_counter()
    while done < wanted:
        for game in configurations(number):
            done += soak(game, number)
        number += 1
        print(f"{done:,} steps", flush=True)
    print(f"{done:,} steps in {time.perf_counter() - began:.0f} s without a fault")
