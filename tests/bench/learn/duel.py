"""Do agents that learnt by self-play beat those that were written or that search?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from agents.agent import Agent
from agents.catalog import load_agent, make_agent
from arena.bootstrap import shares
from arena.match import Played, play
from arena.schedule import round_robin
from arena.training.measuring import held_out_seed
from envs.catalog import make_game
from envs.game import Game
from tests.bench.learn.results import Line, Rule, line
from tests.bench.learn.training import Algorithm, Asked, Training, trained

_AT_ONCE = 256  # games
LEARNT = "learnt"


@dataclass(frozen=True)
class Duel:
    """Algorithms learn a game for two by self-play, and meet each rival in pairs of games with the seats swapped.

    env, arena: where they learn and where they meet; an opening drawn from the level seed makes the games differ.
    opponents: shares of the pool that they learn against. plays: settings with which they meet them. The target is a
    share of the points; see `Line` for its rule.
    """

    name: str
    about: str
    env: str
    arena: str
    algorithms: tuple[Algorithm, ...]
    rivals: tuple[str, ...]
    opponents: str
    minutes: float
    steps: int | None = None
    pairs: int = 200
    plays: Mapping[str, Any] = field(default_factory=lambda: {"greedy": True})
    rule: Rule = "above"
    target: float = 0.5
    needs: str = ""

    @property
    def trainings(self) -> list[Training]:
        return [
            Training(self.name, algorithm, self.env, self.steps, self.minutes, self.opponents)
            for algorithm in self.algorithms
        ]

    def measure(self, asked: Asked) -> Iterator[Line]:
        game, pairs = make_game(self.arena), asked.scaled(self.pairs)
        for training in self.trainings:
            runs = trained(training, asked)
            for rival in self.rivals:
                points = np.array([meet(game, run.folder, rival, self.plays, pairs) for run in runs])
                yield line(
                    points.mean(axis=1).tolist(), shares([points[:, None]])[0].estimate, runs,
                    what=f"points against `{rival}` on `{self.arena}`", agent=training.algorithm.name, rule=self.rule,
                    target=self.target, percent=True, note=f"{pairs} pairs of games",
                )  # fmt: skip


def meet(game: Game, folder: Path, rival: str, plays: Mapping[str, Any], pairs: int) -> np.ndarray:
    """Return the share of the points, f8[pairs], that the agent in the folder wins of each pair with these settings."""
    with (
        closing(load_agent(folder, game, plays)) as learnt,
        closing(make_agent(rival, game)) as other,
    ):
        return points_of(game, {LEARNT: learnt, rival: other}, pairs)


def points_of(game: Game, players: Mapping[str, Agent], pairs: int) -> np.ndarray:
    """Return the share of the points, f8[pairs], that the first of two players wins of each pair of games."""
    first, _ = players
    meetings = round_robin(list(players), pairs, held_out_seed(pairs), game.seats)
    fixtures = [fixture for pair in meetings for fixture in pair.fixtures]
    played: list[Played] = []
    for start in range(0, len(fixtures), _AT_ONCE):
        played += play(game, fixtures[start : start + _AT_ONCE], players)
    return np.array([_points(one, first) for one in played]).reshape(pairs, -1).mean(axis=1)


def _points(played: Played, name: str) -> float:
    """Return 1, 1/2 or 0: that player won, drew or lost."""
    seat = played.fixture.seats.index(name)
    if played.loser >= 0:
        return float(played.loser != seat)
    return (1 + float(np.sign(played.scores[seat] - played.scores[1 - seat]))) / 2
