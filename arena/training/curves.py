"""How are the curves of training runs drawn?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from arena.training.asked import read_asked, runs_in
from arena.training.table import STEPS, read_table
from envs.bad_input import BadInput, suggest
from envs.file import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METRICS, EVALUATIONS, CURVES = "metrics.csv", "evaluations.csv", "curves.png"
AXES = {STEPS: "environment steps", "seconds": "seconds of training"}
# Okabe & Ito (2008): told apart by the colour-blind too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B5A900")
DASHES = ("-", "--", "-.", ":")
_GRID, _INK = "#E4E4E4", "#333333"
_POINTS = 400  # of a curve of many updates: more than can be told apart
_OURS = (
    "steps",
    "seconds",
    "return",
    "length",
    "episodes",
)  # columns of metrics.csv; the others are the learner's


@dataclass(frozen=True)
class Curve:
    """y over x, f8[points], and its 95 % interval, over seeds; NaN where there is none."""

    name: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: int


def plot(
    folders: Sequence[str | Path], out: str | Path, by: str = "steps", figure: str = "mean"
) -> list[Curve]:
    """Draw several runs in one PNG, several seeds of one as their mean and its 95 % interval. Returns the curves.

    Args:
        folders: of runs, or with a run a seed in them.
        out: the picture.
        by: `steps` or `seconds`.
        figure: a column of `evaluations.csv`, or else of `metrics.csv`; default: the mean return on held-out seeds.

    Raises:
        BadInput: no run there, a file that is broken, or no such figure.
    """
    if by not in AXES:
        raise BadInput(f"by={by!r} is not one of {', '.join(AXES)}")
    if Path(out).suffix.lower() != ".png":
        raise BadInput(f"{out}: curves are drawn as .png")
    curves = [curve_of(Path(folder), by, figure) for folder in folders]
    canvas = _canvas(9, 5.2)
    axes = canvas.add_axes((0.09, 0.115, 0.88, 0.80))
    for number, curve in enumerate(curves):
        colour, dashes = COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]
        label = f"{curve.name} ({curve.seeds} seeds)" if curve.seeds > 1 else curve.name
        axes.plot(curve.x, curve.y, dashes, color=colour, linewidth=2, label=label)
        axes.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
    _label(axes, AXES[by], "mean return on held-out seeds" if figure == "mean" else figure)
    axes.set_title(", ".join(dict.fromkeys(_env(Path(folder)) for folder in folders)), **_TITLE)
    axes.legend(frameon=False, fontsize=10)
    _save(canvas, Path(out))
    return curves


def curve_of(folder: Path, by: str, figure: str) -> Curve:
    """Read the curve of a run, or of the seeds in a folder: their mean where all of them have been.

    Over seconds a seed that has ended before the others stays where it was.
    """
    name = "/".join(folder.parts[-2:]) if folder.name.startswith("seed-") else folder.name or str(folder)
    runs = runs_in(folder)
    if not runs:
        x, y = _points(folder, by, figure)
        unknown = np.full(len(x), np.nan)
        return Curve(name, x, y, unknown, unknown, 1)
    points = [_points(run, by, figure) for run in runs]
    ends = [x[-1] for x, _ in points]
    first, last = max(x[0] for x, _ in points), min(ends) if by == STEPS else max(ends)
    grid = np.unique(np.concatenate([x for x, _ in points]))
    grid = grid[(grid >= first) & (grid <= last)]
    if not len(grid):
        raise BadInput(f"{folder}: its seeds have no {by} in common; let them all go further")
    values = np.array([np.interp(grid, x, y) for x, y in points])
    mean, half = values.mean(axis=0), _half_width(values)
    return Curve(name, grid, mean, mean - half, mean + half, len(runs))


def _half_width(values: np.ndarray) -> np.ndarray:
    """Return half of the 95 % interval of the mean of values [seeds, points], by Student's t."""
    from scipy.stats import t

    seeds = len(values)
    if seeds < 2:
        return np.full(values.shape[1], np.nan)
    return t.ppf(0.975, seeds - 1) * values.std(axis=0, ddof=1) / np.sqrt(seeds)


