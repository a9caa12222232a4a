"""How does a row come by its trained agents? From run folders, which are gone on with where they were cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from agents.presets import preset
from agents.saved import CARD, read_agent, write_agent
from agents.task import Task
from arena.training import Run, begin, resume
from arena.training.asked import ASKED, read_asked, seed_folder
from arena.training.start import STEPS
from envs.bad_input import BadInput

RUNS = Path("runs") / "learn"


@dataclass(frozen=True)
class Asked:
    """What `make learn` was asked.

    seeds: of every training, from 0. budget: factor on all steps, minutes and episodes; with another than 1 no figure
    counts, and what is trained stands apart. fresh: whether what was trained before is trained anew.
    """

    seeds: int = 5
    budget: float = 1.0
    fresh: bool = False
    folder: Path = RUNS
    console: Console = field(default_factory=lambda: Console(highlight=False))
    begun: set[Path] = field(
        default_factory=set
    )  # anew, so that rows that share a training share the new one

    def scaled(self, number: int) -> int:
        """Return so many steps or episodes times the budget, of which a few are always left."""
        return number if self.budget == 1 else max(min(number, 10), round(number * self.budget))


@dataclass(frozen=True)
class Algorithm:
    """Who learns, with which settings over its preset's; label: how table and folder name it, if not by the agent."""

    agent: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""

    @property
    def name(self) -> str:
        return self.label or self.agent


OURS, THEIRS = Algorithm("policy_gradient"), Algorithm("ppo")


@dataclass(frozen=True)
class Training:
    """What every seed of a row's algorithm is trained on, and for how long: steps (None: the preset's) and minutes."""

    row: str
    algorithm: Algorithm
    env: str
    steps: int | None = None
    minutes: float | None = None
    opponents: str = ""

    def wanted(self, asked: Asked) -> dict[str, Any]:
        """Return what its `run.json` says, but for the seed."""
        settings = {**preset(self.algorithm.agent, Task(self.env)), **self.algorithm.settings}
        steps = settings.pop("n_timesteps", STEPS)
        return {
            "agent": self.algorithm.agent,
            "env": self.env,
            "steps": asked.scaled(self.steps or steps),
            "minutes": None if self.minutes is None else self.minutes * asked.budget,
            "settings": settings,
            "opponents": self.opponents,
        }


def trained(training: Training, asked: Asked) -> list[Run]:
    """Return the trained runs, one a seed; only what is not done yet is learnt.

    Raises BadInput where a folder holds another training, and KeyboardInterrupt where one was interrupted.
    """
    return trained_in_turn([training], asked)[0]


def trained_in_turn(trainings: Sequence[Training], asked: Asked) -> list[list[Run]]:
    """As `trained`, for several trainings that take turns, seed by seed, since the machine's own speed drifts."""
    wanted = [training.wanted(asked) for training in trainings]
    runs: list[list[Run]] = [[] for _ in trainings]
    for seed in range(asked.seeds):
        for one, what, done in zip(trainings, wanted, runs, strict=True):
            folder = seed_folder(asked.folder / one.row / one.algorithm.name, seed)
            _begin(folder, seed, what, asked)
            asked.console.print(f"[dim]{folder}[/]")
            done.append(_gone_on(folder, what["minutes"]))
    return runs


def trained_by_age(training: Training, ages: Sequence[float], asked: Asked) -> dict[float, list[Run]]:
    """Return the runs, one a seed, by age: after so many minutes of the training, in their order, and after all.

    As they were on the way they stand in folders of their own, with the agent alone. Raises as `trained`.
    """
    assert training.minutes is not None
    wanted = training.wanted(asked)
    runs: dict[float, list[Run]] = {age: [] for age in (*ages, training.minutes)}
    for seed in range(asked.seeds):
        folder = seed_folder(asked.folder / training.row / training.algorithm.name, seed)
        anew = _begin(folder, seed, wanted, asked)
        asked.console.print(f"[dim]{folder}[/]")
        for age in ages:
            minutes, copy = age * asked.budget, folder.with_name(f"{folder.name}-after-{age:g}")
            if anew or not (copy / CARD).is_file():
                _gone_on(folder, minutes)
                write_agent(copy, *read_agent(folder))
            runs[age].append(Run(copy, read_asked(folder), read_agent(copy)[0].steps, 60 * minutes))
        runs[training.minutes].append(_gone_on(folder, wanted["minutes"]))
    return runs


def _gone_on(folder: Path, minutes: float | None) -> Run:
    run = resume(folder, minutes=minutes, progress=True)
    if run.interrupted:
        raise KeyboardInterrupt
    return run


def _begin(run: Path, seed: int, wanted: dict[str, Any], asked: Asked) -> bool:
    """Set up the folder of a run, unless it stands there and is the one that is wanted; return whether it is new."""
    if (run / ASKED).is_file() and (not asked.fresh or run in asked.begun):
        found = read_asked(run)
        other = [key for key, value in wanted.items() if getattr(found, key) != value]
        if "minutes" in other and found.minutes and wanted["minutes"] and found.minutes < wanted["minutes"]:
            other.remove("minutes")  # it is on its way
        if other:
            raise BadInput(f"{run}: was trained with other {', '.join(other)}; FRESH=1 trains anew")
        return False
    begin(**wanted, seed=seed, out=run, overwrite=True)
    asked.begun.add(run)
    return True
