"""Which options do several commands share?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from envs.bad_input import BadInput

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Workers = Annotated[int, typer.Option(min=1, max=256, help="Processes that play side by side.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Open a zip of Stable-Baselines3, which may run its maker's code.")
]
MAX_SEED = 2**62


def seed_option(help: str) -> Any:
    """Return the option `--seed`, whose values go up to MAX_SEED."""
    return typer.Option(help=help, callback=_checked)


def _checked(seed: int | None) -> int | None:
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise BadInput(f"--seed {seed}: not a whole number from 0 to {MAX_SEED}")
    return seed