def _points(run: Path, by: str, figure: str) -> tuple[np.ndarray, np.ndarray]:
    """Return where a run has that figure: x and y, f8[points]."""
    read_asked(run)
    evaluations = read_table(run / EVALUATIONS)
    path, table = run / EVALUATIONS, evaluations
    if figure not in evaluations:
        path, table = run / METRICS, read_table(run / METRICS)
    if not evaluations and figure == "mean":
        raise BadInput(f"{run / EVALUATIONS}: nothing has been measured yet")
    if figure not in table or by not in table:
        raise BadInput(f"{path}: has no column {figure!r}.{suggest(figure, {*table, *evaluations})}")
    known = np.isfinite(table[figure]) & np.isfinite(table[by])
    if not known.any():
        raise BadInput(f"{path}: its column {figure!r} is empty")
    return table[by][known], table[figure][known]


def _env(folder: Path) -> str:
    return read_asked((runs_in(folder) or [folder])[0]).env


def draw_run(folder: Path) -> None:
    """Draw `curves.png` of a run: its returns, while it learns and on held-out seeds, and its figures."""
    asked, metrics = read_asked(folder), read_table(folder / METRICS)
    evaluations = read_table(folder / EVALUATIONS)
    names = [name for name in metrics if name not in _OURS][:9]
    if "length" in metrics and np.isfinite(metrics["length"]).any():
        names = ["length", *names][:9]
    rows = -(-len(names) // 3)
    height = 4.2 + 2.1 * rows
    canvas = _canvas(9, height)
    axes = canvas.add_axes((0.09, 1 - 3.75 / height, 0.88, 3.3 / height))
    _draw_returns(axes, metrics, evaluations)
    axes.set_title(f"{asked.agent} on {asked.env}, seed {asked.seed}", **_TITLE)
    for number, name in enumerate(names):
        left, top = 0.09 + 0.305 * (number % 3), 4.55 + 2.1 * (number // 3)
        small = canvas.add_axes((left, 1 - (top + 1.35) / height, 0.24, 1.35 / height))
        _draw_figure(small, name, metrics["steps"], metrics[name])
    _save(canvas, folder / CURVES)


def _draw_returns(axes: Axes, metrics: dict[str, np.ndarray], evaluations: dict[str, np.ndarray]) -> None:
    if metrics:
        x, y = _thinned(metrics["steps"], metrics["return"])
        axes.plot(x, y, color="#8C8C8C", linewidth=1.2, label="while learning")
    if evaluations:
        x, marker = evaluations["steps"], "o" if len(evaluations["steps"]) < 40 else ""
        axes.fill_between(
            x, evaluations["low"], evaluations["high"], color=COLOURS[0], alpha=0.18, linewidth=0
        )
        axes.plot(
            x,
            evaluations["mean"],
            color=COLOURS[0],
            linewidth=2,
            marker=marker,
            markersize=4,
            label="on held-out seeds",
        )
    _label(axes, AXES[STEPS], "return")
    if metrics or evaluations:
        axes.legend(frameon=False, fontsize=10, loc="best")


def _draw_figure(axes: Axes, name: str, steps: np.ndarray, values: np.ndarray) -> None:
    axes.plot(*_thinned(steps, values), color=COLOURS[0], linewidth=1.2)
    axes.set_title(name, loc="left", fontsize=10, color=_INK)
    _label(axes, "", "")
    axes.tick_params(labelsize=8)


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points that are known, many of them as the means of neighbours."""
    known = np.isfinite(y)
    x, y = x[known], y[known]
    parts = min(_POINTS, len(x))
    if parts in (0, len(x)):
        return x, y
    return tuple(np.array([part.mean() for part in np.array_split(values, parts)]) for values in (x, y))  # type: ignore[return-value]


_TITLE: dict[str, Any] = {"loc": "left", "fontsize": 12, "fontweight": "bold", "color": _INK}


def _canvas(width: float, height: float) -> Figure:
    """Return an empty picture, in inches; it has nothing to do with the figures of pyplot."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=120, facecolor="white")


def _label(axes: Axes, x: str, y: str) -> None:
    from matplotlib.ticker import EngFormatter

    axes.set_xlabel(x, color=_INK)
    axes.set_ylabel(y, color=_INK)
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(True, color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color("#999999")


def _save(canvas: Figure, path: Path) -> None:
    content = BytesIO()
    canvas.savefig(content, format="png")
    write_bytes(path, content.getvalue())
