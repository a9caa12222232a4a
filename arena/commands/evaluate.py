"""How is an agent measured from the command line?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arena.commands.options import Json, Trust, seed_option

if TYPE_CHECKING:
    from arena.evaluate import Evaluation
    from arena.measure import Measured

_SHEET = 100  # columns, in which no number of the widest sheet is cut


def evaluate(
    agents: Annotated[
        list[str],
        typer.Argument(
            metavar="AGENT...",
            help="The folder of a saved agent or of several seeds, or a spec such as `random`.",
        ),
    ],
    env: Annotated[
        str | None, typer.Option(help="Where to play; default: where it was trained, and on levels held out.")
    ] = None,
    episodes: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many each plays.")] = 100,
    seed: Annotated[int, seed_option("The same seed gives the same level seeds.")] = 0,
    greedy: Annotated[
        bool | None,
        typer.Option(
            "--greedy/--sampled", help="For agents with a policy to draw from; default: as it was saved."
        ),
    ] = None,
    trust: Trust = False,
    json: Json = False,
) -> None:
    """Play episodes and print the returns with 95 % intervals; several agents are compared.

    A folder that holds `seed-1`, `seed-2` and so on is measured over all of them.

    Examples:

    - `gamelab evaluate runs/cliff-q --episodes 100 --seed 2 --json`
    - `gamelab evaluate value_iteration --env gridworld:level=lava_bridge`
    - `gamelab evaluate runs/cliff-q random --env gridworld:level=cliff`
    """
    from arena.measure import comparable, enter, measure

    entries = [enter(agent, env) for agent in agents]
    shared = comparable(entries) if len(entries) > 1 else []
    settings = {} if greedy is None else {"greedy": greedy}
    measured = [measure(entry, episodes, seed, settings, trust=trust) for entry in entries]
    if json:
        _print_json(measured, shared, {"episodes": episodes, "seed": seed})
    else:
        _print(measured, shared)


def _print_json(measured: list[Measured], shared: list[str], asked: dict[str, int]) -> None:
    from arena.measure import compare
    from arena.report import as_json

    documents = [_document(one, asked) for one in measured]
    if len(measured) == 1:
        print(as_json(documents[0]))
    else:
        improvement = {env: compare(measured, env).improvement for env in shared}
        print(as_json({"agents": documents, "improvement": improvement}))


def _document(measured: Measured, asked: dict[str, int]) -> dict[str, Any]:
    facts = {"agent": measured.name, "runs": measured.runs, **asked, **_facts(measured.own)}
    if measured.held_out is not None:
        facts |= {"held_out": _facts(measured.held_out), "gap": measured.gap}
    return facts


def _facts(side: Evaluation) -> dict[str, Any]:
    scores = {key: value for key, value in asdict(side.scores).items() if key != "name"}
    told = {"mean_length": side.lengths.mean(), "ends": side.ends}
    return {"env": side.env, **scores, "success": side.success, **told}


def _print(measured: list[Measured], shared: list[str]) -> None:
    from rich.console import Console

    from arena.measure_table import comparison, sheet

    console = Console(highlight=False, emoji=False, soft_wrap=True)
    for one in measured:
        console.print(sheet(one), "", sep="\n", width=max(console.width, _SHEET))
    for env in shared:
        console.print(comparison(measured, env, console.width), "", sep="\n")
