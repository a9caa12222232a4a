"""How strong does AlphaZero become, by minutes of learning, and which score does its self-play come to?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from arena.bootstrap import figures, shares
from arena.training import Run
from arena.training.curves import METRICS
from arena.training.table import read_table
from envs.catalog import make_game
from envs.game import Game
from tests.bench.learn.duel import meet
from tests.bench.learn.results import Line, Rule, line
from tests.bench.learn.training import Algorithm, Asked, Training, trained_by_age

LATEST = 10.0  # minutes, of whose self-play the lead is the mean
NEAR = 0.5  # points
_UNENDING = 10**9  # steps


@dataclass(frozen=True)
class Meeting:
    """At some ages, in minutes of learning, it meets a rival in pairs of games with the seats swapped.

    label: of the rival, in a picture. rule, target: of the share of the points; see `Line`.
    """

    label: str
    rival: str
    ages: tuple[float, ...]
    pairs: int
    rule: Rule = "shown"
    target: float = 0.5


@dataclass(frozen=True)
class Growth:
    """It learns for so many minutes, and is kept on the way as it is at the ages of its meetings.

    env, arena: where it learns and where it meets others; plays: with which settings. lead: of Black in the end with
    the best play from the empty board, to which that of self-play is to come; None: not known.
    """

    name: str
    about: str
    algorithm: Algorithm
    env: str
    arena: str
    minutes: float
    meetings: tuple[Meeting, ...]
    plays: Mapping[str, Any]
    lead: float | None = None
    needs: str = ""

    @property
    def trainings(self) -> list[Training]:
        return [Training(self.name, self.algorithm, self.env, _UNENDING, self.minutes)]

    def measure(self, asked: Asked) -> Iterator[Line]:
        game = make_game(self.arena)
        on_the_way = {age for meeting in self.meetings for age in meeting.ages} - {self.minutes}
        runs_of = trained_by_age(self.trainings[0], sorted(on_the_way), asked)
        for meeting in self.meetings:
            for age in meeting.ages:
                yield self._met(game, meeting, age, runs_of[age], asked)
        if self.lead is not None:
            yield self._settled(self.lead, runs_of[self.minutes])

    def _met(self, game: Game, meeting: Meeting, age: float, runs: list[Run], asked: Asked) -> Line:
        pairs = asked.scaled(meeting.pairs)
        points = np.array([meet(game, run.folder, meeting.rival, self.plays, pairs) for run in runs])
        return line(
            points.mean(axis=1).tolist(), shares([points[:, None]])[0].estimate, runs,
            what=f"points against `{meeting.rival}` on `{self.arena}`", agent=self.algorithm.name,
            rule=meeting.rule, target=meeting.target, percent=True, note=f"{pairs} pairs of games",
            curve=meeting.label, x=age,
        )  # fmt: skip

    def _settled(self, lead: float, runs: list[Run]) -> Line:
        """Compare what self-play came to with the lead that is believed right."""
        leads = [latest_lead(read_table(run.folder / METRICS)) for run in runs]
        away = [abs(one - lead) for one in leads]
        return line(
            away, figures(np.array(away)[None, :, None])["mean"].estimate, runs,
            what=f"points between the score of self-play from the empty board and {lead:+g}",
            agent=self.algorithm.name, rule="at most", target=NEAR,
            note=f"{', '.join(f'{one:+.2f}' for one in leads)} in the last {LATEST:g} minutes",
        )  # fmt: skip


def latest_lead(metrics: Mapping[str, np.ndarray]) -> float:
    """Return the mean lead of Black in the games from the empty board in the last minutes, NaN where there is none."""
    seconds, leads = metrics["seconds"], metrics["self_play/lead"]
    return float(np.nanmean(leads[seconds > seconds[-1] - 60 * LATEST]))
