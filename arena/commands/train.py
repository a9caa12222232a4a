"""How is an agent trained from the command line?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arena.commands.options import Json, seed_option
from envs.bad_input import BadInput, suggest

if TYPE_CHECKING:
    from agents.agent import Learner

EPISODES = 100  # on which a trained agent is measured


def train(
    agent: Annotated[str, typer.Argument(help="An agent that learns: `gamelab agents` lists them.")],
    env: Annotated[str, typer.Argument(help="A game, `gridworld:level=cliff`, or any Gymnasium id.")],
    steps: Annotated[
        int | None, typer.Option(min=1, help="Environment steps; default: the preset's.")
    ] = None,
    seed: Annotated[int, seed_option("The same seed learns the same.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the agent; default: under runs/.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("-p", help="A setting over the preset's, key=value; may be repeated.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the agent that stands in the folder.")] = False,
    json: Json = False,
) -> None:
    """Train an agent and keep it in a folder. Ctrl-C keeps what was learnt so far.

    Examples:

    - `gamelab train q_learning gridworld:level=cliff --steps 50000 --seed 1 --out runs/cliff-q`
    - `gamelab train q_learning FrozenLake-v1 --steps 200000 -p learning_rate=0.1`
    """
    from agents.agent import Learner
    from agents.catalog import AGENTS, agent_class, build_agent
    from agents.presets import preset
    from agents.saved import CARD
    from agents.task import Task
    from arena.folders import free_folder

    if not issubclass(agent_class(agent), Learner):
        learners = [name for name in AGENTS if issubclass(agent_class(name), Learner)]
        raise BadInput(f"{agent} does not learn.{suggest(agent, learners)}")
    task = Task(env)
    settings = preset(agent, task)
    default_steps = settings.pop("n_timesteps", 100_000)
    learner = build_agent(agent, task, {**settings, **_settings(setting or [])}, seed=seed)
    assert isinstance(learner, Learner)
    folder = out or free_folder(f"{agent}-{env}")
    if (folder / CARD).exists() and not overwrite:
        raise BadInput(f"{folder}: holds an agent already; name another folder, or add --overwrite")
    _make(folder)
    interrupted = _learn(learner, default_steps if steps is None else steps, progress=not json)
    learner.save(folder)
    if interrupted:
        _tell_interrupted(learner, folder, json)
        raise typer.Exit(130)
    _tell_result(learner, folder, json)


def _settings(given: list[str]) -> dict[str, Any]:
    from envs.spec import parse_spec

    for setting in given:
        if "," in setting:
            raise BadInput(f"-p {setting}: one setting each; repeat -p for more")
    return parse_spec("-p:" + ",".join(given))[1]


def _make(folder: Path) -> None:
    """Find out before training, not after it, whether the folder can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror}") from error


def _learn(learner: Learner, steps: int, progress: bool) -> bool:
    """Learn, and return whether Ctrl-C ended it early."""
    try:
        learner.learn(steps, progress=progress)
        return False
    except KeyboardInterrupt:
        return True


def _tell_interrupted(learner: Learner, folder: Path, json: bool) -> None:
    from arena.report import as_json

    if json:
        print(as_json({"folder": str(folder), "steps": learner.steps, "interrupted": True}))
    else:
        print(f"interrupted after {learner.steps:,} steps; what was learnt is kept in {folder}")


def _tell_result(learner: Learner, folder: Path, json: bool) -> None:
    """Measure the agent, note the result with it, and print it."""
    from arena.evaluate import evaluate, told
    from arena.report import as_json

    result = evaluate(learner, episodes=EPISODES, seed=learner.seed)
    mean = result.scores.mean
    learner.save(folder, {"mean_return": mean.value, "episodes": EPISODES})
    if json:
        facts = {"folder": str(folder), "steps": learner.steps, "interrupted": False}
        print(as_json({**facts, "mean_return": mean, "ends": result.ends}))
        return
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, emoji=False, soft_wrap=True)
    console.print(f"[bold]{learner.name}[/] after {learner.steps:,} steps, over {EPISODES} episodes:")
    console.print(f"  mean return [bold green]{mean.value:.3f}[/]  ({mean.low:.3f} … {mean.high:.3f})")
    console.print(f"  ended       {escape(told(result.ends))}")
    console.print(f"kept in [cyan]{escape(str(folder))}[/]; see it play: gamelab watch {escape(str(folder))}")
