"""How do two learn one thing together, each from its half of the games?

Both run the learner's whole program, each with a network and games of its own. At every gradient they meet and sum what
they have found, so that both take the same steps and remain the same (data parallelism, of rollouts too: Wijmans et al.
2020, DD-PPO). The second runs in a process, or in a thread where that would hardly have started before all is learnt;
what comes of it is the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from mmap import mmap
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Thread
from typing import Any, Protocol

import numpy as np
import torch

from agents.catalog import load_agent
from agents.progress import Diverged, Progress
from envs.bad_input import BadInput

_PROGRAM = "from agents.crew import serve; serve()"
_PATIENCE = 5.0  # seconds in which the other one may end


class Joint(Protocol):
    """A learner that can learn as one of several."""

    @property
    def name(self) -> str: ...
    def go_on(self, done: Progress, crew: Crew) -> None: ...
    def frozen(self) -> Any: ...
    def save(self, folder: str) -> Any: ...


class Left(Exception):
    """The other one is there no more."""


class Crew:
    """What one of them sees of those who learn together: `rank` is 0 for who was asked to learn, `size` 1 or 2."""

    def __init__(self, rank: int = 0, slots: np.ndarray | None = None, ears: int = -1, mouth: int = -1):
        """slots: u8 [2, 2, room], of both, by meeting and rank. ears, mouth: ends of pipes, from and to the other."""
        self.rank, self.size = rank, 1 if slots is None else 2
        self._slots, self._ears, self._mouth = slots, ears, mouth
        self._meetings = 0

    def gathered(self, own: np.ndarray) -> list[np.ndarray]:
        """Return the vectors that all have brought, by rank, each of one's own dtype. Raises Left."""
        if self._slots is None:
            return [own]
        slots = self._slots[self._meetings % 2]  # in the others one may still be reading
        self._meetings += 1
        slots[self.rank, :8].view(np.int64)[0] = own.nbytes
        slots[self.rank, 8 : 8 + own.nbytes] = own.view(np.uint8)
        try:
            os.write(self._mouth, b".")
            here = os.read(self._ears, 1)
        except OSError as error:
            raise Left from error
        if not here:
            raise Left
        other = slots[1 - self.rank]
        brought = other[8 : 8 + other[:8].view(np.int64)[0]].view(own.dtype).copy()
        return [brought, own] if self.rank else [own, brought]

    def close(self) -> None:
        """Leave, of which the other learns at the next meeting; once is enough."""
        for end in {self._ears, self._mouth} - {-1}:
            os.close(end)
        self._ears = self._mouth = -1


@contextmanager
def crew_of(learner: Joint, steps: int, size: int, room: int, apart: bool) -> Iterator[Crew]:
    """Give the crew in which the learner is to learn from so many steps.

    size: 1 or 2. room: bytes of the longest vector that is gathered. apart: whether the second is a process.
    """
    with _one_thread():
        if size == 1:
            yield Crew()
        else:
            with _pair(learner, steps, room, apart) as crew:
                yield crew


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep PyTorch from sharing out every product among threads of its own, which costs more than it gains here."""
    own = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(own)


@contextmanager
def _pair(learner: Joint, steps: int, room: int, apart: bool) -> Iterator[Crew]:
    memory = _shared_memory(4 * (room + 8))
    (here_in, there_out), (there_in, here_out) = os.pipe(), os.pipe()
    crew = Crew(0, _slots(memory), here_in, here_out)
    second = _in_process if apart and os.name == "posix" else _in_thread
    try:
        with second(learner, steps, memory, there_in, there_out):
            try:
                yield crew
            except Left:
                raise BadInput(f"{learner.name}: the second process that learnt has ended") from None
            finally:
                crew.close()
    finally:
        crew.close()  # where there was no second to begin with
        os.close(memory)


@contextmanager
def _in_thread(learner: Joint, steps: int, *ends: int) -> Iterator[None]:
    twin = learner.frozen()
    thread = Thread(target=_learn_along, args=(twin, steps, os.dup(ends[0]), *ends[1:]), daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def _in_process(learner: Joint, steps: int, *ends: int) -> Iterator[None]:
    with TemporaryDirectory() as folder:
        try:
            learner.save(folder)
            process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, folder, str(steps), *map(str, ends)],
                pass_fds=ends, stdin=subprocess.DEVNULL, start_new_session=True,  # Ctrl-C is for the first alone
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )  # fmt: skip
        except OSError as error:
            raise BadInput(f"{learner.name}: no second process can be started: {error.strerror}") from error
        finally:
            for end in ends[1:]:
                os.close(end)
        try:
            yield
        finally:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE)
            process.kill()
            process.wait()


def serve() -> None:
    """Learn along with who started this process: the agent in a folder, so many steps, with these ends."""
    folder, *numbers = sys.argv[1:]
    agent: Any = load_agent(folder)
    _learn_along(agent, *map(int, numbers))


def _learn_along(learner: Any, steps: int, memory: int, ears: int, mouth: int) -> None:
    crew = Crew(1, _slots(memory), ears, mouth)
    os.close(memory)
    torch.set_num_threads(1)
    try:
        with Progress(learner, steps, shown=False, told=None) as done, suppress(Left, Diverged):
            learner.go_on(done, crew)
    finally:
        crew.close()


def _slots(memory: int) -> np.ndarray:
    return np.frombuffer(mmap(memory, 0), np.uint8).reshape(2, 2, -1)


def _shared_memory(size: int) -> int:
    """Return the descriptor of a file that stays in memory where the system has such files."""
    if hasattr(os, "memfd_create"):
        memory = os.memfd_create("gamelab-crew")
    else:
        with TemporaryFile() as file:
            memory = os.dup(file.fileno())
    os.truncate(memory, size)
    return memory
