"""How is an agent measured from the command line?"""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from arena.commands.options import Json, Trust, seed_option
from envs.bad_input import BadInput

if TYPE_CHECKING:
    from arena.evaluate import Evaluation


def evaluate(
    agent: Annotated[str, typer.Argument(help="The folder of a saved agent, or a spec such as `random`.")],
    env: Annotated[str | None, typer.Option(help="Where to play; default: where it was trained.")] = None,
    episodes: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many to play.")] = 100,
    seed: Annotated[int, seed_option("The same seed gives the same level seeds.")] = 0,
    trust: Trust = False,
    json: Json = False,
) -> None:
    """Play episodes and print the returns with 95 % intervals.

    Examples:

    - `gamelab evaluate runs/cliff-q --episodes 100 --seed 2 --json`
    - `gamelab evaluate value_iteration --env gridworld:level=lava_bridge`
    """
    from agents.catalog import is_folder, load_agent, make_agent
    from agents.task import Task
    from arena.evaluate import evaluate as play_episodes
    from arena.report import as_json

    if env is None and not is_folder(agent):
        raise BadInput(f"{agent}: name the environment, as in --env gridworld:level=cliff")
    with closing(load_agent(agent) if env is None else make_agent(agent, Task(env), trust=trust)) as player:
        result = play_episodes(player, episodes, seed)
    if json:
        scores = {key: value for key, value in asdict(result.scores).items() if key != "name"}
        facts = {"agent": agent, "env": result.env, "episodes": episodes, "seed": seed, **scores}
        print(as_json({**facts, "mean_length": result.lengths.mean(), "ends": result.ends}))
        return
    _print(agent, result)


def _print(agent: str, result: Evaluation) -> None:
    from rich.console import Console
    from rich.markup import escape

    from arena.evaluate import told

    console = Console(highlight=False, emoji=False, soft_wrap=True)
    env = escape(result.env)
    console.print(f"[bold]{escape(agent)}[/] on [cyan]{env}[/], {len(result.returns)} episodes")
    for name in ("mean", "median", "iqm"):
        figure = getattr(result.scores, name)
        interval = "" if math.isnan(figure.low) else f"{figure.low:.3f} … {figure.high:.3f}"
        console.print(f"  {name:7} [bold]{figure.value:9.3f}[/]   {interval}")
    console.print(f"  range   {result.returns.min():9.3f} … {result.returns.max():.3f}")
    console.print(f"  length  {result.lengths.mean():9.1f} plies")
    console.print(f"  ended   {escape(told(result.ends))}")
