"""How is a training run set up, before anything is learnt?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from typing import Any

from agents.agent import Learner
from agents.catalog import AGENTS, agent_class, build_agent
from agents.presets import preset
from agents.saved import CARD, UNDER_WAY
from agents.self_play import PAST, Pool
from agents.task import Env, Task
from arena.folders import free_folder
from arena.training.asked import ASKED, Asked, runs_in, seed_folder, write_asked
from arena.training.curves import CURVES, EVALUATIONS, METRICS
from arena.training.measuring import BEST
from arena.training.tensorboard import EVENTS
from envs.bad_input import BadInput, suggest

STEPS = 100_000  # where neither the caller nor a preset names them


def begin(
    agent: str,
    env: Env,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    seeds: int | None = None,
    settings: Mapping[str, Any] | None = None,
    opponents: str = "",
    out: str | Path | None = None,
    overwrite: bool = False,
    evaluations: int = 20,
    episodes: int = 20,
    checkpoint_minutes: float = 1.0,
    tensorboard: bool = False,
    track: bool = False,
) -> Path:
    """Check everything and set up the folder of a run, with the agent as it is before learning. Returns the folder.

    Args:
        agent: the name of a learner.
        env: a spec, a Gymnasium env or a game.
        steps: environment steps; default: the preset's.
        minutes: of training, after which it ends even before its steps; what falls over the training goes by the steps.
        seed: the same one learns the same.
        seeds: so many runs, of `seed` and those after it, in folders `seed-…` of the folder.
        settings: over the preset's.
        opponents: in a game for several, who plays the other seats: the shares of a `Pool`.
        out: the folder; default: a new one under runs/.
        overwrite: replace the run or the agent that stands there.
        evaluations, episodes: how often it is measured on the way, 0 for never, and on how many episodes. Where that
            would take more than a tenth of the time, it is measured less often.
        checkpoint_minutes: of training, after which it is kept again.
        tensorboard: write event files into `tensorboard` in the folder.
        track: log to wandb, offline where there is no key.

    Raises:
        BadInput: something is wrong; nothing is written then, unless it is the disk.
    """
    if not issubclass(agent_class(agent), Learner):
        learners = [name for name in AGENTS if issubclass(agent_class(name), Learner)]
        raise BadInput(f"{agent} does not learn.{suggest(agent, learners)}")
    task = Pool(env, opponents).task if opponents else Task(env)
    chosen = {**preset(agent, task), **(settings or {})}
    preset_steps = chosen.pop("n_timesteps", STEPS)
    spec = env if isinstance(env, str) else task.spec
    folder = Path(out) if out is not None else free_folder(f"{agent}-{spec}")
    runs = (
        {folder: seed}
        if seeds is None
        else {seed_folder(folder, one): one for one in range(seed, seed + seeds)}
    )
    _learner(agent, task, chosen, seed)  # before anything is written
    _make_way([folder, *runs], overwrite)
    for run, one in runs.items():
        asked = Asked(
            agent=agent, env=spec, steps=steps or preset_steps, minutes=minutes, seed=one, settings=chosen,
            opponents=opponents, evaluations=evaluations, episodes=episodes, checkpoint_minutes=checkpoint_minutes,
            tensorboard=tensorboard, tracked=token_hex(4) if track else "",
        )  # fmt: skip
        _learner(agent, task, chosen, one).save(run)
        write_asked(run, asked)
    return folder


def _learner(agent: str, task: Task, settings: dict[str, Any], seed: int) -> Learner:
    learner = build_agent(agent, task, settings, seed=seed)
    assert isinstance(learner, Learner)
    return learner


def _make_way(folders: list[Path], overwrite: bool) -> None:
    """See that no run or agent stands in the folders, or take it away."""
    for folder in folders:
        taken = any((folder / name).exists() for name in (CARD, ASKED)) or runs_in(folder)
        if taken and not overwrite:
            raise BadInput(f"{folder}: holds an agent already; name another folder, or add --overwrite")
        for run in (folder, *runs_in(folder)):
            _clear(run)


def _clear(run: Path) -> None:
    parts = (ASKED, CARD, UNDER_WAY, METRICS, EVALUATIONS, CURVES, f"{BEST}/{CARD}")
    try:
        for path in (*(run / part for part in parts), *run.glob(f"{EVENTS}/events.*")):
            path.unlink(missing_ok=True)
        if (run / PAST).is_dir():
            rmtree(run / PAST)
    except OSError as error:
        raise BadInput(f"{run}: cannot be written: {error.strerror}") from error
