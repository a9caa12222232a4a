"""How does success grow with the levels learnt on, and strength with the minutes? As pictures."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from arena.training.curves import COLOURS
from envs.file import write_bytes
from tests.bench.learn.generalisation import TEST, TRAIN
from tests.bench.learn.results import Line

_INK, _GRID, _GAP = "#333333", "#E4E4E4", "#8C8C8C"


def draw_generalisation(lines: Sequence[Line], path: Path) -> None:
    """Draw success on train and test levels over the number of levels, with 95 % bands and the gap between them."""
    axes = _axes("Train and test levels", "levels learnt on", "flag reached, %")
    x, top, *_ = _band(axes, lines, TRAIN, "levels it has learnt on", COLOURS[0])
    _, bottom, *_ = _band(axes, lines, TEST, "levels it has never seen", COLOURS[1])
    axes.fill_between(x, bottom, top, color=_GAP, alpha=0.12, linewidth=0, label="gap")
    _write(axes, x, path)


def draw_growth(lines: Sequence[Line], title: str, path: Path) -> None:
    """Draw the share of the points against each rival over the minutes of learning, with 95 % bands."""
    axes = _axes(title, "minutes of learning", "points won, %")
    rivals = list(dict.fromkeys(line.curve for line in lines if line.curve))
    minutes: set[float] = set()
    for colour, rival in zip(COLOURS, rivals, strict=False):
        minutes |= set(_band(axes, lines, rival, f"against {rival}", colour)[0])
    axes.axhline(50, color=_GAP, linewidth=1, linestyle=":")
    _write(axes, sorted(minutes), path)


def _axes(title: str, x: str, y: str) -> Axes:
    figure = Figure(figsize=(8, 4.6), dpi=120, facecolor="white")
    axes = figure.add_axes((0.09, 0.125, 0.88, 0.78))
    axes.set_xscale("log")
    axes.set_ylim(0, 102)
    axes.set_xlabel(x, color=_INK)
    axes.set_ylabel(y, color=_INK)
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", color=_INK)
    axes.grid(True, color=_GRID, linewidth=0.8)
    axes.tick_params(colors=_INK, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
    return axes


def _band(axes: Axes, lines: Sequence[Line], curve: str, label: str, colour: str) -> np.ndarray:
    """Draw a curve with its band, and return its points."""
    x, y, low, high = points = _points(lines, curve)
    axes.fill_between(x, low, high, color=colour, alpha=0.25, linewidth=0)
    axes.plot(x, y, color=colour, linewidth=2, marker="o", markersize=5, label=label)
    return points


def _write(axes: Axes, ticks: Sequence[float], path: Path) -> None:
    axes.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks], minor=False)
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=10, loc="lower right")
    content = BytesIO()
    axes.figure.savefig(content, format="png")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content.getvalue())


def _points(lines: Sequence[Line], curve: str) -> np.ndarray:
    """Return x, y, low and high of a curve, f8[4, points], the last three in percent and NaN where not known."""
    points = sorted((one.x, one.value, one.low, one.high) for one in lines if one.curve == curve)
    return np.array(points, float).T * np.array([[1], [100], [100], [100]])
