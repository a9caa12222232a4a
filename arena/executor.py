"""Where is the work done: here, or in several processes?"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection, wait
from threading import Thread, current_thread, main_thread
from time import sleep

from agents.agent import Agent, Void
from agents.catalog import make_agent
from arena.entrants import Entrant
from arena.match import Played, play
from arena.schedule import Fixture
from envs.bad_input import BadInput
from envs.catalog import build
from envs.game import Game

Unit = tuple[Fixture, ...]  # games that one worker plays, in one go
_TRIES = 3
_PAUSE = 1.0  # seconds before what was void is played again
_PATIENCE = 5.0  # seconds for a worker to close its agents
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Work:
    """What a worker must know to play a unit: the game and who sits behind each name."""

    def __init__(self, game: str, kwargs: dict, entrants: Sequence[Entrant]) -> None:
        self.game, self.kwargs = game, kwargs
        self.specs = {entrant.name: entrant.spec for entrant in entrants}
        self._made: tuple[Game, dict[str, Agent]] | None = None

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_made": None}

    def play(self, unit: Unit) -> list[Played]:
        """Play the games; again where they are void. Game and agents are made at the first call, and kept.

        Raises BadInput where an agent cannot be made, or this machine fails again and again.
        """
        for _ in range(_TRIES):
            try:
                return self._play(unit)
            except Void as void:
                fault = str(void)
                sleep(_PAUSE)
        raise BadInput(f"this machine fails again and again: {fault}; fewer workers may help")

    def _play(self, unit: Unit) -> list[Played]:
        """Play as many games side by side as all of their agents gain from."""
        if self._made is None:
            self._made = (build(self.game, self.kwargs), {})
        game, agents = self._made
        for name in (name for fixture in unit for name in fixture.seats):
            if name not in agents:
                agents[name] = make_agent(self.specs[name], game)
        step = min(agents[name].side_by_side for fixture in unit for name in fixture.seats)
        return [one for at in range(0, len(unit), step) for one in play(game, unit[at : at + step], agents)]

    def close(self) -> None:
        """Close the agents."""
        for agent in self._made[1].values() if self._made else ():
            agent.close()
        self._made = None


def serial(work: Work, units: Sequence[Unit]) -> Generator[list[Played], None, None]:
    """Play one unit after another in this process."""
    with closing(work):
        for unit in units:
            yield work.play(unit)


def pool(work: Work, units: Sequence[Unit], workers: int) -> Generator[list[Played], None, None]:
    """Play units in several processes, in whatever order they finish; what a dead one left is played again.

    Each has a pipe of its own, which ends with it; ProcessPoolExecutor hangs where a worker dies while it hands
    in a result. Raises BadInput where workers die again and again and nothing gets done.
    """
    waiting, crew, deaths = deque(units), list[_Worker](), 0
    try:
        while waiting or crew:
            while waiting and len(crew) < workers:
                crew.append(_Worker(work, waiting.popleft()))
            for worker in _heard_from(crew):
                answer = worker.answer()
                if answer is None:
                    deaths += 1
                    waiting.appendleft(worker.unit)
                elif isinstance(answer, BadInput):
                    raise answer
                if answer is None or not waiting:
                    crew.remove(worker)
                    worker.end()
                else:
                    worker.give(waiting.popleft())
                if answer is not None:
                    deaths = 0
                    yield answer
            if deaths >= _TRIES:
                raise BadInput("worker processes keep dying; --workers 1 may show why")
    finally:
        for worker in crew:
            worker.end()


class _Worker:
    """A process, and the unit that it plays."""

    def __init__(self, work: Work, unit: Unit) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, far_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(work, far_end), daemon=True)
        with _as_workers_begin():
            self._process.start()
        far_end.close()  # now the pipe ends with the process
        self.give(unit)

    def give(self, unit: Unit) -> None:
        self.unit, self._busy = unit, True
        with suppress(OSError):  # of a worker that has died: `answer` will tell
            self.pipe.send(unit)

    def answer(self) -> list[Played] | BadInput | None:
        """Return what became of the unit; None where the worker has died."""
        self._busy = False
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        """Let it close its agents, unless it is in the middle of a unit, and be gone."""
        self.pipe.close()
        self._process.join(0 if self._busy else _PATIENCE)
        self._process.terminate()
        self._process.join()


def _heard_from(crew: Sequence[_Worker]) -> list[_Worker]:
    """Wait until a worker has answered or died, and return all that have."""
    ready = wait([worker.pipe for worker in crew])
    return [worker for worker in crew if worker.pipe in ready]


@contextmanager
def _as_workers_begin() -> Iterator[None]:
    """Let processes begin with one thread each, and deaf to Ctrl-C, which is for the parent: it ends them."""
    before = {variable: os.environ.get(variable) for variable in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    hears = current_thread() is main_thread()  # elsewhere Python lets nobody choose
    answer = signal.signal(signal.SIGINT, signal.SIG_IGN) if hears else None
    try:
        yield
    finally:
        if hears:
            signal.signal(signal.SIGINT, answer)
        for variable, value in before.items():
            del os.environ[variable]
            if value is not None:
                os.environ[variable] = value


def _serve(work: Work, pipe: Connection) -> None:
    """Be a worker, until the parent has no more to do or has gone, in the middle of a unit if need be."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    with closing(work), suppress(EOFError, OSError):
        while True:
            unit = pipe.recv()
            try:
                answer: list[Played] | BadInput = work.play(unit)
            except BadInput as error:
                answer = error
            pipe.send(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
