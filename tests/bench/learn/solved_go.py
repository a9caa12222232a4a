"""Does an agent that taught itself Go on 5x5 play it as theory does?

5x5 is solved (van der Werf, van den Herik & Uiterwijk 2003, "Solving Go on small boards"): from the empty board Black
wins by 25 points in the centre, by 3 next to it, and loses from every other first move.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import numpy as np

from agents.agent import Agent
from agents.catalog import load_agent, make_agent
from arena.bootstrap import figures
from arena.match import Played, play
from arena.schedule import Fixture
from arena.training import Run
from arena.training.curves import METRICS
from arena.training.table import read_table
from envs.catalog import make_game
from envs.game import Game
from envs.generator import seeded
from envs.view import View
from tests.bench.learn.results import Line, line
from tests.bench.learn.training import Algorithm, Asked, Training, trained

_SIDE, _CENTRE = 5, 12
_WON_BY_BLACK = (_CENTRE, 7, 11, 13, 17)  # first moves
_ALL = f"goban:size={_SIDE},komi=24.5"  # which Black wins by having all points
LEARNT, RIVAL = "learnt", "rival"


@dataclass(frozen=True)
class SolvedGo:
    """It learns for so many minutes; then its judgement and its games are compared with what is known.

    rivals: who it plays. simulations: from the empty board; analysing: of a judgement, and in games from every first
    move, in which it takes the side that theory says wins.
    """

    name: str
    about: str
    algorithm: Algorithm
    minutes: float
    rivals: tuple[str, ...]
    simulations: int = 64
    analysing: int = 400
    games: int = 20
    rate: float = 80
    needs: str = ""

    @property
    def trainings(self) -> list[Training]:
        return [Training(self.name, self.algorithm, f"goban:size={_SIDE}", minutes=self.minutes)]

    def measure(self, asked: Asked) -> Iterator[Line]:
        runs = trained(self.trainings[0], asked)
        rates = [self._games_a_second(run) for run in runs]
        yield line(
            rates, figures(np.array(rates)[None, :, None])["mean"].estimate, runs, agent=self.algorithm.name,
            what="games of self-play a second, learning included", rule="at least", target=self.rate,
            note="once all is compiled",
        )  # fmt: skip
        own = f"itself with {self.simulations} simulations"
        for rival in (*self.rivals, own):
            found = [
                self._from_nothing(run, "" if rival == own else rival, asked.scaled(self.games))
                for run in runs
            ]
            distinct = min(len({tuple(map(tuple, game.actions)) for game in games}) for games in found)
            yield self._line(
                runs, [float(np.mean([game.scores[0] > 0 for game in games])) for games in found],
                what=f"games won by all 25 points as Black against `{rival}`",
                note=f"{self.games} games each, at least {distinct} of them distinct",
            )  # fmt: skip
        yield self._line(
            runs, [self._judged_right(run) for run in runs],
            what=f"first moves whose winner is judged right, {self.analysing} simulations", note="of 25",
        )  # fmt: skip
        for rival in self.rivals:
            yield self._line(
                runs, [self._from_every_move(run, rival) for run in runs],
                what=f"games won from every first move, as who wins by theory, against `{rival}`", note="of 25",
            )  # fmt: skip

    def _games_a_second(self, run: Run) -> float:
        """Return it from the second update on, before which most is compiling."""
        metrics = read_table(run.folder / METRICS)
        return float(metrics["episodes"][1:].sum() / (metrics["seconds"][-1] - metrics["seconds"][0]))

    def _line(self, runs: list[Run], values: list[float], what: str, note: str) -> Line:
        return line(
            values, figures(np.array(values)[None, :, None])["mean"].estimate, runs, what=what, note=note,
            agent=self.algorithm.name, rule="every seed", target=1.0, percent=True,
        )  # fmt: skip

    def _from_nothing(self, run: Run, rival: str, games: int) -> list[Played]:
        """Play from the empty board as Black; no rival: against itself."""
        game = make_game(_ALL)
        with ExitStack() as stack:
            players = {LEARNT: stack.enter_context(closing(_learnt(run, game, self.simulations)))}
            other = make_agent(rival, game) if rival else _learnt(run, game, self.simulations)
            players[RIVAL] = stack.enter_context(closing(other))
            return play(game, [Fixture(k, k, (LEARNT, RIVAL)) for k in range(games)], players)

    def _judged_right(self, run: Run) -> float:
        """Return the share of the first moves after which its judgement has the sign that theory has."""
        right = []
        for move in range(_SIDE**2):
            game = _after(move)
            states = game.new_states([0])
            observation, mask = game.observe(states)
            with closing(_learnt(run, game, self.analysing)) as agent:
                decision = agent.act(View(observation[:, 0], mask[:, 0], seeded([0]), states))
            assert decision.lead is not None
            white_wins = decision.lead[0, decision.actions[0]] > 0
            right.append(white_wins == (move not in _WON_BY_BLACK))
        return float(np.mean(right))

    def _from_every_move(self, run: Run, rival: str) -> float:
        won = []
        for move in range(_SIDE**2):
            game, black = _after(move), move in _WON_BY_BLACK
            with (
                closing(_learnt(run, game, self.analysing)) as agent,
                closing(make_agent(rival, game)) as other,
            ):
                seats = (LEARNT, RIVAL) if black else (RIVAL, LEARNT)
                [played] = play(game, [Fixture(0, move, seats)], {LEARNT: agent, RIVAL: other})
            won.append(played.loser < 0 and played.scores[0 if black else 1] > 0)
        return float(np.mean(won))


def _learnt(run: Run, game: Game, simulations: int) -> Agent:
    return load_agent(run.folder, game, {"simulations": simulations})


def _after(move: int) -> Game:
    """Return the game that goes on after Black's first move, without komi."""
    points = ["."] * _SIDE**2
    points[move] = "X"
    rows = ["".join(points[row : row + _SIDE]) for row in range(0, _SIDE**2, _SIDE)]
    return make_game(f"goban:size={_SIDE},komi=0,setup={'/'.join(rows)},first=white")
