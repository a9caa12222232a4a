"""What has been measured, when and with what, and is it enough? Kept as JSON, a row at a time."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from agents.saved import versions
from arena.bootstrap import Estimate
from arena.training import Run
from envs.bad_input import BadInput, one_line
from envs.file import read_bytes, write_bytes

_CAP = 1 << 24  # bytes
_ROUNDING = 1e-9
Rule = Literal["at least", "every seed", "above", "not above", "not below", "at most", "shown"]


class Line(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One figure of a row, measured on several seeds.

    values: a seed each (a round each, where a speed is timed); None: never came to it. value, low, high: over them,
    with the 95 % interval; None: not known. rule: what has to be on which side of the target. percent: whether they
    are shares. steps, seconds: of the training, a seed each. curve, x: of which curve of a plot it is a point, where.
    """

    what: str
    agent: str
    values: list[float | None]
    value: float | None
    low: float | None
    high: float | None
    rule: Rule
    target: float = 0.0
    percent: bool = False
    note: str = ""
    steps: list[int] = []
    seconds: list[float] = []
    curve: str = ""
    x: float = 0.0

    @property
    def reached(self) -> bool | None:
        """Whether the target is; None where there is none."""
        if self.rule == "shown":
            return None
        figures = {"every seed": self.worst, "above": self.low, "not above": self.low, "not below": self.high}
        figure = figures.get(self.rule, self.value)
        if figure is None:
            return False
        if self.rule == "above":
            return figure > self.target
        if self.rule in ("not above", "at most"):
            return figure <= self.target + _ROUNDING
        return figure >= self.target - _ROUNDING

    @property
    def worst(self) -> float | None:
        """The value of the seed that does worst; None where one never came to it."""
        known = [value for value in self.values if value is not None]
        if len(known) < len(self.values) or not known:
            return None
        return max(known) if self.rule in ("at most", "not above") else min(known)


def line(
    values: Sequence[float | None], estimate: Estimate | None, runs: Sequence[Run] = (), **facts: object
) -> Line:
    """Make a line of what the seeds came to and the estimate over them, of agents that were trained in these runs."""
    figures = (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
    value, low, high = (None if figure is None or math.isnan(figure) else float(figure) for figure in figures)
    spent = {"steps": [run.steps for run in runs], "seconds": [round(run.seconds, 1) for run in runs]}
    told = [None if one is None else float(one) for one in values]
    return Line(values=told, value=value, low=low, high=high, **{**spent, **facts})  # type: ignore[arg-type]


class Measured(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A row as it was measured.

    seconds: it took, without what had been trained before. budget: see `Asked`. products: the type of number in which
    our networks multiply while learning, unless told otherwise, by what the processor can do; empty: not noted.
    """

    lines: list[Line]
    seeds: int
    budget: float = 1.0
    seconds: float = 0.0
    date: str = msgspec.field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    products: str = ""
    cores: int = msgspec.field(default_factory=lambda: os.cpu_count() or 1)
    versions: dict[str, str] = msgspec.field(default_factory=versions)

    @property
    def counts(self) -> bool:
        return self.budget == 1

    @property
    def missed(self) -> bool:
        return self.counts and any(one.reached is False for one in self.lines)


def read_results(path: Path) -> dict[str, Measured]:
    """Return what is kept, by row; nothing where there is no file yet. Raises BadInput where it is broken."""
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(read_bytes(path, _CAP), type=dict[str, Measured])
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadInput(f"{path}: {one_line(error)}") from error


def keep(path: Path, row: str, measured: Measured) -> dict[str, Measured]:
    """Put a row in the place of what was measured of it before; return all that is kept."""
    kept = read_results(path) | {row: measured}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
    return kept
