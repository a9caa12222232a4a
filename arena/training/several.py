"""What do several seeds of one training come to?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

from agents.task import Env
from arena.scores import EntrantScores, summary
from arena.training.asked import runs_in
from arena.training.curves import CURVES, plot
from arena.training.run import Run, resume
from arena.training.start import begin
from envs.bad_input import BadInput

_LOOK = 0.1  # seconds between two looks at the processes
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}  # more would get in each other's way


@dataclass(frozen=True)
class Seeds:
    """The runs of several seeds, in their order; those not come to are missing where it was interrupted."""

    folder: Path
    runs: tuple[Run, ...]
    interrupted: bool

    @property
    def scores(self) -> EntrantScores | None:
        """Mean, median and interquartile mean of the mean returns, with 95 % bootstrap intervals over the seeds."""
        means = [run.mean_return for run in self.runs if run.mean_return is not None]
        return summary({"agent": means}).entrants[0] if means else None


def train_seeds(
    agent: str, env: Env, seeds: int, *, workers: int = 1, progress: bool = False, **asked: Any
) -> Seeds:
    """Train an agent anew with several seeds; `asked` is what `begin` takes."""
    return resume_seeds(begin(agent, env, seeds=seeds, **asked), env, workers=workers, progress=progress)


def resume_seeds(folder: str | Path, env: Env | None = None, *, workers: int = 1, **options: Any) -> Seeds:
    """Train on every run in the folder that is not done, one after another or in so many processes side by side.

    Args:
        env, options: what `resume` takes. Several workers build the environment from what the runs say of it.

    Raises:
        BadInput: there are none, or one of them cannot go on; those before it stand.
    """
    folder = Path(folder)
    runs = runs_in(folder)
    if not runs:
        raise BadInput(f"{folder}: no training runs of several seeds here (no seed-…/run.json)")
    if workers > 1:
        _side_by_side(runs, workers, options)
    done: list[Run] = []
    for run in runs:
        done.append(resume(run, env, **options))
        if done[-1].interrupted:
            break
    with suppress(BadInput):  # there may be nothing to draw
        plot([folder], folder / CURVES)
    return Seeds(folder, tuple(done), done[-1].interrupted)


def _side_by_side(runs: Sequence[Path], workers: int, options: dict[str, Any]) -> None:
    """Let processes of their own go on with the runs. Raises KeyboardInterrupt when all of them have kept theirs."""
    limits = [f"--{name}={options[name]}" for name in ("steps", "minutes") if options.get(name)]
    waiting, crew = deque(runs), dict[Path, subprocess.Popen]()
    try:
        while waiting or crew:
            while waiting and len(crew) < workers:
                run = waiting.popleft()
                crew[run] = _start(run, limits)
            sleep(_LOOK)
            for run in [run for run, process in crew.items() if process.poll() is not None]:
                if status := crew.pop(run).returncode:
                    raise BadInput(f"{run}: its process ended with exit status {status}")
    except BaseException:
        for process in crew.values():
            process.send_signal(signal.SIGINT)
        for process in crew.values():
            process.wait()
        raise


def _start(run: Path, limits: list[str]) -> subprocess.Popen:
    program = [sys.executable, "-c", "from arena.cli import main; main()"]
    return subprocess.Popen(
        [*program, "train", "--resume", str(run), *limits, "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is passed on, once
        env=_ONE_THREAD | os.environ,
    )
