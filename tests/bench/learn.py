"""What do the learners reach, beside what can be reached? Run by `make learn`.

Each learner trains by its preset with several seeds. What it then plays is not sampled but worked out from the exact
model, and so is the optimum, by value iteration; both are discounted returns from the start. A row fails where some
seed misses the optimum: at all where nothing is left to chance, by more than 1 % elsewhere. Exit status 1 if one does.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import gymnasium
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from agents.presets import preset
from agents.q_learning import QLearning
from agents.task import Model, Task
from agents.value_iteration import solve
from envs.catalog import make_game
from envs.gridworld.level import load_level, shipped_levels
from tests.agents.exact import greedy, worth

MOST_STATES = 100_000
COLUMNS = ("environment", "states", "optimum", "mean", "worst seed", "gap", "steps", "updates / s", "")


class Problem(NamedTuple):
    """What is to be learnt: start are the odds [S] of each state, mask what is legal there [S, A] if not all is."""

    spec: str
    model: Model
    start: np.ndarray
    certain: bool  # nothing is left to chance
    mask: np.ndarray | None = None


class Row(NamedTuple):
    problem: Problem
    optimum: float
    learnt: list[float]  # by seed
    steps: int
    speed: float  # updates a second

    @property
    def gap(self) -> float:
        """Return by how much of the optimum the worst seed misses it."""
        return max(0.0, self.optimum - min(self.learnt)) / abs(self.optimum)

    @property
    def reached(self) -> bool:
        return self.gap <= (1e-9 if self.problem.certain else 0.01)

    def cells(self) -> list[str]:
        return [
            self.problem.spec,
            f"{len(self.problem.model):,}",
            f"{self.optimum:.4f}",
            f"{np.mean(self.learnt):.4f}",
            f"{min(self.learnt):.4f}",
            "0" if self.gap < 1e-9 else f"{100 * self.gap:.2f} %",
            f"{self.steps:,}",
            f"{self.speed:,.0f}",
            "reached" if self.reached else "missed",
        ]


def levels() -> Iterator[Problem]:
    """Yield the lab's own levels of not too many states."""
    for name in shipped_levels():
        level = load_level(name)
        if level.states <= MOST_STATES:
            game = make_game(f"gridworld:level={name}")
            model, start = game.model(), game.start_distribution()
            assert model is not None
            assert start is not None
            yield Problem(game.spec, model, start, level.slip == 0 and level.ripe == 0)


def of_gymnasium() -> Iterator[Problem]:
    """Yield Gymnasium's own, stepped as the foreign environments that they are."""
    for id in ("CliffWalking-v1", "FrozenLake8x8-v1", "Taxi-v4"):
        env = gymnasium.make(id).unwrapped
        masked = hasattr(env, "action_mask")
        mask = np.array([env.action_mask(state) for state in env.P]) if masked else None  # type: ignore[attr-defined]
        certain = not id.startswith("FrozenLake")
        yield Problem(id, env.P, np.asarray(env.initial_state_distrib), certain, mask)  # type: ignore[attr-defined]


def measure(problem: Problem, seeds: int) -> Row:
    settings = preset("q_learning", Task(problem.spec))
    steps = settings.pop("n_timesteps")
    QLearning(problem.spec, **settings).learn(1000)  # so that nothing is compiled while the clock runs
    began = time.perf_counter()
    agents = [QLearning(problem.spec, seed=seed, **settings).learn(steps) for seed in range(seeds)]
    speed = seeds * steps / (time.perf_counter() - began)
    gamma = agents[0].config.gamma
    learnt = [worth(problem.model, problem.start, greedy(agent.q, problem.mask), gamma) for agent in agents]
    optimum = float(problem.start @ solve(problem.model, gamma, 1e-12)[0])
    return Row(problem, optimum, learnt, steps, speed)


def as_markdown(rows: list[Row]) -> str:
    lines = [COLUMNS, ("---", *["---:"] * (len(COLUMNS) - 2), "---"), *(row.cells() for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--markdown", type=Path, metavar="PATH", help="write the table there, too")
    options = parser.parse_args()
    console = Console(width=130)
    table = Table(box=box.SIMPLE_HEAD, title=f"Q-learning by its presets, {options.seeds} seeds")
    for i, column in enumerate(COLUMNS):
        table.add_column(column, justify="right" if 0 < i < len(COLUMNS) - 1 else "left")
    rows = []
    for problems in (levels(), of_gymnasium()):
        for problem in problems:
            with console.status(f"{problem.spec}: learning"):
                row = measure(problem, options.seeds)
            rows.append(row)
            *cells, verdict = row.cells()
            table.add_row(*cells, f"[{'green' if row.reached else 'bold red'}]{verdict}[/]")
        table.add_section()
    console.print(table)
    if options.markdown:
        options.markdown.write_text(as_markdown(rows), encoding="utf-8")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
