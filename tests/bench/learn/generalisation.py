"""On how many levels must an agent learn to play those that it has never seen?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from envs.catalog import make_game
from tests.bench.learn.reach import outcome, played
from tests.bench.learn.results import Line, line
from tests.bench.learn.training import OURS, Algorithm, Asked, Training, trained

TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class Generalisation:
    """The same learnt on few levels and on many, and played on those and on the held-out ones.

    env: with all its levels, of which there are the last of counts. steps: of each training.
    """

    name: str
    about: str
    env: str
    counts: tuple[int, ...]
    steps: int
    episodes: int = 1000
    needs: str = ""

    @property
    def trainings(self) -> list[Training]:
        return [
            Training(
                self.name,
                Algorithm(OURS.agent, label=f"{OURS.name}-{count}-levels"),
                f"{self.env},count={count}",
                self.steps,
            )
            for count in self.counts
        ]

    def measure(self, asked: Asked) -> Iterator[Line]:
        held_out = make_game(self.env).held_out()
        assert held_out is not None
        for count, training in zip(self.counts, self.trainings, strict=True):
            runs = trained(training, asked)
            found = played(
                runs, (training.env, held_out.spec), asked.scaled(self.episodes), {"greedy": False}
            )
            gap = found.gap["success"]
            note = f"gap {100 * gap.value:.1f} % ({100 * gap.low:.1f} … {100 * gap.high:.1f})"
            for curve, side in zip((TRAIN, TEST), found.evaluations, strict=True):
                values, estimate = outcome(side, success=True)
                yield line(
                    values, estimate, runs, what=f"success on {curve} levels, learnt on {count}, sampled",
                    agent=OURS.name, rule="shown", percent=True, note=note, curve=curve, x=count,
                )  # fmt: skip
