"""How does an agent become an engine for Go programs?"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, BinaryIO

import typer

from arena.commands.options import seed_option


def gtp(
    agent: Annotated[str, typer.Argument(help="An agent: a spec or the folder of a saved one.")],
    size: Annotated[int, typer.Option(help="Points a side of the board, until told otherwise.")] = 9,
    komi: Annotated[float, typer.Option(help="Points for White, until told otherwise.")] = 7.5,
    seed: Annotated[int, seed_option("Of the agent's chance.")] = 0,
) -> None:
    """Be an engine that any Go program can load: speak the Go Text Protocol on standard input and output.

    Sabaki, GoGui and other programs ask for the command of an engine: it is this line.

    Example: `gamelab gtp mcts:simulations=400 --size 9`
    """
    from arena.gtp_server import Server

    server = Server(agent, size, komi, seed)
    with suppress(BrokenPipeError), _standard_output() as answers:  # of a controller that has gone
        server.serve(sys.stdin.buffer, answers)


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    """Give standard output for answers alone; what else anything prints goes to standard error."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        try:
            yield answers
        finally:
            os.dup2(answers.fileno(), 1)
