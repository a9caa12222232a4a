"""How good is a learner by now, on seeds that it never learns from?"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

import numpy as np

from agents.catalog import load_agent
from agents.saved import read_agent, write_agent
from agents.task import Env
from arena.evaluate import Evaluation, evaluate
from arena.schedule import level_seeds

BEST = "best"
_LEARNT_FROM = 2**32  # learners reset their environments with seeds below it
_HELD_OUT = 2**61  # and whoever measures another agent hardly begins here
_SHARE, _FREE = 0.1, 1.0  # of the time of training that measuring may take, and seconds over it


def held_out_seed(episodes: int) -> int:
    """Return a seed for `evaluate` whose level seeds are all beyond those that learners use; the same for every run.

    A game that draws from a fixed set of levels may still meet one of them in both.
    """
    return next(seed for seed in count(_HELD_OUT) if min(level_seeds(seed, episodes)) >= _LEARNT_FROM)


def measure(folder: Path, env: Env | None, episodes: int) -> Evaluation:
    """Play held-out episodes with a copy of the saved agent, so that nothing of the one that learns changes.

    env: fresh, or None for the one that it was trained on.
    """
    with undisturbed(), closing(load_agent(folder, env)) as agent:
        return evaluate(agent, episodes, held_out_seed(episodes))


def row_of(result: Evaluation, steps: int, seconds: float) -> dict[str, float]:
    """Return what `evaluations.csv` says of it: the mean return with its 95 % interval."""
    mean = result.scores.mean
    success = np.nan if result.success is None else result.success.value
    row = {"steps": steps, "seconds": seconds, "mean": mean.value, "low": mean.low, "high": mean.high}
    return {**row, "success": success, "episodes": len(result.returns)}


def results_of(row: dict[str, float]) -> dict[str, float]:
    """Return what the card of the agent says of it."""
    return {"mean_return": row["mean"], "episodes": row["episodes"]}


def keep_best(folder: Path, results: dict[str, float]) -> None:
    """Copy the saved agent of a run to its `best`."""
    card, arrays = read_agent(folder)
    card.results = results
    write_agent(folder / BEST, card, arrays)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave all chance that is drawn from somewhere global as it was; making an agent may seed it."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    with ExitStack() as stack:
        if torch := sys.modules.get("torch"):
            stack.enter_context(torch.random.fork_rng())
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002


class Budget:
    """Sees to it that what is done beside learning takes about a tenth of its time."""

    def __init__(self) -> None:
        self._spent = self._price = 0.0

    def allows(self, learning: float) -> bool:
        """Return whether it may be done once more, after so many seconds of learning."""
        return self._spent + self._price <= _FREE + _SHARE * learning

    @contextmanager
    def spending(self) -> Iterator[None]:
        began = perf_counter()
        yield
        self._price = perf_counter() - began
        self._spent += self._price
