"""How are matches and tournaments played and read from the command line?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arena.commands.options import Json, Workers, seed_option
from envs.bad_input import BadInput

if TYPE_CHECKING:
    from arena.ledger import Ledger


def match(
    first: Annotated[str, typer.Argument(help="An agent: a spec or the folder of a saved one.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
    env: Annotated[str, typer.Option(help="The game, `gridworld:level=apple_world`.")],
    out: Annotated[
        Path | None, typer.Option(help="A new folder for ledger and replays; default: under runs/.")
    ] = None,
    pairs: Annotated[int, typer.Option(min=1, help="Level seeds; with two seats, played in both.")] = 10,
    seed: Annotated[int, seed_option("What the level seeds follow from.")] = 0,
    workers: Workers = 1,
    json: Json = False,
) -> None:
    """Play two agents against each other over the same level seeds.

    Example:

    - `gamelab match random value_iteration --env gridworld:level=apple_world --pairs 10 --out runs/m1`
    """
    from arena.folders import free_folder
    from arena.tournament import begin

    _play(begin(out or free_folder("match"), env, [first, second], pairs, seed), workers, json)


def tournament(
    cup: Annotated[
        Path | None, typer.Argument(help="A YAML file with env, agents, pairs, seed, workers, out.")
    ] = None,
    env: Annotated[str | None, typer.Option(help="The game, `gridworld:level=apple_world`.")] = None,
    agents: Annotated[list[str] | None, typer.Option(help="All of them after one --agents.")] = None,
    pairs: Annotated[
        int | None, typer.Option(min=1, help="Level seeds that everyone plays; 10 by default.")
    ] = None,
    seed: Annotated[int | None, seed_option("What the level seeds follow from; 0 by default.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes that play side by side.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A new folder for ledger and replays.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the tournament in this folder.")] = None,
    track: Annotated[
        bool, typer.Option("--track", help="Log the table to wandb; offline without a key.")
    ] = False,
    json: Json = False,
) -> None:
    """Play a round robin, everyone against everyone; Ctrl-C and --resume lose nothing.

    Examples:

    - `gamelab tournament --env gridworld:level=apple_world --agents random value_iteration --out runs/cup`
    - `gamelab tournament cup.yml`
    - `gamelab tournament --resume runs/cup`
    """
    from arena.cup import read_cup
    from arena.folders import free_folder
    from arena.ledger import Ledger
    from arena.tournament import begin

    given = {"env": env, "agents": agents or None, "pairs": pairs, "seed": seed, "out": out and str(out)}
    settings = {key: value for key, value in given.items() if value is not None}
    if resume is not None:
        if cup is not None or settings:
            raise BadInput(
                "--resume goes on with the plan in the folder; leave out all but --workers, --json, --track"
            )
        _play(Ledger(resume), workers or 1, json, track)
        return
    if workers is not None:
        settings["workers"] = workers
    plan = read_cup(cup, settings)
    folder = plan.out or free_folder("tournament")
    _play(begin(Path(folder), plan.env, plan.agents, plan.pairs, plan.seed), plan.workers, json, track)


def _play(ledger: Ledger, workers: int, json: bool, track: bool = False) -> None:
    from arena.tournament import run

    try:
        run(ledger, workers, progress=not json)
    except KeyboardInterrupt:
        print(f"\ninterrupted; go on with: gamelab tournament --resume {ledger.path.parent}", file=sys.stderr)
        raise typer.Exit(130) from None
    _show(ledger, json)
    if track:
        from arena.standings import standings as derive
        from arena.training.tracking import track_standings

        track_standings(derive(ledger), ledger.path.parent)


def standings(
    folder: Annotated[Path, typer.Argument(help="The folder of a tournament, finished or not.")],
    json: Json = False,
) -> None:
    """Print the table of a tournament: ratings with intervals, crosstable, scores.

    Example:

    - `gamelab standings runs/cup --json`
    """
    from arena.ledger import Ledger

    _show(Ledger(folder), json)


def _show(ledger: Ledger, json: bool) -> None:
    from rich.console import Console

    from arena.report import as_json, show
    from arena.standings import standings as derive

    table = derive(ledger)
    if json:
        print(as_json(table))
    else:
        show(table, Console(highlight=False))
        print(f"replays: {ledger.path.parent / 'replays'}")
