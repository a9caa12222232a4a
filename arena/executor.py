"""Where is the work done: here, or in several processes?"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from agents.agent import Agent
from agents.catalog import make_agent
from arena.entrants import Entrant
from arena.match import Played, play
from arena.schedule import Fixture
from envs.catalog import build
from envs.game import Game

Unit = tuple[Fixture, ...]  # games that are played side by side by one worker
_TRIES = 3


class Work:
    """What a worker must know to play a unit: the game and who sits behind each name."""

    def __init__(self, game: str, kwargs: dict, entrants: Sequence[Entrant]) -> None:
        self.game, self.kwargs = game, kwargs
        self.specs = {entrant.name: entrant.spec for entrant in entrants}
        self._made: tuple[Game, dict[str, Agent]] | None = None

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_made": None}

    def play(self, unit: Unit) -> list[Played]:
        """Play the games side by side. Game and agents are made at the first call, and kept."""
        if self._made is None:
            self._made = (build(self.game, self.kwargs), {})
        game, agents = self._made
        for fixture in unit:
            for name in fixture.seats:
                if name not in agents:
                    agents[name] = make_agent(self.specs[name], game)
        return play(game, unit, agents)


def serial(work: Work, units: Sequence[Unit]) -> Iterator[list[Played]]:
    """Play one unit after another in this process."""
    return map(work.play, units)


def pool(work: Work, units: Sequence[Unit], workers: int) -> Iterator[list[Played]]:
    """Play units in so many processes, in whatever order they finish; what a dead worker left is played again."""
    waiting = list(units)
    for attempt in range(_TRIES):
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context, _start_worker, (work,)) as processes:
            futures = {processes.submit(_play, unit): unit for unit in waiting}
            try:
                while futures:
                    finished, _ = wait(futures, return_when=FIRST_COMPLETED)
                    for future in finished:
                        result = future.result()
                        waiting.remove(futures.pop(future))
                        yield result
                return
            except BrokenProcessPool:
                if attempt == _TRIES - 1:
                    raise
            finally:
                processes.shutdown(wait=False, cancel_futures=True)


_WORK: list[Work] = []  # of this worker process


def _start_worker(work: Work) -> None:
    """One thread each: the processes are what runs side by side."""
    for variable in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    _WORK.append(work)


def _play(unit: Unit) -> list[Played]:
    return _WORK[0].play(unit)
