"""What do the tests of training set against it? Scripted learners, good and bad, and what is asked of a short run."""

import random
from typing import Any, Self

import numpy as np

from agents.agent import Learner
from agents.progress import Progress, Told
from agents.saved import Card, check_array
from arena.training.asked import Asked
from envs.view import Decision, View

CORRIDOR = "gridworld:level=corridor"
ASKED = Asked(
    agent="q_learning", env=CORRIDOR, steps=9, seed=0, settings={}, evaluations=1, episodes=1, checkpoint_minutes=1.0
)  # fmt: skip


class Wandering(Learner):
    """Learns numbers drawn from the global generators, which making one seeds, as libraries do."""

    name = "wandering"
    about = "what a test wants"
    figures = ({"loss/value": 1.0}, {"loss/value": 1.0, "late": 2.0})

    def __init__(self, env: Any, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        self.drawn = np.zeros(3)

    def act(self, view: View) -> Decision:
        np.random.rand()  # noqa: NPY002
        return Decision(np.ones(len(view.mask), np.int64))  # east, to the goal of a corridor

    def learn(self, steps: int, *, progress: bool = False, told: Told | None = None) -> Self:
        with Progress(self, steps, shown=progress, told=told) as done:
            while not done.over:
                self.drawn += (random.random(), np.random.rand(), 1)  # noqa: NPY002
                done.advance(10, [float(self.steps)], [5])
                done.tell(self.figures[self.steps > 50])
        return self

    def arrays(self) -> dict[str, np.ndarray]:
        return {"drawn": self.drawn}

    def restore(self, card: Card, arrays: dict[str, np.ndarray]) -> None:
        self.drawn = check_array(arrays, "drawn", (3,), np.float64)


class Diverging(Wandering):
    """Its loss is no number after fifty steps."""

    name = "diverging"
    figures = ({"loss": 1.0}, {"loss": float("nan")})


class Spoiled(Wandering):
    """What it has learnt is no number after fifty steps, though its figures are."""

    name = "spoiled"

    def arrays(self) -> dict[str, np.ndarray]:
        return {"drawn": self.drawn if self.steps <= 50 else self.drawn * np.nan}
