"""How many environment steps a second does our policy gradient learn from, for each of Stable-Baselines3's PPO?"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.agent import Learner
from agents.catalog import build_agent
from arena.bootstrap import figures
from tests.bench.learn.results import Line, line
from tests.bench.learn.training import OURS, THEIRS, Algorithm, Asked, Training


@dataclass(frozen=True)
class Speed:
    """Both learn with the same settings, which name network, batch, epochs, steps and num_envs, in turn, several times.

    rollouts: in a turn. The figure is the median of the ratios within a turn, since the machine's own speed drifts.
    """

    name: str
    about: str
    env: str
    settings: dict[str, Any]
    target: float
    rollouts: int = 30
    rounds: int = 7
    needs: str = ""

    @property
    def trainings(self) -> list[Training]:
        return [Training(self.name, Algorithm(one.agent, self.settings), self.env) for one in (OURS, THEIRS)]

    def measure(self, asked: Asked) -> Iterator[Line]:
        ours, theirs = (_agent(one.agent, self.env, self.settings) for one in (OURS, THEIRS))
        rollout = ours.config.num_envs * ours.config.n_steps
        for agent in (ours, theirs):
            agent.learn(rollout)  # so that nothing is compiled while the clock runs
        steps = rollout * max(1, round(self.rollouts * asked.budget))
        with asked.console.status(f"{self.name}: learning in turn"):
            turns = [(speed(ours, steps), speed(theirs, steps)) for _ in range(self.rounds)]
        ratios = [mine / other for mine, other in turns]
        median = figures(np.array(ratios)[None, None])["median"].estimate
        each = [statistics.median(column) for column in zip(*turns, strict=True)]
        yield line(
            ratios, median, what=f"steps a second to `{THEIRS.name}`'s on `{self.env}`, median of {self.rounds} turns",
            agent=OURS.name, rule="at least", target=self.target,
            note=f"{each[0]:,.0f} to {each[1]:,.0f} steps a second",
        )  # fmt: skip


def _agent(name: str, env: str, settings: dict[str, Any]) -> Any:
    agent = build_agent(name, env, settings)
    assert isinstance(agent, Learner)
    return agent


def speed(agent: Learner, steps: int) -> float:
    """Return from how many environment steps a second it learns, once its first rollout is done."""
    told: list[tuple[int, float]] = []
    agent.learn(steps, told=lambda update: told.append((update.steps, time.perf_counter())))
    (first, began), (last, ended) = told[0], told[-1]
    return (last - first) / (ended - began)
