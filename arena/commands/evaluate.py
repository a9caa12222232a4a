"""How is an agent measured from the command line?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from envs.bad_input import BadInput


def evaluate(
    agent: Annotated[str, typer.Argument(help="The folder of a saved agent, or a spec such as `random`.")],
    env: Annotated[str | None, typer.Option(help="Where to play; default: where it was trained.")] = None,
    episodes: Annotated[int, typer.Option(min=1, max=1_000_000)] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same level seeds.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
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
    player = load_agent(agent) if env is None else make_agent(agent, Task(env))
    result = play_episodes(player, episodes, seed)
    if json:
        scores = {key: value for key, value in asdict(result.scores).items() if key != "name"}
        facts = {"agent": agent, "env": result.env, "episodes": episodes, "seed": seed, **scores}
        print(as_json({**facts, "mean_length": result.lengths.mean(), "ends": result.ends}))
        return
    _print(agent, result)


def _print(agent: str, result) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(f"[bold]{agent}[/] on [cyan]{result.env}[/], {len(result.returns)} episodes")
    for name in ("mean", "median", "iqm"):
        figure = getattr(result.scores, name)
        console.print(f"  {name:7} [bold]{figure.value:9.3f}[/]   {figure.low:.3f} … {figure.high:.3f}")
    console.print(f"  range   {result.returns.min():9.3f} … {result.returns.max():.3f}")
    console.print(f"  length  {result.lengths.mean():9.1f} plies")
    console.print("  ended   " + ", ".join(f"{reason} {count}" for reason, count in result.ends.items()))
