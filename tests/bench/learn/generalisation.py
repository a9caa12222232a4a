"""On how many levels must an agent learn to play those that it has never seen?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from envs.catalog import make_game
from tests.bench.learn.reach import Reach, outcome, played
from tests.bench.learn.results import Line, line
from tests.bench.learn.training import Algorithm, Asked, Training, trained

TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class Generalisation:
    """What `whole` learns, learnt on few levels too, and played on those and on the held-out ones.

    counts: of levels; whole_count: of all, on which the row `whole` learns, with which it shares that training.
    """

    name: str
    about: str
    whole: Reach
    counts: tuple[int, ...]
    whole_count: int
    needs: str = ""

    @property
    def trainings(self) -> list[Training]:
        """Return a training for each count, and in the end the one on all levels."""
        whole = self.whole.trainings[0]
        few = [
            Training(
                self.name,
                Algorithm(
                    whole.algorithm.agent, whole.algorithm.settings, f"{whole.algorithm.name}-{count}-levels"
                ),
                f"{whole.env},count={count}",
                whole.steps,
                whole.minutes,
            )
            for count in self.counts
        ]
        return [*few, whole]

    def measure(self, asked: Asked) -> Iterator[Line]:
        agent, greedy = self.whole.algorithms[0].name, {"greedy": self.whole.plays[0] == "greedy"}
        held_out = make_game(self.whole.env).held_out()
        assert held_out is not None
        for count, training in zip((*self.counts, self.whole_count), self.trainings, strict=True):
            runs = trained(training, asked)
            found = played(runs, (training.env, held_out.spec), asked.scaled(self.whole.episodes), greedy)
            gap = found.gap["success"]
            note = f"gap {100 * gap.value:.1f} % ({100 * gap.low:.1f} … {100 * gap.high:.1f})"
            for curve, side in zip((TRAIN, TEST), found.evaluations, strict=True):
                values, estimate = outcome(side, success=True)
                yield line(
                    values, estimate, runs, what=f"success on {curve} levels, learnt on {count}, {self.whole.plays[0]}",
                    agent=agent, rule="shown", percent=True, note=note, curve=curve, x=count,
                )  # fmt: skip
