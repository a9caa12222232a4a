"""How are training runs drawn from the command line?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_NAMES = 3  # of runs, in the name of the picture


def plot(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, or of several seeds of one.")],
    out: Annotated[Path | None, typer.Option(help="The .png; default: under runs/.")] = None,
    by: Annotated[str, typer.Option(help="What they are drawn over: steps or seconds.")] = "steps",
    figure: Annotated[
        str, typer.Option(help="A column of their evaluations.csv or metrics.csv; default: the mean return.")
    ] = "mean",
) -> None:
    """Draw the curves of training runs in one picture; several seeds as their mean with its 95 % interval.

    Examples:

    - `gamelab plot runs/cliff-q --out curves.png`
    - `gamelab plot runs/cliff-q runs/cliff-seeds --by seconds`
    """
    from arena.folders import free_folder
    from arena.training import plot as draw

    path = out
    if path is None:
        path = free_folder("-".join(run.name for run in runs[:_NAMES])).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
    draw(runs, path, by, figure)
    print(path)
