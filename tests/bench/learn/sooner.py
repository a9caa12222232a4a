"""How much sooner does our policy gradient come to the return that Stable-Baselines3's PPO ends with?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agents.agent import Learner
from agents.catalog import build_agent
from arena.bootstrap import Estimate, figures
from arena.training import Run
from arena.training.curves import METRICS
from arena.training.table import read_table
from envs.bad_input import BadInput
from tests.bench.learn.reach import played
from tests.bench.learn.results import Line, line
from tests.bench.learn.training import OURS, THEIRS, Algorithm, Asked, Training, trained_in_turn

WINDOW = 500  # episodes, over which a return while learning is the mean


@dataclass(frozen=True)
class Sooner:
    """Both learn, each with its preset, for as many steps as that says and at most so many minutes.

    steps: of ours; None: the preset's. settings: of ours over its preset, where that is for a longer training. target:
    of the wall clock of PPO's whole training, the share after which ours is as good. Compiling is in neither's clock,
    nor is keeping and measuring the agents.
    """

    name: str
    about: str
    env: str
    minutes: float
    target: float
    steps: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    episodes: int = 500
    needs: str = ""

    @property
    def trainings(self) -> list[Training]:
        return [
            Training(self.name, Algorithm(OURS.agent, self.settings), self.env, self.steps, self.minutes),
            Training(self.name, THEIRS, self.env, minutes=self.minutes),
        ]

    def measure(self, asked: Asked) -> Iterator[Line]:
        for training in self.trainings:
            _compile(training, asked)
        ours, theirs = trained_in_turn(self.trainings, asked)
        goal = float(np.mean([_curve(run)[1][-1] for run in theirs]))
        whole = float(np.mean([run.seconds for run in theirs]))
        took = [first_at_least(*_curve(run), goal) for run in ours]
        values = [None if seconds is None else seconds / whole for seconds in took]
        yield line(
            values, _over_seeds(values), ours,
            what=f"share of `{THEIRS.name}`'s wall clock until as good as it ends, `{self.env}`",
            agent=OURS.name, rule="at most", target=self.target, percent=True,
            note=f"return {goal:.2f} while learning, after {whole:,.0f} s of `{THEIRS.name}`",
        )  # fmt: skip
        yield self._final(ours, theirs, asked)

    def _final(self, ours: list[Run], theirs: list[Run], asked: Asked) -> Line:
        """Compare the trained agents on the same episodes."""
        episodes = asked.scaled(self.episodes)
        mine, other = (
            np.atleast_2d(played(runs, (self.env,), episodes, {"greedy": False}).own.returns).astype(float)
            for runs in (ours, theirs)
        )
        difference = figures(mine[None])["mean"] - figures(other[None])["mean"]
        return line(
            (mine.mean(axis=1) - other.mean(axis=1)).tolist(), difference.estimate, ours,
            what=f"final return less `{THEIRS.name}`'s, `{self.env}`, sampled", agent=OURS.name, rule="not below",
            note=f"{mine.mean():.2f} and {other.mean():.2f} in {episodes} episodes",
        )  # fmt: skip


def _compile(training: Training, asked: Asked) -> None:
    """Let another agent learn from one rollout, so that nothing is compiled while the clock of the first seed runs."""
    agent = build_agent(training.algorithm.agent, training.env, training.wanted(asked)["settings"])
    assert isinstance(agent, Learner)
    with asked.console.status(f"{training.row}: compiling"):
        agent.learn(agent.config.num_envs * agent.config.n_steps)


def _curve(run: Run) -> tuple[np.ndarray, np.ndarray]:
    return smoothed(read_table(run.folder / METRICS), str(run.folder))


def smoothed(metrics: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return seconds and mean returns f8[points] of the last WINDOW episodes, from where there are as many.

    A training of few episodes is seen through a window of a quarter of them. Raises BadInput where none has ended.
    """
    ended = metrics["episodes"] > 0
    seconds, episodes = metrics["seconds"][ended], metrics["episodes"][ended]
    count = np.concatenate([[0], np.cumsum(episodes)])
    total = np.concatenate([[0], np.cumsum(metrics["return"][ended] * episodes)])
    if not len(seconds):
        raise BadInput(f"{name}: no episode has ended in it")
    window = max(1, min(WINDOW, count[-1] // 4))
    first = np.searchsorted(count, count[1:] - window, side="right") - 1
    full = first >= 0
    mean = (total[1:] - total[first]) / (count[1:] - count[first])
    return seconds[full], mean[full]


def first_at_least(seconds: np.ndarray, returns: np.ndarray, goal: float) -> float | None:
    """Return the first time when the return is at least the goal; None: never."""
    there = np.flatnonzero(returns >= goal)
    return float(seconds[there[0]]) if len(there) else None


def _over_seeds(values: list[float | None]) -> Estimate | None:
    """Return the mean with its interval over the seeds; None where one of them never came to it."""
    known = [value for value in values if value is not None]
    return figures(np.array(known)[None, :, None])["mean"].estimate if len(known) == len(values) else None
