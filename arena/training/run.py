"""How is a learner trained in a folder, so that neither Ctrl-C nor a power cut loses more than a minute?

The folder of a run is a saved agent, and more: `run.json` says what was asked, `metrics.csv` has a row for each update
and `evaluations.csv` one for each measurement on held-out seeds, `curves.png` shows them, and `best` is the agent that
measured best; by self-play, `past` has those that it was before. `under_way.safetensors` has what some learners go on
with. What is learnt does not depend on how often it is kept or measured.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from filelock import AcquireReturnProxy, FileLock, Timeout
from msgspec import structs

from agents.agent import Learner
from agents.catalog import load_agent
from agents.progress import Diverged, Told, Update
from agents.saved import UNDER_WAY, read_agent, read_under_way, write_under_way
from agents.self_play import PAST, Pool
from agents.task import Env, task_of
from arena.evaluate import Evaluation
from arena.training.asked import Asked, read_asked, write_asked
from arena.training.curves import EVALUATIONS, METRICS, draw_run
from arena.training.interrupt import Interrupt
from arena.training.measuring import Budget, can_measure, keep_best, measure, results_of, row_of
from arena.training.table import Table, read_table
from arena.training.tensorboard import TensorBoard
from arena.training.tracking import Tracking
from arena.training.watched import watched
from envs.bad_input import BadInput

FINAL = 100  # episodes on which the trained agent is measured
_HELD = ".lock"
_MINUTE = 60.0
_DRAWN_EVERY = 10.0  # seconds of training, at least
_WATCHED_EVERY = 0.25  # minutes after which one who watches sees a newer agent, at most


@dataclass(frozen=True)
class Run:
    """What a run has come to by now.

    seconds: of training. interrupted: by Ctrl-C. mean_return: of the agent as it is, in FINAL episodes on held-out
    seeds; None where it is not known. result: the episodes, where they were played just now.
    """

    folder: Path
    asked: Asked
    steps: int
    seconds: float
    interrupted: bool = False
    mean_return: float | None = None
    result: Evaluation | None = None


def resume(
    folder: str | Path,
    env: Env | None = None,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    watch: bool = False,
    progress: bool = False,
) -> Run:
    """Train on where the last checkpoint in the folder of a run left it; of one that is done, say what it came to.

    Args:
        env: default: the one that it was begun on, where that can be built again.
        steps, minutes: in all its life, over those that were asked before.
        watch: open a window in which the newest agent plays meanwhile.
        progress: show a bar.

    Raises:
        BadInput: no run, a full disk, or Diverged; the last good checkpoint stands in the folder.
    """
    folder = Path(folder)
    before = read_asked(folder)
    asked = structs.replace(before, steps=steps or before.steps, minutes=minutes or before.minutes)
    with ExitStack() as stack:
        stack.enter_context(_held(folder))
        pool = _pool(folder, env, asked.opponents)
        learner = load_agent(folder, env if pool is None else pool.task)
        assert isinstance(learner, Learner)
        if under_way := read_under_way(folder, learner.steps):
            try:
                learner.take_up(under_way)
            except BadInput as error:
                raise BadInput(
                    f"{folder / UNDER_WAY}: {error}; without this file the run goes on with new games"
                ) from error
        if asked != before:
            write_asked(folder, asked)
        if watch:
            stack.enter_context(watched(folder, learner.task))
            asked = structs.replace(asked, checkpoint_minutes=min(asked.checkpoint_minutes, _WATCHED_EVERY))
        training = _Training(folder, learner, asked, env, stack, pool)
        return training.done() or training.run(progress)


def _held(folder: Path) -> AcquireReturnProxy:
    """Hold a run against other processes; it falls free when this one ends, however it does."""
    try:
        return FileLock(folder / _HELD, blocking=False).acquire()
    except Timeout:
        raise BadInput(f"{folder}: another process is training there") from None
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror}") from error


def _pool(folder: Path, env: Env | None, opponents: str) -> Pool | None:
    """Return who plays the other seats, for the env or the one that the agent in the folder was made for."""
    if not opponents:
        return None
    return Pool(task_of(read_agent(folder)[0].env).game or "" if env is None else env, opponents)


class _TimeIsUp(Exception):
    """Ends the learning, though not all steps are learnt from."""


class _Training:
    """Keeps, measures and logs a learner while it learns."""

    def __init__(
        self,
        folder: Path,
        learner: Learner,
        asked: Asked,
        env: Env | None,
        stack: ExitStack,
        pool: Pool | None,
    ) -> None:
        self._folder, self._learner, self._asked, self._stack = folder, learner, asked, stack
        self._pool = pool
        self._metrics, self._evaluations = (
            Table(folder / name, learner.steps) for name in (METRICS, EVALUATIONS)
        )
        stack.callback(self._metrics.close)
        stack.callback(self._evaluations.close)
        self._best = max(read_table(folder / EVALUATIONS).get("mean", ()), default=-np.inf)
        self._seconds = self._metrics.last.get("seconds", 0.0)
        self._began = self._kept = self._drawn = self._seconds
        self._interrupt, self._budget = Interrupt(), Budget()
        self._fresh = learner.task.game or (env if isinstance(env, str) else None)
        self._measurable = can_measure(learner.task, self._fresh)
        self._loggers: list[TensorBoard | Tracking] = []

    def done(self) -> Run | None:
        """Return what it has come to, if there is nothing left to do."""
        results = read_agent(self._folder)[0].results
        return self._come_to(mean_return=results.get("mean_return")) if self._over and results else None

    def run(self, progress: bool) -> Run:
        try:
            with self._interrupt.noting():
                self._log_to()
                if not self._over:
                    self._learn(progress)
                return self._finish()
        except KeyboardInterrupt:
            return self._come_to(interrupted=True)

    @property
    def _over(self) -> bool:
        return self._share(self._learner.steps, self._seconds) >= 1

    def _share(self, steps: float, seconds: float) -> float:
        """Return how much of what was asked is done by then, in steps or in time, whichever ends it sooner."""
        minutes = self._asked.minutes or np.inf
        return max(steps / self._asked.steps, seconds / (minutes * _MINUTE))

    def _log_to(self) -> None:
        if self._asked.tensorboard:
            self._loggers.append(TensorBoard(self._folder, self._learner.steps))
        if self._asked.tracked:
            self._loggers.append(Tracking(self._folder, self._asked, self._learner))
        for logger in self._loggers:
            self._stack.callback(logger.close)

    def _learn(self, progress: bool) -> None:
        told: Told = self._hear
        if self._pool is not None:
            told = self._pool.follow(self._learner, self._hear, self._folder / PAST)
        self._since = perf_counter()
        try:
            self._learner.learn(self._asked.steps - self._learner.steps, progress=progress, told=told)
        except _TimeIsUp:
            return
        except Diverged as error:
            kept = (
                f"the last good checkpoint, after {self._come_to().steps:,} steps, stands in {self._folder}"
            )
            raise Diverged(f"{error}; {kept}") from error

    def _hear(self, update: Update) -> None:
        """Take in an update; the clock stands still meanwhile."""
        self._seconds += perf_counter() - self._since
        self._note(update)
        if self._interrupt.came:
            self._keep()
            draw_run(self._folder)
            raise KeyboardInterrupt
        self._look()
        if self._over and update.steps < self._asked.steps:
            raise _TimeIsUp
        self._since = perf_counter()

    def _note(self, update: Update) -> None:
        row: dict[str, float] = {"steps": update.steps, "seconds": self._seconds}
        row["return"] = float(np.mean(update.returns)) if update.returns else np.nan
        row["length"] = float(np.mean(update.lengths)) if update.lengths else np.nan
        row["episodes"] = len(update.returns)
        row.update(update.figures)
        self._metrics.add(row)
        for logger in self._loggers:
            logger.log(row)

    def _look(self) -> None:
        """Keep and measure the learner where that is due."""
        due = self._is_due() and self._budget.allows(self._seconds - self._began)
        if due or self._seconds - self._kept >= self._asked.checkpoint_minutes * _MINUTE:
            self._keep()
        if due:
            with self._budget.spending(), self._interrupt.at_once():
                self._measure(self._asked.episodes)
                if self._seconds - self._drawn >= _DRAWN_EVERY:
                    draw_run(self._folder)
                    self._drawn = self._seconds

    def _is_due(self) -> bool:
        """Return whether it has come to another of the places, even over the training, where it is measured."""
        last = self._evaluations.last
        shares = (
            self._share(last.get("steps", 0.0), last.get("seconds", 0.0)),
            self._share(self._learner.steps, self._seconds),
        )
        before, now = (int(share * self._asked.evaluations) for share in shares)
        return self._measurable and not self._over and now > before

    def _keep(self, results: dict[str, float] | None = None) -> None:
        """Save the agent, and see that the tables reach as far. Raises Diverged where it holds no numbers."""
        for name, array in self._learner.arrays().items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                steps = f"{self._learner.steps:,} steps"
                raise Diverged(f"{self._learner.name}: {name!r} holds what is no number after {steps}")
        self._metrics.keep()
        write_under_way(self._folder, self._learner.steps, self._learner.under_way())
        self._learner.save(self._folder, results)
        self._kept = self._seconds

    def _measure(self, episodes: int) -> Evaluation:
        """Measure what is kept; where it is no worse than any before, it is the best."""
        result = measure(self._folder, self._fresh, episodes)
        row = row_of(result, self._learner.steps, self._seconds)
        if row["mean"] >= self._best:
            keep_best(self._folder, results_of(row))
            self._best = row["mean"]
        self._evaluations.add(row)
        self._evaluations.keep()
        for logger in self._loggers:
            logger.log_evaluation(row)
        return result

    def _finish(self) -> Run:
        self._keep()
        if self._interrupt.came:
            raise KeyboardInterrupt
        result = None
        with self._interrupt.at_once():
            if self._measurable:
                result = self._measure(FINAL)
                self._keep(results_of(self._evaluations.last))
            draw_run(self._folder)
            for logger in self._loggers:
                logger.finish()
        return self._come_to(mean_return=None if result is None else result.scores.mean.value, result=result)

    def _come_to(self, **facts: Any) -> Run:
        """Return what stands in the folder."""
        return Run(self._folder, self._asked, read_agent(self._folder)[0].steps, self._seconds, **facts)
