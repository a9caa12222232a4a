"""How is an agent trained from the command line?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arena.commands.options import Json, seed_option
from envs.bad_input import BadInput

if TYPE_CHECKING:
    from arena.training import Run, Seeds

_GOES_ON = ("steps", "minutes", "watch", "workers")  # what may be said with --resume


def train(
    context: typer.Context,
    agent: Annotated[
        str | None, typer.Argument(help="An agent that learns: `gamelab agents` lists them.")
    ] = None,
    env: Annotated[
        str | None, typer.Argument(help="A game, `gridworld:level=cliff`, or any Gymnasium id.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, max=2**53, help="Environment steps; default: the preset's.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.001, help="Of training, after which it ends even before its steps.")
    ] = None,
    seed: Annotated[int, seed_option("The same seed learns the same.")] = 0,
    seeds: Annotated[
        int | None, typer.Option(min=1, max=1000, help="So many runs, of --seed and those after it.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Seeds that learn side by side.")] = 1,
    num_envs: Annotated[
        int | None, typer.Option(min=1, help="Games played side by side; the setting num_envs.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Where its network stands, cpu or cuda; the setting device.")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option("-p", help="A setting over the preset's, key=value; may be repeated.")
    ] = None,
    opponents: Annotated[
        str, typer.Option(help="Of a game for several: who plays the others, by shares, latest=0.8,past=0.2.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder of the run; default: under runs/.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the run that stands in the folder.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="See the newest agent play meanwhile.")] = False,
    track: Annotated[bool, typer.Option("--track", help="Log to wandb; offline without a key.")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write event files too.")] = False,
    evaluations: Annotated[
        int, typer.Option(min=0, help="Measurements on the way; fewer where they would take long.")
    ] = 20,
    episodes: Annotated[
        int, typer.Option(min=1, max=100_000, help="Episodes of each of them, on held-out seeds.")
    ] = 20,
    checkpoint_minutes: Annotated[
        float, typer.Option(min=0.001, help="Of training, after which the agent is kept again.")
    ] = 1.0,
    json: Json = False,
) -> None:
    """Train an agent in a folder of its own; Ctrl-C, a power cut and --resume lose a minute at most.

    Examples:

    - `gamelab train q_learning gridworld:level=cliff --steps 50000 --seed 1 --out runs/cliff-q`
    - `gamelab train q_learning FrozenLake-v1 --steps 200000 -p learning_rate=0.1`
    - `gamelab train q_learning gridworld:level=cliff --steps 20000 --seeds 3 --out runs/cliff-seeds`
    - `gamelab train --resume runs/cliff-q --steps 60000`
    - `gamelab train policy_gradient goban:size=5 --steps 10000 --opponents latest=0.5,past=0.3,greedy=0.2`
    """
    from arena.training import begin

    if watch and workers > 1:
        raise BadInput("--watch shows one run at a time; leave out --workers")
    if resume is not None:
        _refuse_beside_resume(context)
        _go_on(resume, None, steps, minutes, watch, workers, json)
        return
    if agent is None or env is None:
        raise BadInput(f"Missing argument {'AGENT' if agent is None else 'ENV'!r}; or --resume FOLDER")
    if watch:
        _check_watchable(env)
    said = {"num_envs": num_envs, "device": device}
    settings = _settings(setting or []) | {key: value for key, value in said.items() if value is not None}
    folder = begin(
        agent, env, steps=steps, minutes=minutes, seed=seed, seeds=seeds, settings=settings, out=out,
        overwrite=overwrite, evaluations=evaluations, episodes=episodes, checkpoint_minutes=checkpoint_minutes,
        tensorboard=tensorboard, track=track, opponents=opponents,
    )  # fmt: skip
    _go_on(folder, env, None, None, watch, workers, json)


def _refuse_beside_resume(context: typer.Context) -> None:
    said = [name for name in context.params if context.get_parameter_source(name).name == "COMMANDLINE"]  # type: ignore[union-attr]
    if any(name not in (*_GOES_ON, "resume", "json") for name in said):
        allowed = ", ".join(f"--{name}" for name in (*_GOES_ON, "json"))
        raise BadInput(f"--resume goes on with what the folder says; leave out all but {allowed}")


def _settings(given: list[str]) -> dict[str, Any]:
    from envs.spec import parse_spec

    for setting in given:
        if "," in setting:
            raise BadInput(f"-p {setting}: one setting each; repeat -p for more")
    return parse_spec("-p:" + ",".join(given))[1]


def _check_watchable(env: str) -> None:
    from agents.task import Task
    from arena.training.watched import check_watchable

    check_watchable(Task(env))


def _go_on(
    folder: Path,
    env: str | None,
    steps: int | None,
    minutes: float | None,
    watch: bool,
    workers: int,
    json: bool,
) -> None:
    from arena.training import resume, resume_seeds
    from arena.training.asked import runs_in

    several = bool(runs_in(folder))
    options: dict[str, Any] = {"steps": steps, "minutes": minutes, "watch": watch, "progress": not json}
    try:
        if several:
            seeds = resume_seeds(folder, env, workers=workers, **options)
            interrupted = seeds.interrupted
            _show_seeds(seeds, json)
        else:
            run = resume(folder, env, **options)
            interrupted = run.interrupted
            _show_run(run, json)
    except KeyboardInterrupt:
        interrupted = True
    if interrupted:
        print(f"go on with: gamelab train --resume {folder}", file=sys.stderr)
        raise typer.Exit(130)


def _show_run(run: Run, json: bool) -> None:
    from arena.report import as_json

    if json:
        print(as_json(_facts(run)))
        return
    if run.interrupted:
        print(f"interrupted after {run.steps:,} steps; what was learnt is kept in {run.folder}")
        return
    from rich.console import Console
    from rich.markup import escape

    from arena.evaluate import told

    console = Console(highlight=False, emoji=False, soft_wrap=True)
    already = "" if run.result else "is done already: "
    spent = f"{run.steps:,} steps in {run.seconds:.1f} s of training"
    console.print(f"[bold]{escape(run.asked.agent)}[/] {already}after {spent}")
    if run.result is not None:
        mean = run.result.scores.mean
        console.print(f"  mean return [bold green]{mean.value:.3f}[/]  ({mean.low:.3f} … {mean.high:.3f})")
        console.print(
            f"  ended       {escape(told(run.result.ends))}, in {len(run.result.returns)} episodes on held-out seeds"
        )
    elif run.mean_return is not None:
        console.print(
            f"  mean return [bold green]{run.mean_return:.3f}[/]; a larger --steps or --minutes goes on"
        )
    folder = escape(str(run.folder))
    console.print(f"kept in [cyan]{folder}[/]; see it play: gamelab watch {folder}")


def _facts(run: Run) -> dict[str, Any]:
    facts = {"folder": str(run.folder), "steps": run.steps, "interrupted": run.interrupted}
    if run.interrupted:
        return facts
    facts |= {"seed": run.asked.seed, "seconds": run.seconds, "mean_return": run.mean_return}
    if run.result is None:
        return facts
    return facts | {"mean_return": run.result.scores.mean, "ends": run.result.ends}


def _show_seeds(seeds: Seeds, json: bool) -> None:
    from arena.report import as_json

    scores = seeds.scores
    if json:
        facts = {"folder": str(seeds.folder), "interrupted": seeds.interrupted}
        over = {} if scores is None else {"mean": scores.mean, "iqm": scores.iqm}
        print(as_json({**facts, "runs": [_facts(run) for run in seeds.runs], **over}))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False, emoji=False)
    table = Table(box=None, pad_edge=False)
    for title in ("seed", "steps", "seconds", "mean return"):
        table.add_column(title, justify="right")
    for run in seeds.runs:
        mean = "—" if run.mean_return is None else f"{run.mean_return:.3f}"
        table.add_row(str(run.asked.seed), f"{run.steps:,}", f"{run.seconds:.1f}", mean)
    console.print(table)
    for name, estimate in () if scores is None else (("mean", scores.mean), ("IQM", scores.iqm)):
        interval = f"  ({estimate.low:.3f} … {estimate.high:.3f})" if len(seeds.runs) > 1 else ""
        console.print(f"{name:4} over the seeds [bold green]{estimate.value:.3f}[/]{interval}")
    console.print(f"kept in [cyan]{escape(str(seeds.folder))}[/]", soft_wrap=True)
