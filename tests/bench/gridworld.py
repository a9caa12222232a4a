"""How fast is the gridworld beside envpool, Gymnasium and MiniGrid?"""

from __future__ import annotations

import statistics
import time

import gymnasium
import numpy as np

from tests.bench.measure import GAMES, SECONDS, Row, Run, single, vector


def envpool_frozen_lake() -> Run:
    """The peer with one thread or two, whichever is faster here."""
    import envpool

    runs = []
    for threads in (1, 2):
        env = envpool.make_gymnasium("FrozenLake-v1", num_envs=GAMES, num_threads=threads, seed=0)
        runs.append(vector(env, GAMES, 4, np.int32))
    return max(runs, key=lambda run: statistics.median(run() for _ in range(3)))


def q_updates() -> Run:
    from agents.q_learning import QLearning

    agent = QLearning("gridworld:level=four_rooms", num_envs=256)
    agent.learn(10_000)

    def run() -> float:
        steps, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            agent.learn(500_000)
            steps += 500_000
        return steps / (time.perf_counter() - began)

    return run


def rows() -> list[Row]:
    import minigrid  # noqa: F401  registers its environments

    ours = "envs:gamelab/Gridworld-v0"
    lake = {"level": "frozen_lake_4x4"}
    field = {"level": "open_field", "obs": "partial", "view": 7}
    empty = "MiniGrid-Empty-8x8-v0"
    return [
        Row(
            "native vector face, 1,024 games, index",
            vector(gymnasium.make_vec(ours, num_envs=GAMES, **lake), GAMES, 4),
            "envpool FrozenLake-v1, 1,024",
            envpool_frozen_lake(),
            8,
        ),
        Row(
            "single face, index",
            single(gymnasium.make(ours, **lake)),
            "Gymnasium FrozenLake-v1",
            single(gymnasium.make("FrozenLake-v1")),
            1,
        ),
        Row(
            "single face, partial 7x7",
            single(gymnasium.make(ours, **field)),
            empty,
            single(gymnasium.make(empty)),
            10,
        ),
        Row(
            "native vector face, 1,024 games, partial 7x7",
            vector(gymnasium.make_vec(ours, num_envs=GAMES, **field), GAMES, 4),
            f"{empty}, make_vec, 64",
            vector(gymnasium.make_vec(empty, num_envs=64), 64, 3),
            500,
        ),
        Row("Q-learning through the batched kernels, updates", q_updates(), "", None, at_least=2_000_000),
    ]
