"""How good are agents over all the seeds they learnt from, where they learnt and on levels held out?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from os.path import isdir
from pathlib import Path
from typing import Any

import numpy as np

from agents.catalog import folder_of, is_folder, load_agent, make_agent
from agents.saved import CARD
from agents.task import Task
from arena.evaluate import Evaluation, evaluate, gap, together
from arena.scores import Estimate, Summary, summary
from envs.bad_input import BadInput

_SEED = re.compile(r"seed-\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """What is measured, as it was named: one agent, or those that learnt the same from several seeds.

    specs: of each. settings: over those they were saved with. tasks: where they learnt, and the same on held-out levels
    where there are such; or where they are told to play.
    """

    name: str
    specs: tuple[str, ...]
    settings: dict[str, Any]
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Measured:
    """own: where it learnt, or was told to play. held_out: on levels that it never saw; None where there are none."""

    name: str
    runs: int
    own: Evaluation
    held_out: Evaluation | None = None

    @property
    def gap(self) -> dict[str, Estimate]:
        """By how much each figure is higher on its own levels; nothing where none are held out."""
        return {} if self.held_out is None else gap(self.own, self.held_out)

    @property
    def evaluations(self) -> list[Evaluation]:
        return [self.own] if self.held_out is None else [self.own, self.held_out]


def enter(name: str, env: str | None = None) -> Entry:
    """Find what a name means: a spec, a saved agent, or a folder of them, `seed-1`, `seed-2` and so on.

    Without `env` they play where they learnt, and on the levels held out from that.
    """
    if env is None and not is_folder(name):
        raise BadInput(f"{name}: name the environment, as in --env gridworld:level=cliff")
    folder, settings = folder_of(name) if is_folder(name) else (None, {})
    specs = (name,) if folder is None else _seeds(folder) or (name,)
    if env is not None:
        return Entry(name, specs, settings, (Task(env),))
    own, *others = (load_agent(spec).task for spec in specs)
    for spec, task in zip(specs[1:], others, strict=True):
        if task.identity != own.identity:
            raise BadInput(f"{spec}: learnt on {task.spec}, {specs[0]} on {own.spec}; name one with --env")
    held_out = own.game.held_out() if own.game is not None else None
    return Entry(name, specs, settings, (own,) if held_out is None else (own, Task(held_out)))


def _seeds(folder: Path) -> tuple[str, ...]:
    """Return the agents in a folder that is none itself, by the number of their seed; nothing where there are none."""
    if not isdir(folder) or (folder / CARD).exists():
        return ()
    numbered = [(int(path.name[5:]), str(path)) for path in folder.iterdir() if _SEED.fullmatch(path.name)]
    return tuple(path for _, path in sorted(numbered))


def measure(
    entry: Entry,
    episodes: int,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    *,
    trust: bool = False,
) -> Measured:
    """Play on level seeds that follow from `seed`, with `settings` over the agents' own; trust: as in `make_agent`."""
    played = []
    changed = dict(settings or {})
    for task in entry.tasks:
        runs = []
        for spec in entry.specs:
            with closing(make_agent(spec, task, entry.settings | changed, trust=trust)) as agent:
                runs.append(evaluate(agent, episodes, seed))
        played.append(together(runs) if len(runs) > 1 else runs[0])
    return Measured(entry.name, len(entry.specs), *played)


def comparable(entries: Sequence[Entry]) -> list[str]:
    """Return the specs of the environments that all play in; raises BadInput where there are none."""
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"{name!r} is named twice; an agent is compared with others, not itself")
    first, *others = entries
    shared = [task.spec for task in first.tasks if all(_plays(other, task) for other in others)]
    if not shared:
        learnt = ", ".join(f"{entry.name} on {entry.tasks[0].spec}" for entry in entries)
        raise BadInput(f"not on the same levels: {learnt}; name one environment with --env")
    return shared


def _plays(entry: Entry, task: Task) -> bool:
    return any(own.identity == task.identity for own in entry.tasks)


def compare(measured: Sequence[Measured], env: str) -> Summary:
    """Compare what they did in one environment, level seed by level seed."""
    found = {one.name: next(e for e in one.evaluations if e.env == env) for one in measured}
    return summary({name: np.atleast_2d(one.returns)[None] for name, one in found.items()})
