"""How fast is the lab, side by side with its peers in one run?

Run by `make bench`. Each row times gamelab and its peer in turn, several times over; the ratio is the median of the
ratios within a turn, because the machine's own speed drifts. Steps are random legal ones, and where an episode ends
the next begins.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import gymnasium
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

Run = Callable[[], float]  # returns steps a second
SECONDS, ROUNDS, GAMES = 1.0, 7, 1024


class Row(NamedTuple):
    what: str
    ours: Run
    peer_name: str
    peer: Run | None
    target: float  # of the ratio; or of our own steps a second where there is no peer


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
        Row("Q-learning through the batched kernels, updates", q_updates(), "", None, 2_000_000),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    table = Table(
        box=box.SIMPLE_HEAD, title=f"{platform.processor() or platform.machine()}, medians of {rounds}"
    )
    for column in ("what", "gamelab / s", "peer / s", "peer", "ratio", "range", "target"):
        table.add_column(column, justify="left" if column in ("what", "peer") else "right")
    for row in rows():
        ours, peers = [], []
        for _ in range(rounds):
            ours.append(row.ours())
            peers.append(row.peer() if row.peer else 1.0)
        table.add_row(*_cells(row, ours, peers))
    Console(width=150).print(table)


def _cells(row: Row, ours: list[float], peers: list[float]) -> list[str]:
    ratios = sorted(a / b for a, b in zip(ours, peers, strict=True))
    ratio = statistics.median(ratios)
    verdict = "[green]reached[/]" if ratio >= row.target else "[red]below[/]"
    speed = f"{statistics.median(ours):,.0f}"
    if row.peer is None:
        spread = f"{ratios[0] / 1e6:.2f} … {ratios[-1] / 1e6:.2f} M"
        return [row.what, speed, "", "", "", spread, f"{row.target / 1e6:g} M {verdict}"]
    spread = f"{ratios[0]:.1f} … {ratios[-1]:.1f}"
    peer = f"{statistics.median(peers):,.0f}"
    return [
        row.what,
        speed,
        peer,
        row.peer_name,
        f"[bold]{ratio:.1f}[/]",
        spread,
        f"{row.target:g} {verdict}",
    ]


if __name__ == "__main__":
    main()
