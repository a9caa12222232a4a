"""How is a speed measured: ours and the peer's in turn, several times over?"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import gymnasium
import numpy as np

Run = Callable[[], float]  # returns steps a second
SECONDS, GAMES = 1.0, 1024


class Row(NamedTuple):
    what: str
    ours: Run
    peer_name: str
    peer: Run | None
    ratio: float = 0  # ours to the peer's, at least
    at_least: float = 0  # ours, a second


def recorded(speed: float) -> Run:
    """Return what a peer did that does not run here, where it ran."""
    return lambda: speed


def single(env: gymnasium.Env) -> Run:
    actions = np.random.default_rng(0).integers(0, env.action_space.n, 4096).tolist()  # type: ignore[attr-defined]
    env.reset(seed=0)
    env.step(actions[0])  # so that nothing is compiled while the clock runs
    env.reset(seed=0)

    def run() -> float:
        steps, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            for action in actions[:512]:
                _, _, terminated, truncated, _ = env.step(action)
                if terminated or truncated:
                    env.reset()
            steps += 512
        return steps / (time.perf_counter() - began)

    return run


def vector(env: gymnasium.vector.VectorEnv, batch: int, actions: int, dtype: type = np.int64) -> Run:
    choices = np.random.default_rng(0).integers(0, actions, (64, batch)).astype(dtype)
    env.reset()
    env.step(choices[0])  # so that nothing is compiled while the clock runs

    def run() -> float:
        steps, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            for choice in choices[: max(1, 16384 // batch)]:
                env.step(choice)
                steps += batch
        return steps / (time.perf_counter() - began)

    return run
