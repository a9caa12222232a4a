"""How does success on levels that were never seen grow with the number of levels learnt on? As a picture."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from arena.training.curves import COLOURS
from envs.file import write_bytes
from tests.bench.learn.generalisation import TEST, TRAIN
from tests.bench.learn.results import Line

_INK, _GRID = "#333333", "#E4E4E4"


def draw(lines: Sequence[Line], path: Path) -> None:
    """Draw success on train and test levels over the number of levels, with 95 % bands and the gap between them."""
    figure = Figure(figsize=(8, 4.6), dpi=120, facecolor="white")
    axes = figure.add_axes((0.09, 0.125, 0.88, 0.78))
    curves = {name: _points(lines, name) for name in (TRAIN, TEST)}
    for colour, (name, (x, y, low, high)) in zip(COLOURS, curves.items(), strict=False):
        axes.fill_between(x, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(
            x, y, color=colour, linewidth=2, marker="o", markersize=5,
            label="levels it has learnt on" if name == TRAIN else "levels it has never seen",
        )  # fmt: skip
    x, top, *_ = curves[TRAIN]
    axes.fill_between(x, curves[TEST][1], top, color="#8C8C8C", alpha=0.12, linewidth=0, label="gap")
    axes.set_xscale("log")
    axes.set_xticks(x, [f"{count:,.0f}" for count in x], minor=False)
    axes.minorticks_off()
    axes.set_ylim(0, 102)
    axes.set_xlabel("levels learnt on", color=_INK)
    axes.set_ylabel("flag reached, %", color=_INK)
    axes.set_title("Train and test levels", loc="left", fontsize=12, fontweight="bold", color=_INK)
    axes.grid(True, color=_GRID, linewidth=0.8)
    axes.tick_params(colors=_INK, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
    axes.legend(frameon=False, fontsize=10, loc="lower right")
    content = BytesIO()
    figure.savefig(content, format="png")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content.getvalue())


def _points(lines: Sequence[Line], curve: str) -> np.ndarray:
    """Return x, y, low and high of a curve, f8[4, points], the last three in percent and NaN where not known."""
    points = sorted((one.x, one.value, one.low, one.high) for one in lines if one.curve == curve)
    return np.array(points, float).T * np.array([[1], [100], [100], [100]])
