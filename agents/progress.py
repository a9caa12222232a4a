"""How far has a learner got, who is told of it, and when is it no use going on?"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tqdm import tqdm

from envs.bad_input import BadInput

if TYPE_CHECKING:
    from agents.agent import Learner

_BAR = "{percentage:3.0f}% |{bar}| {n_fmt} {rate_fmt} {remaining} left{postfix}  {desc}"  # what may be cut comes last
_OFTEN = 200  # updates that a learner which changes at every step tells of,
_LONGEST = 100_000  # or more, so that no more steps than these lie between two
_RECENT = 100  # episodes, over which the bar's return is the mean


class Diverged(BadInput):
    """Learning has come to what is no number; the line says after how many steps, where, and what may be the cause."""


@dataclass(frozen=True)
class Update:
    """What a learner tells after it has changed.

    steps: environment steps learnt from in all its life. returns, lengths: of the episodes that have ended since it
    last told; lengths may be missing. figures: what it says of itself, such as `loss/value`, all finite.
    """

    steps: int
    returns: list[float] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)


Told = Callable[[Update], None]


class Progress:
    """Counts the learner's steps up, `learner.steps`, shows them as a bar, and tells of each update.

    Args:
        steps: how many more will be learnt from.
        shown: whether there is a bar.
        told: called with each Update, between two steps of learning: the learner can be saved or asked then.
    """

    def __init__(self, learner: Learner, steps: int, *, shown: bool, told: Told | None) -> None:
        self._learner, self._told = learner, told
        self._end = learner.steps + steps
        self._returns: list[float] = []
        self._lengths: list[int] = []
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._last = learner.steps
        self._every = min(steps / _OFTEN, _LONGEST)
        self._bar = tqdm(
            total=steps,
            disable=None if shown else True,
            unit=" steps",
            unit_scale=True,
            desc=learner.task.spec,
            bar_format=_BAR,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    @property
    def over(self) -> bool:
        return self._learner.steps >= self._end

    @property
    def share(self) -> float:
        """How much of the agent's whole life is over, 0 to 1, so that learning in two parts is as in one."""
        return min(self._learner.steps / self._end, 1.0) if self._end else 1.0

    @property
    def due(self) -> bool:
        """Whether a learner that changes at every step has something to tell again."""
        return self._learner.steps - self._last >= self._every or self.over

    def advance(self, steps: int, returns: Sequence[float] = (), lengths: Sequence[int] = ()) -> None:
        """Count steps, and note the episodes that ended on them."""
        self._learner.steps += steps
        self._returns += returns
        self._lengths += lengths
        self._recent += returns
        if not self._bar.disable:
            if self._recent:
                self._bar.set_postfix(
                    {"return": f"{sum(self._recent) / len(self._recent):.2f}"}, refresh=False
                )
            self._bar.update(steps)

    def tell(self, figures: dict[str, float]) -> None:
        """Tell of an update; raises Diverged where a figure is no number."""
        for name, figure in figures.items():
            if not math.isfinite(figure):
                raise Diverged(
                    f"{self._learner.name}: {name} is {figure} after {self._learner.steps:,} steps"
                )
        returns, lengths = self._returns, self._lengths
        self._returns, self._lengths, self._last = [], [], self._learner.steps
        if self._told is not None:
            self._told(Update(self._learner.steps, returns, lengths, figures))
