"""What return, or what share of successes, do trained agents reach?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.task import Task
from arena.bootstrap import Estimate
from arena.evaluate import Evaluation
from arena.measure import Entry, Measured, measure
from arena.training import Run
from arena.training.measuring import held_out_seed
from tests.bench.learn.results import Line, Rule, line
from tests.bench.learn.training import Algorithm, Asked, Training, trained


@dataclass(frozen=True)
class Reach:
    """Each algorithm learns on the environment and then plays on it, or on the levels that are held out from it.

    target: of the mean return or, with `success`, of the share of episodes with success; `rule`: see `Line`.
    plays: `greedy`, `sampled` or both. needs: the package without which the row is left out.
    """

    name: str
    about: str
    env: str
    algorithms: tuple[Algorithm, ...]
    target: float
    rule: Rule = "at least"
    success: bool = False
    steps: int | None = None
    minutes: float | None = None
    plays: tuple[str, ...] = ("greedy",)
    episodes: int = 100
    needs: str = ""

    def training(self, algorithm: Algorithm) -> Training:
        return Training(self.name, algorithm, self.env, self.steps, self.minutes)

    @property
    def trainings(self) -> list[Training]:
        return [self.training(algorithm) for algorithm in self.algorithms]

    def measure(self, asked: Asked) -> Iterator[Line]:
        game = Task(self.env).game
        held_out = None if game is None else game.held_out()
        where = self.env if held_out is None else held_out.spec
        for algorithm in self.algorithms:
            runs = trained(self.training(algorithm), asked)
            for play in self.plays:
                greedy = {"greedy": play == "greedy"}
                found = played(runs, (where,), asked.scaled(self.episodes), greedy).own
                values, estimate = outcome(found, self.success)
                figure = "success" if self.success else "return"
                yield line(
                    values, estimate, runs, what=f"{figure} on `{where}`, {play}", agent=algorithm.name, rule=self.rule,
                    target=self.target, percent=self.success, note=f"{found.returns.shape[-1]:,} episodes",
                )  # fmt: skip


def played(runs: Sequence[Run], envs: tuple[str, ...], episodes: int, settings: dict[str, Any]) -> Measured:
    """Let the agents of the runs play in the first env, and in the second where there is one."""
    tasks = tuple(Task(env) for env in envs)
    entry = Entry("learnt", tuple(str(run.folder) for run in runs), {}, tasks)
    return measure(entry, episodes, held_out_seed(episodes), settings)


def outcome(found: Evaluation, success: bool) -> tuple[list[float], Estimate]:
    """Return what each run came to, mean return or share of successes, and the estimate over them."""
    if not success:
        return np.atleast_2d(found.returns).mean(axis=1).tolist(), found.scores.mean
    assert found.succeeded is not None and found.success is not None  # the games of these rows tell
    return np.atleast_2d(found.succeeded).mean(axis=1).tolist(), found.success
